"""`harness split` and `harness run`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.holdouts import holdout_options
from harness.cli.terminal import RUNS, ByCategoryOption, Format, FormatOption, OutputOption, RunsOption
from harness.task.split_options import SplitOptions  # noqa: TC001 - annotations are read while the program runs

if TYPE_CHECKING:
    from harness.errors import HarnessError

DataOption = Annotated[str, typer.Option("--data", help="A corpus's name, or a source to import.")]
ChallengeOption = Annotated[
    Path | None, typer.Option("--challenge", help="A challenge_set.json instead of a local draw.")
]
AnswersOption = Annotated[
    Path | None,
    typer.Option("--answers", help="Withheld tracks of that challenge: JSON, pid to list of URIs."),
]


MetricsOption = Annotated[
    str | None, typer.Option("--metrics", help="E.g. r_precision:paper,ndcg,hit@10; default what suits the split.")
]


class Form(StrEnum):
    """How a submission is written."""

    aicrowd = "aicrowd"
    contest_2018 = "2018"


class Track(StrEnum):
    """The contest's two tracks."""

    main = "main"
    creative = "creative"


@holdout_options("--seed")
def split(
    data: DataOption = "synthetic",
    *,
    split_options: SplitOptions,
) -> None:
    """Cut a corpus into two local challenges and a training set, store the cut, and show what a holdout contains."""
    from harness.cli.terminal import bars
    from harness.task.corpora import corpus
    from harness.task.tasks import local_holdouts, split_path

    with bars():
        stored = corpus(data)
        holdouts = local_holdouts(stored, stored.playlists(), split_options)
        train = holdouts.train(stored.playlists())
    holdout = split_options.holdout
    chosen = holdouts.of(holdout)
    typer.echo(f"split {holdouts.split} of {stored.name}, holdout {holdout}: {holdouts.fingerprint(holdout)}")
    path = split_path(stored, split_options)
    typer.echo(f"  file        {path if path.exists() else 'none: the data folder is read-only'}")
    typer.echo(f"  training    {len(train)} playlists")
    typer.echo(f"  challenge   {len(chosen.rows)} playlists, {len(chosen.seeds.values)} seeds shown")
    typer.echo(f"  withheld    {len(chosen.withheld.values)} tracks")
    for reason, n in holdouts.dropped.items():
        typer.echo(f"  dropped     {n} entries of both holdouts: {reason}")
    for reason in holdouts.omitted.values():
        typer.echo(f"  left out    {reason}")


