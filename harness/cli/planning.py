"""`harness plan` and `harness status`: units of runs before and while they are performed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.holdouts import holdout_options
from harness.cli.parameters import params_by_recommender
from harness.cli.task_options import AnswersOption, ChallengeOption, DataOption, MetricsOption
from harness.cli.terminal import RUNS, RunsOption
from harness.task.split_options import SplitOptions

if TYPE_CHECKING:
    from harness.run.status import RunStatus

WATCH_SECONDS = 2.0


@holdout_options()
def plan(
    recommender: Annotated[list[str], typer.Option("--recommender", help="As for `harness run`; repeatable.")],
    data: DataOption = "synthetic",
    param: Annotated[list[str] | None, typer.Option("--param", help="[RECOMMENDER.]NAME=VALUE; repeatable.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Random seed of recommenders.")] = 0,
    *,
    split_options: SplitOptions,
    challenge: ChallengeOption = None,
    answers: AnswersOption = None,
    runs: RunsOption = RUNS,
    metrics: MetricsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the units into which `harness run` with an engine or shards divides its work."""
    import msgspec

    from harness.cli.terminal import bars
    from harness.metrics.catalogue import metrics_named
    from harness.run.unit_planning import plan_of
    from harness.task.tasks import open_task

    names = list(dict.fromkeys(recommender))
    params = params_by_recommender(names, param or [])
    with bars():
        task = open_task(data, options=split_options, challenge=challenge, answers=answers)
        chosen = metrics_named(metrics, task.metrics) if metrics else None
        planned = [plan_of(task, name, params[name], seed, runs, chosen) for name in names]
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(planned)).decode())
        return
    for run in planned:
        typer.echo(f"{run.run}: {len(run.units)} units, {_seconds(run.seconds)}, {_gigabytes(run.memory_bytes)}")
        for unit in run.units:
            typer.echo(f"  {unit.name:28} {unit.state:8} {_seconds(unit.seconds)}")
        if not run.units:
            typer.echo(
                "  it cannot be divided: one process makes its lists" if not run.finished else "  it is finished"
            )


def status(
    runs: RunsOption = RUNS,
    watch: Annotated[bool, typer.Option("--watch", help="Repeat until no run is unfinished.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the units of unfinished runs: done, running, lost, failed, missing, and the estimated time left."""
    import msgspec

    from harness.run.status import status_of

    while True:
        found = status_of(runs)
        if as_json:
            typer.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        elif found:
            typer.echo("\n".join(line for run in found for line in _lines(run)))
        else:
            typer.echo(f"no run of {runs} is divided into units and unfinished")
        if not watch or not found:
            return
        time.sleep(WATCH_SECONDS)


def _lines(run: RunStatus) -> list[str]:
    from harness.engines.units import State

    counts = ", ".join(f"{n} {state}" for state, n in run.counts.items())
    left = "" if run.seconds_left is None else f", about {_seconds(run.seconds_left)} left"
    lines = [f"{run.run}: {counts} of {len(run.units)} units{left}"]
    for unit in run.units:
        if unit.state in (State.running, State.lost):
            lines.append(f"  {unit.name}: {unit.state} on {unit.host}, last sign of life {unit.seconds or 0:.0f} s ago")
        elif unit.state is State.failed:
            lines.append(f"  {unit.name}: failed on {unit.host}: {unit.error}")
    return lines


def _seconds(seconds: float | None) -> str:
    return "time unknown" if seconds is None else f"{seconds:.1f} s"


def _gigabytes(memory: int | None) -> str:
    return "memory unknown" if memory is None else f"{memory / 1e9:.1f} GB"
