"""Units of work: each leaves its output in a shared folder, where files say whether it is done, failed or running.

An output appears by rename, so a unit that is performed twice does no harm, and a process that dies costs its unit.
"""

from __future__ import annotations

import platform
import resource
import sys
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from harness.atomic import new_file
from harness.engines.claims import STALE_SECONDS, age_of, claim, held
from harness.errors import HarnessError
from harness.machine import cpu_model
from harness.system_errors import path_message, ran_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

STATES = "units"
"""Folder of the states, below the folder of the outputs."""

_KIB = 1024


@dataclass(frozen=True, slots=True)
class Unit:
    """One part of a command's work that a single process performs.

    Attributes:
        name: distinct within the folder, valid as a file name, e.g. `lists-0003`.
        folder: folder of the outputs, shared by all processes.
        work: picklable; leaves its output in the folder by rename, and does nothing where that is there already.
        needs: names of units of the same folder whose output it reads.
    """

    name: str
    folder: Path
    work: Callable[[], None]
    needs: tuple[str, ...] = ()

    @property
    def files(self) -> UnitFiles:
        """Files of its state."""
        return UnitFiles(self.name, self.folder / STATES)


@dataclass(frozen=True, slots=True)
class UnitFiles:
    """Files of a unit's state; `folder` holds those of all units."""

    name: str
    folder: Path

    @property
    def done(self) -> Path:
        """Exists once the output is complete."""
        return self.folder / f"{self.name}.done.json"

    @property
    def failed(self) -> Path:
        """Exists after a failure, until the unit is done or tried again."""
        return self.folder / f"{self.name}.failed.json"

    @property
    def claim(self) -> Path:
        """Exists while a process performs the unit."""
        return self.folder / f"{self.name}.claim.json"


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """State of a finished unit: its costs, and where they arose.

    Attributes:
        wall_seconds, cpu_seconds: of the unit alone.
        peak_memory_bytes: of its process, from its start.
        host: name of the machine.
        cpu: model of the processor.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_memory_bytes: int
    host: str
    cpu: str


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """State of a unit that failed: the error, one line, and the machine."""

    error: str
    host: str


class State(StrEnum):
    """State of a unit; `lost` is one whose process died: it has not touched its claim for a minute."""

    done = "done"
    running = "running"
    lost = "lost"
    failed = "failed"
    missing = "missing"


def state_of(files: UnitFiles) -> State:
    """State of a unit."""
    if files.done.exists():
        return State.done
    age = age_of(files.claim)
    if age is not None:
        return State.running if age < STALE_SECONDS else State.lost
    return State.failed if files.failed.exists() else State.missing


def done_of(files: UnitFiles) -> Done | None:
    """Costs of a finished unit; None if it is not finished."""
    try:
        return msgspec.json.decode(files.done.read_bytes(), type=Done)
    except (OSError, msgspec.DecodeError):
        return None


def failure_of(files: UnitFiles) -> Failed | None:
    """Failure of a unit; None if it did not fail."""
    try:
        return msgspec.json.decode(files.failed.read_bytes(), type=Failed)
    except (OSError, msgspec.DecodeError):
        return None


def perform(unit: Unit) -> None:
    """Perform a unit in this process, whoever claims it; return at once if it is done.

    Raises:
        HarnessError: the unit failed; its state has the error.
        MemoryError: likewise, because memory ran out.
    """
    if unit.files.done.exists():
        return
    with held(unit.files.claim):
        _perform(unit)


def perform_if_free(unit: Unit) -> bool:
    """Perform a unit in this process unless it is done or a living process claims it; whether it was performed.

    Raises:
        HarnessError: the unit failed.
    """
    if unit.files.done.exists() or not claim(unit.files.claim):
        return False
    with held(unit.files.claim):
        if not unit.files.done.exists():
            _perform(unit)
    return True


def failure_text(error: BaseException) -> str:
    """An error as a unit's failure shows it."""
    if isinstance(error, HarnessError | OSError):
        return path_message(error) or str(error)
    return f"{type(error).__name__}: {error}"


def fail(files: UnitFiles, error: str) -> None:
    """Record a failure, e.g. of a process that was killed."""
    with new_file(files.failed) as partial:
        partial.write_bytes(msgspec.json.encode(Failed(error=error, host=platform.node())))


def forget_failures(units: Iterable[Unit]) -> None:
    """Let units that failed in an earlier start be tried again."""
    for unit in units:
        unit.files.failed.unlink(missing_ok=True)


def _perform(unit: Unit) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        unit.work()
    except Exception as error:
        text = failure_text(error)
        fail(unit.files, text)
        if ran_out(error) and not isinstance(error, MemoryError):  # the cause would be lost between processes
            raise MemoryError(text) from error
        raise
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = Done(
        wall_seconds=round(time.perf_counter() - wall, 4),
        cpu_seconds=round(time.process_time() - cpu, 4),
        peak_memory_bytes=peak if sys.platform == "darwin" else peak * _KIB,
        host=platform.node(),
        cpu=cpu_model(),
    )
    with new_file(unit.files.done) as partial:
        partial.write_bytes(msgspec.json.encode(done))
    unit.files.failed.unlink(missing_ok=True)