@holdout_options()
def run(
    recommender: Annotated[
        list[str], typer.Option("--recommender", help="A registered name or file.py:Class; may be repeated.")
    ],
    data: DataOption = "synthetic",
    param: Annotated[
        list[str] | None, typer.Option("--param", help="[RECOMMENDER.]NAME=VALUE; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="For recommenders that draw numbers.")] = 0,
    seeds: Annotated[
        str | None, typer.Option("--seeds", help="Several instead, e.g. 0,1,2: tells luck of the seed from quality.")
    ] = None,
    *,
    split_options: SplitOptions,
    challenge: ChallengeOption = None,
    answers: AnswersOption = None,
    team: Annotated[str | None, typer.Option("--team", help="Team name for the submission's first line.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="E-mail address for the first line.")] = None,
    track: Annotated[Track, typer.Option("--track", help="For the 2018 format.")] = Track.main,
    submission_format: Annotated[Form, typer.Option("--submission-format")] = Form.aicrowd,
    metrics: MetricsOption = None,
    force: Annotated[bool, typer.Option("--force", help="Make the runs again even if they are there.")] = False,
    runs: RunsOption = RUNS,
    form: FormatOption = Format.terminal,
    by_category: ByCategoryOption = False,
    output: OutputOption = None,
) -> None:
    """Fit, recommend, submit and score recommenders on one challenge, and show the leaderboard."""
    from dataclasses import replace

    from harness.cli.terminal import bars, note, write_leaderboards
    from harness.errors import HarnessError, ParameterError
    from harness.extras import require_extra
    from harness.metrics.catalogue import metrics_named
    from harness.registry import find, takes_seed
    from harness.report.entries import entries
    from harness.report.leaderboard import leaderboards
    from harness.run.lists import Fallbacks
    from harness.run.pipeline import Options, evaluate
    from harness.submission.header import Team
    from harness.task.tasks import open_task

    if form is Format.html:
        require_extra("page")
    if answers and not challenge:
        raise ParameterError("--answers belongs to a challenge file: name it with --challenge")
    failed: list[HarnessError] = []
    names = importable(list(dict.fromkeys(recommender)), failed)
    params = params_by_recommender(names, param or [], failed)
    if not params:
        raise_all(failed)
    sender = Team.of(team, email, track.value)
    chosen = metrics_named(metrics) if metrics else None
    options = Options(runs, seed, submission_format.value, sender, chosen, force)
    several = seeds_named(seeds) if seeds else [seed]
    with bars():
        task = open_task(data, options=split_options, challenge=challenge, answers=answers)
        for line in task.notes:
            note(line)
        fallbacks = Fallbacks(task)
        for name in params:
            for each in several if takes_seed(find(name)) else several[:1]:
                try:
                    record = evaluate(task, name, params[name], replace(options, seed=each), fallbacks)
                except HarnessError as error:
                    failed.append(error)
                    continue
                note(f"{runs / record.run / 'submission.csv.gz'}")
                for line in record.audit:
                    note(f"  {line}")
    known, notes = entries(runs)
    for line in notes:
        note(f"warning: {line}")
    here = [entry for entry in known if entry.data[1] == task.corpus.fingerprint]
    shown = [
        leaderboard
        for leaderboard in leaderboards(here)
        if leaderboard.split_fingerprint.startswith(task.challenge_id.fingerprint)
    ]
    write_leaderboards(shown, form, output, by_category=by_category, runs=runs)
    raise_all(failed)


def raise_all(failed: list[HarnessError]) -> None:
    """Print all errors but the last, which is raised; with HARNESS_DEBUG=1 each has its traceback."""
    import os
    import traceback

    from harness.cli.terminal import complain

    for error in failed[:-1]:
        if os.environ.get("HARNESS_DEBUG") == "1":
            traceback.print_exception(error)
        complain(error)
    if failed:
        raise failed[-1]


def seeds_named(text: str) -> list[int]:
    """`0,1,2` as numbers, each once.

    Raises:
        ParameterError: something else stands there.
    """
    from harness.errors import ParameterError

    try:
        return list(dict.fromkeys(int(each) for each in text.split(",")))
    except ValueError as error:
        raise ParameterError(f"--seeds {text!r}: write whole numbers with commas between, e.g. 0,1,2") from error


def importable(names: list[str], failed: list[HarnessError]) -> list[str]:
    """The recommenders whose modules can be imported; the errors of the others are appended to `failed`."""
    from harness import registry
    from harness.errors import PluginError

    found = []
    for name in names:
        try:
            registry.find(name)
        except PluginError as error:
            failed.append(error)
        else:
            found.append(name)
    return found


def params_by_recommender(
    names: list[str], texts: list[str], failed: list[HarnessError] | None = None
) -> dict[str, dict[str, Any]]:
    """`[RECOMMENDER.]NAME=VALUE` by recommender; every name and value is checked before anything runs.

    Args:
        names: recommenders as `registry.find` takes them.
        texts: the values of `--param`.
        failed: gets the error of a recommender whose constructor raises an exception of its own, which is then left
            out; without it the error is raised.

    Raises:
        ParameterError: a text is malformed, has no or an unknown prefix, or does not fit.
        RegistryError: a recommender is unknown.
    """
    from harness import registry
    from harness.errors import ParameterError, PluginError

    labels = {registry.registered_name(registry.find(name)): name for name in names}
    params: dict[str, dict[str, Any]] = {name: {} for name in names}
    for text in texts:
        key, equals, value = text.partition("=")
        prefix, dot, rest = key.partition(".")
        if not equals or not key:
            raise ParameterError(f"--param {text!r}: write [RECOMMENDER.]NAME=VALUE, e.g. als.factors=64")
        if dot and prefix in labels:
            params[labels[prefix]][rest] = value
        elif len(names) == 1:
            params[names[0]][key] = value
        else:
            raise ParameterError(
                f"--param {text!r}: several recommenders run, begin with one of "
                f"{', '.join(f'{label}.' for label in labels)}"
            )
    for name in names:
        try:
            registry.create(name, params[name])
        except PluginError as error:
            if failed is None:
                raise
            failed.append(error)
            del params[name]
    return params
