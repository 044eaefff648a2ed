"""Status of runs that are divided into units, read from their folders: done, running, lost, failed, missing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from harness.engines.claims import age_of, holder
from harness.engines.units import State, done_of, failure_of, state_of
from harness.run.unit_plan import files_of, plans

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from harness.engines.units import Done, UnitFiles


class UnitStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Status of one unit.

    Attributes:
        name: of the unit.
        state: see `State`.
        host: machine that performed it, performs it, or failed; empty if it is missing.
        seconds: wall time of a finished unit; time since the last sign of life of one that is running or lost.
        error: of a failed unit.
    """

    name: str
    state: State
    host: str = ""
    seconds: float | None = None
    error: str = ""


class RunStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Status of an unfinished run.

    Attributes:
        run: its name.
        units: in the order of the plan.
        seconds_left: estimate from finished units of the same kind, shared by the processes that are running now;
            None without any.
    """

    run: str
    units: list[UnitStatus]
    seconds_left: float | None

    @property
    def counts(self) -> dict[State, int]:
        """State -> number of units, for states that occur."""
        found = Counter(unit.state for unit in self.units)
        return {state: found[state] for state in State if found[state]}


def status_of(runs: Path) -> list[RunStatus]:
    """Status of every unfinished run of a folder that is divided into units, sorted by name."""
    return [_status(plan.run, files_of(workplace, plan)) for workplace, plan in plans(runs).items()]


def _status(run: str, units: Mapping[str, UnitFiles]) -> RunStatus:
    states = {name: state_of(files) for name, files in units.items()}
    done = {name: costs for name, files in units.items() if (costs := done_of(files))}
    statuses = [_unit_status(units[name], state, done.get(name)) for name, state in states.items()]
    n_running = sum(state is State.running for state in states.values())
    left = _seconds_left((name for name, state in states.items() if state is not State.done), done)
    return RunStatus(run=run, units=statuses, seconds_left=None if left is None else left / max(n_running, 1))


def _unit_status(files: UnitFiles, state: State, done: Done | None) -> UnitStatus:
    if state is State.done:
        return UnitStatus(
            name=files.name,
            state=state,
            host=done.host if done else "",
            seconds=done.wall_seconds if done else None,
        )
    if state in (State.running, State.lost):
        claim = holder(files.claim)
        return UnitStatus(name=files.name, state=state, host=claim.host if claim else "", seconds=age_of(files.claim))
    failure = failure_of(files) if state is State.failed else None
    return UnitStatus(
        name=files.name,
        state=state,
        host=failure.host if failure else "",
        error=failure.error if failure else "",
    )


def _seconds_left(names: Iterable[str], done: Mapping[str, Done]) -> float | None:
    """Sum over units of the mean time of finished units of the same kind; None if there is nothing to estimate from."""
    by_kind: dict[str, list[float]] = {}
    for name, costs in done.items():
        by_kind.setdefault(kind_of(name), []).append(costs.wall_seconds)
    means = {kind: sum(seconds) / len(seconds) for kind, seconds in by_kind.items()}
    if not means:
        return None
    mean = sum(means.values()) / len(means)
    return sum(means.get(kind_of(name), mean) for name in names)


def kind_of(name: str) -> str:
    """Kind of a unit, the first word of its name: prepare, fit, lists, merge or values."""
    return name.partition("-")[0]
