"""`harness validate` and `harness score`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.holdouts import holdout_options
from harness.cli.task_options import AnswersOption, ChallengeOption, MetricsOption
from harness.cli.terminal import RUNS, ByCategoryOption, Format, FormatOption, OutputOption, RunsOption
from harness.submission.limits import KEPT_FAULTS
from harness.task.split_options import SplitOptions

FileArgument = Annotated[Path, typer.Argument(help="A submission, plain or gzip.")]
OfDataOption = Annotated[
    str | None, typer.Option("--data", help="Name of the corpus; default: from the run.json next to the file.")
]

MOST_SHOWN = 100
"""Number of faults shown without --all."""


@holdout_options()
def validate(
    file: FileArgument,
    data: OfDataOption = None,
    *,
    split_options: SplitOptions,
    challenge: ChallengeOption = None,
    answers: AnswersOption = None,
    strict_corpus: Annotated[
        bool, typer.Option("--strict-corpus", help="A track that is missing from the corpus is an error.")
    ] = False,
    fix: Annotated[
        Path | None, typer.Option("--fix", help="Write a repaired copy to this new file, if the repair is unambiguous.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=f"Print a JSON object with the faults, at most {KEPT_FAULTS:,} of a kind.")
    ] = False,
    show_all: Annotated[
        bool,
        typer.Option(
            "--all", help=f"Show more than the first {MOST_SHOWN} faults: up to {KEPT_FAULTS:,} of each kind."
        ),
    ] = False,
) -> None:
    """List every fault of a submission with its place and remedy; exit code 1 if it breaks a rule."""
    import json

    from harness.cli.terminal import bars, note
    from harness.report.foreign import SubmissionTarget, checked_against, task_of
    from harness.submission.fix import fix as write_fixed
    from harness.submission.fix import refusal
    from harness.submission.validate import validate as check

    with bars():
        task = task_of(file, SubmissionTarget(challenge, answers, data, split_options))
        against = checked_against(task, strict_corpus=strict_corpus)
        if fix:
            report = write_fixed(file, fix, against.challenge, corpus=against.corpus)
        else:
            report = check(file, against.challenge, corpus=against.corpus)
    if as_json:
        typer.echo(json.dumps(report.as_json(against.label), indent=2))
    else:
        for line in report.listing(None if show_all else MOST_SHOWN, against.label):
            typer.echo(line)
    if fix:
        if refused := refusal(report):
            raise refused
        note(f"repaired: {fix}")
    elif not report.is_valid:
        raise typer.Exit(1)


@holdout_options()
def submit_check(
    file: FileArgument,
    data: OfDataOption = None,
    *,
    split_options: SplitOptions,
    challenge: ChallengeOption = None,
    answers: AnswersOption = None,
) -> None:
    """Print what an organiser sees of a submission: team, verdict, scores, or its faults and exit code 1."""
    from harness.cli.terminal import bars
    from harness.report.foreign import SubmissionTarget, required_task
    from harness.submission.organiser import view

    with bars():
        task = required_task(file, SubmissionTarget(challenge, answers, data, split_options))
        seen = view(file, task.whole_challenge, task.judged[1] if task.judged else None)
    for line in seen.lines():
        typer.echo(line)
    if not seen.report.is_valid:
        raise typer.Exit(1)


@holdout_options()
def score(
    file: FileArgument,
    data: OfDataOption = None,
    *,
    split_options: SplitOptions,
    challenge: ChallengeOption = None,
    answers: AnswersOption = None,
    metrics: MetricsOption = None,
    form: FormatOption = None,
    leaderboard: Annotated[
        bool, typer.Option("--board", help="Show the submission among the runs on the same challenge.")
    ] = False,
    runs: RunsOption = RUNS,
    by_category: ByCategoryOption = False,
    output: OutputOption = None,
) -> None:
    """Score a submission of any origin with the code that scores runs, and print it as a leaderboard entry."""
    from harness.cli.flags import with_flags
    from harness.cli.terminal import bars, chosen_format, note, write_leaderboards
    from harness.report.foreign import SubmissionTarget, among_runs, scored, task_of
    from harness.report.leaderboard import leaderboards

    form = chosen_format(form, output, Format)
    with bars():
        task = task_of(file, SubmissionTarget(challenge, answers, data, split_options))
        entry, notes = scored(file, task, metrics)
    for line in notes:
        note(with_flags(line))
    shown, damaged = among_runs(entry, runs) if leaderboard else ([entry], [])
    for line in damaged:
        note(f"warning: {line}")
    write_leaderboards(leaderboards(shown), form, output, by_category=by_category)
