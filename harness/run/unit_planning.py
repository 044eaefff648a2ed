"""Units of runs before they are performed, with the costs that earlier runs suggest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from harness import registry
from harness.engines.units import State, state_of
from harness.metrics.catalogue import metric_named
from harness.run import runs as finished_runs
from harness.run.forecast import earlier_runs, forecast
from harness.run.identity import run_identity
from harness.run.settings import Setting
from harness.run.status import kind_of
from harness.run.units import FIT, MERGE, VALUES, Order, units_of_run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from harness.engines.units import Unit
    from harness.metrics.metric import Metric
    from harness.task.tasks import Task


class PlannedUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit with its key, its state, the names of units that it needs, and the seconds it may take, None if unknown.

    Attributes:
        key: of the run and the unit: equal keys mean equal output.
    """

    name: str
    key: str
    state: State
    needs: tuple[str, ...]
    seconds: float | None


class PlannedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run with its units.

    Attributes:
        run: name of the run.
        finished: whether its folder is complete.
        units: in an order in which one process could perform them; empty if it is finished or cannot be divided.
        seconds: what all units may take one after the other; None if unknown.
        memory_bytes: highest memory above that of a process at its start; None if unknown.
    """

    run: str
    finished: bool
    units: list[PlannedUnit]
    seconds: float | None
    memory_bytes: int | None


def plan_of(
    task: Task,
    name: str,
    params: Mapping[str, Any],
    seed: int,
    runs: Path,
    metrics: Sequence[Metric] | None = None,
) -> PlannedRun:
    """Units of the run of a recommender; nothing is performed or written.

    Args:
        task: of the run.
        name: registered name, or `path/to/file.py:Class`.
        params: hyper-parameters that are not default.
        seed: of the recommender.
        runs: folder of the runs.
        metrics: to measure; the defaults of the split if None.

    Raises:
        HarnessError: the recommender or its parameters are at fault.
    """
    recommender = registry.create(name, params, seed)
    identity = run_identity(task, recommender)
    folder = runs / identity.run
    finished = (folder / finished_runs.RECORD).is_file()
    chosen = tuple(map(metric_named, task.metrics)) if metrics is None else metrics
    units = [] if finished else units_of_run(Order.of(task, name, recommender, folder), task, recommender, chosen)
    expected = forecast(task, Setting(name, params, seed), runs, earlier_runs(runs))
    seconds = _seconds_by_kind(units, expected.stages) if expected.stages else {}
    planned = [
        PlannedUnit(
            name=unit.name,
            key=f"{identity.key}/{unit.name}",
            state=state_of(unit.files),
            needs=unit.needs,
            seconds=seconds.get(kind_of(unit.name)),
        )
        for unit in units
    ]
    known = [unit.seconds for unit in planned if unit.seconds is not None]
    return PlannedRun(
        run=identity.run,
        finished=finished,
        units=planned,
        seconds=sum(known) if known else None,
        memory_bytes=expected.memory_bytes,
    )


def _seconds_by_kind(units: Sequence[Unit], stages: Mapping[str, float]) -> dict[str, float]:
    """Seconds of one unit of each kind, from those of the stages of a run: all units of a kind take as long."""
    n_parts, n_blocks = (sum(kind_of(unit.name) == kind for unit in units) for kind in ("prepare", "lists"))
    return {
        "prepare": stages["fit"] / max(n_parts, 1),
        FIT: 0.0 if n_parts else stages["fit"],
        "lists": stages["recommend"] / max(n_blocks, 1),
        MERGE: stages["fallback"],
        VALUES: stages["score"],
    }
