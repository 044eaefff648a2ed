"""Plan of a run in units: written into its unfinished folder, where any process can read what is missing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from harness.atomic import PARTIAL, new_file
from harness.engines.units import STATES, State, UnitFiles, done_of, failure_of, state_of
from harness.errors import DataError
from harness.run.lists import lists_are_made
from harness.run.units import units_of_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.engines.units import Unit
    from harness.interfaces import Recommender
    from harness.metrics.metric import Metric
    from harness.run.units import Order
    from harness.task.tasks import Task

PLAN = "plan.json"

SHOWN = 3
"""Units that a message names."""


class UnitPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Content of `plan.json`.

    Attributes:
        run: name of the run.
        units: name of each unit -> names of those that it needs.
    """

    run: str
    units: dict[str, tuple[str, ...]]


def planned(order: Order, task: Task, recommender: Recommender, metrics: Sequence[Metric]) -> list[Unit]:
    """Units of a run, see `units_of_run`; the plan is written. None if one process has made the lists already."""
    if lists_are_made(order.workplace) and read_plan(order.workplace) is None:
        return []
    units = units_of_run(order, task, recommender, metrics)
    if units:
        with new_file(order.workplace / PLAN) as partial:
            plan = UnitPlan(run=order.run, units={unit.name: unit.needs for unit in units})
            partial.write_bytes(msgspec.json.format(msgspec.json.encode(plan)) + b"\n")
    return units


def plans(runs: Path) -> dict[Path, UnitPlan]:
    """Plans of the unfinished runs of a folder: folder of the unfinished run -> plan, sorted by name."""
    if not runs.is_dir():
        return {}
    found = {path.parent: read_plan(path.parent) for path in sorted(runs.glob(f"{PARTIAL}*/{PLAN}"))}
    return {workplace: plan for workplace, plan in found.items() if plan is not None}


def read_plan(workplace: Path) -> UnitPlan | None:
    """Plan of an unfinished run; None if it was not divided into units."""
    try:
        return msgspec.json.decode((workplace / PLAN).read_bytes(), type=UnitPlan)
    except (OSError, msgspec.DecodeError):
        return None


def states(workplace: Path, plan: UnitPlan) -> dict[str, State]:
    """Name of each unit -> its state."""
    return {name: state_of(files) for name, files in files_of(workplace, plan).items()}


def is_performed(workplace: Path) -> bool:
    """Whether a living process performs a unit of an unfinished run."""
    plan = read_plan(workplace)
    return plan is not None and State.running in states(workplace, plan).values()


def files_of(workplace: Path, plan: UnitPlan) -> dict[str, UnitFiles]:
    """Name of each unit -> the files of its state."""
    return {name: UnitFiles(name, workplace / STATES) for name in plan.units}


def refuse_unfinished(workplace: Path) -> None:
    """Refuse to finish a run while units of its plan are not done.

    Raises:
        DataError: they are named, with their states.
    """
    plan = read_plan(workplace)
    if plan is None:
        return
    open_units = {name: state for name, state in states(workplace, plan).items() if state is not State.done}
    if not open_units:
        return
    counts = ", ".join(f"{n} {state}" for state, n in Counter(open_units.values()).items())
    named = ", ".join(list(open_units)[:SHOWN]) + (", …" if len(open_units) > SHOWN else "")
    failed = [failure for name in open_units if (failure := failure_of(UnitFiles(name, workplace / STATES)))]
    reason = f"; the first failure: {failed[0].error}" if failed else ""
    raise DataError(
        f"run {plan.run}: {len(open_units)} of {len(plan.units)} units are not done ({counts}: {named}){reason}; "
        "wait for their shards, perform them with `engine` local, or repeat the run with `force`"
    )


def where_performed(workplace: Path, engine: str) -> str | None:
    """Where the costs of a divided run arose, in the words of the record; None if it was not divided.

    Args:
        workplace: folder of the unfinished run, all units done.
        engine: name of the engine; empty for shards.
    """
    plan = read_plan(workplace)
    if plan is None:
        return None
    done = [done for files in files_of(workplace, plan).values() if (done := done_of(files))]
    machines = ", ".join(sorted({f"{state.host} ({state.cpu})" for state in done}))
    differ = (
        "; different processors can differ in the last bit of a score" if len({state.cpu for state in done}) > 1 else ""
    )
    by = f"of engine {engine}" if engine else "by shards"
    return f"in {len(plan.units)} units {by} on {machines}{differ}"
