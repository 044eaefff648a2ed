"""Command `run`: fits recommenders on one challenge and shows the leaderboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.completion import complete_recommender
from harness.cli.engines import engine_options
from harness.cli.holdouts import holdout_options
from harness.cli.task_options import AnswersOption, ChallengeOption, DataOption, MetricsOption
from harness.cli.terminal import RUNS, ByCategoryOption, Format, FormatOption, OutputOption, RunsOption
from harness.engines.engine import Engine
from harness.submission.header import ContestTrack, SubmissionForm
from harness.task.split_options import SplitOptions

if TYPE_CHECKING:
    from harness.errors import HarnessError
    from harness.run.options import Options
    from harness.run.record import RunRecord
    from harness.run.settings import Recommenders
    from harness.task.tasks import Task


@engine_options
@holdout_options()
def run(
    ctx: typer.Context,
    recommender: Annotated[
        list[str] | None,
        typer.Option(
            "--recommender",
            help="A registered name or file.py:Class; repeatable.",
            autocompletion=complete_recommender,
        ),
    ] = None,
    data: DataOption = "synthetic",
    param: Annotated[list[str] | None, typer.Option("--param", help="[RECOMMENDER.]NAME=VALUE; repeatable.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Random seed of recommenders.")] = 0,
    seeds: Annotated[
        str | None,
        typer.Option("--seeds", help="Run once per seed (e.g. 0,1,2) and report the variation between seeds."),
    ] = None,
    *,
    split_options: SplitOptions,
    challenge: ChallengeOption = None,
    answers: AnswersOption = None,
    team: Annotated[str | None, typer.Option("--team", help="Team name in the first line of the submission.")] = None,
    email: Annotated[
        str | None, typer.Option("--email", help="E-mail address in the first line of the submission.")
    ] = None,
    track: Annotated[
        ContestTrack | None,
        typer.Option(
            "--track", help="Track of the contest, for the 2018 format. Default: that of the finished run, else main."
        ),
    ] = None,
    submission_format: Annotated[
        SubmissionForm | None,
        typer.Option("--submission-format", help="Default: that of the finished run, else aicrowd."),
    ] = None,
    metrics: MetricsOption = None,
    plan: Annotated[
        Path | None,
        typer.Option("--plan", help="A TOML file of recommenders, hyper-parameters, seeds and holdouts."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would run, with expected seconds and memory; run nothing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Repeat the runs even if they exist.")] = False,
    engine: Engine | None = None,
    shard: Annotated[
        str | None,
        typer.Option("--shard", help="NUMBER/COUNT, e.g. 3/20: perform a share of the units, for a job array."),
    ] = None,
    runs: RunsOption = RUNS,
    form: FormatOption = None,
    by_category: ByCategoryOption = False,
    output: OutputOption = None,
) -> None:
    """Fit recommenders on one challenge, write and score their submissions, and show the leaderboard."""
    from harness.cli.parameters import seeds_named
    from harness.cli.terminal import bars, chosen_format, note, printed
    from harness.extras import require_extra
    from harness.metrics.catalogue import DEFAULT_METRIC_NAMES, metrics_named
    from harness.report.forecast_table import show_forecasts
    from harness.run.options import Options
    from harness.run.plan import read_plan
    from harness.run.several import evaluate_all, forecast_all
    from harness.splits.plugins import split_traits
    from harness.submission.header import Team
    from harness.task.tasks import open_task

    form = chosen_format(form, output, Format)
    if form is Format.html:
        require_extra("page")
    _check_options(
        lone_answers=bool(answers and not challenge),
        divided_share=bool(shard and (engine or force or dry_run)),
        two_seeds=bool(seeds is not None and seed),
        formatted_forecast=dry_run and form is not Format.terminal,
    )
    planned = read_plan(plan) if plan and _nothing_else_named(ctx) else None
    failed: list[HarnessError] = []
    recommenders: Recommenders
    if planned:
        recommenders, all_seeds = planned.recommenders, planned.seeds
        metrics = ",".join(planned.metrics) or None
    else:
        recommenders = _recommenders(recommender or [], param or [], failed)
        all_seeds = (seed,) if seeds is None else tuple(seeds_named(seeds))
    if not recommenders:
        raise_all(failed)
        ctx.fail("Missing option '--recommender' or '--plan'.")
    sender = None if team is None and email is None and track is None else Team.of(team, email, track)
    defaults = DEFAULT_METRIC_NAMES if challenge else split_traits(split_options.split).metrics
    selected_metrics = None if metrics is None else metrics_named(metrics, defaults)
    options = Options(runs, seed, submission_format, sender, selected_metrics, force, engine=engine)
    with bars():
        tasks = (
            planned.tasks()
            if planned
            else [open_task(data, options=split_options, challenge=challenge, answers=answers)]
        )
        for line in dict.fromkeys(line for task in tasks for line in task.notes):
            note(line)
        work = (tasks, recommenders, all_seeds, options)
        if shard is not None:
            failed += _perform_share(*work, shard)
        elif dry_run:
            forecasts, errors = forecast_all(*work)
            failed += errors
        else:
            failed += evaluate_all(*work, lambda record: _note_run(runs, record)).errors
    if dry_run:
        printed(lambda console: show_forecasts(forecasts, console), output)
    elif shard is None:
        _write_boards(tasks, runs, form, output, by_category=by_category)
    raise_all(failed)


def _recommenders(names: list[str], params: list[str], failed: list[HarnessError]) -> Recommenders:
    """The named recommenders with their hyper-parameters; errors of those that cannot be made go to `failed`."""
    from harness.cli.parameters import importable, params_by_recommender

    return list(params_by_recommender(importable(list(dict.fromkeys(names)), failed), params, failed).items())


def _check_options(*, lone_answers: bool, divided_share: bool, two_seeds: bool, formatted_forecast: bool) -> None:
    """Refuse options that exclude each other."""
    from harness.errors import ParameterError

    if lone_answers:
        raise ParameterError("--answers needs a challenge file: pass --challenge FILE as well")
    if divided_share:
        raise ParameterError("--shard performs units here: omit --engine, --force and --dry-run")
    if two_seeds:
        raise ParameterError("--seed and --seeds exclude each other: name all seeds in --seeds")
    if formatted_forecast:
        raise ParameterError("--dry-run has no other format than terminal: omit --format, or let --output end in .txt")


def _perform_share(
    tasks: list[Task], recommenders: Recommenders, seeds: tuple[int, ...], options: Options, shard: str
) -> list[HarnessError]:
    from harness.cli.terminal import note
    from harness.engines.shards import Shard
    from harness.run.several import shares_of_all

    shares = shares_of_all(tasks, recommenders, seeds, options, Shard.of(shard))
    for run in shares.runs:
        note(f"{run}: share {shard} is done; `harness status --runs {options.runs}` shows the others")
    return shares.errors


def _write_boards(tasks: list[Task], runs: Path, form: Format, output: Path | None, *, by_category: bool) -> None:
    """Show or write the leaderboards of these tasks."""
    from harness.cli.terminal import note, write_leaderboards
    from harness.report.entries import entries
    from harness.report.leaderboard import leaderboards

    known, notes = entries(runs)
    for line in notes:
        note(f"warning: {line}")
    fingerprints = tuple(task.challenge_id.fingerprint for task in tasks)
    same_corpus = [entry for entry in known if entry.corpus.fingerprint == tasks[0].corpus.fingerprint]
    shown = [each for each in leaderboards(same_corpus) if each.challenge.fingerprint.startswith(fingerprints)]
    write_leaderboards(shown, form, output, by_category=by_category, runs=runs)


def _nothing_else_named(ctx: typer.Context) -> bool:
    """True if no option of the command line contradicts a plan.

    Raises:
        ParameterError: an option names what the plan contains.
    """
    from harness.errors import ParameterError

    contained = ("recommender", "data", "param", "seed", "seeds", "challenge", "answers", "metrics")
    for parameter in ctx.command.params:
        name = parameter.name or ""
        source = ctx.get_parameter_source(name)
        if (name in contained or name.startswith("split_")) and source is not None and source.name == "COMMANDLINE":
            raise ParameterError(f"{parameter.opts[0]} and --plan exclude each other: write it in the plan")
    return True


def _note_run(runs: Path, record: RunRecord) -> None:
    from harness.cli.terminal import note

    note(f"{runs / record.run / 'submission.csv.gz'}")
    for line in (*record.audit, *(record.training.lines() if record.training else ())):
        note(f"  {line}")


def raise_all(failed: list[HarnessError]) -> None:
    """Print all errors except the last one, and raise that; HARNESS_DEBUG=1 adds the tracebacks."""
    import os
    import traceback

    from harness.cli.terminal import complain

    for error in failed[:-1]:
        if os.environ.get("HARNESS_DEBUG") == "1":
            traceback.print_exception(error)
        complain(error)
    if failed:
        raise failed[-1]
