"""Costs of a stage: wall and CPU seconds, and peak memory above a baseline; compilation is measured separately."""

from __future__ import annotations

import resource
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness import compiling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_KIB = 1024


COMPILE = "compile"
"""Name of the stage that collects the compilation of all stages."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Costs of one stage without compilation."""

    wall_seconds: float
    cpu_seconds: float
    peak_memory_bytes: int


class Costs:
    """Costs of a run's stages, in the order of measurement.

    Memory is measured above the baseline: the memory in use when this object was made.
    """

    def __init__(self, stages: dict[str, Cost] | None = None) -> None:
        """Begin with the costs that an earlier, interrupted start measured."""
        self.stages = dict(stages or {})
        self._baseline = _resident() - compiling.total.memory_bytes

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure the `with` block; a second measurement of a stage replaces the first."""
        compiling.count_compilation(_note_peak, _reset_after_compilation)
        before = replace(compiling.total)
        with _peak_of_all() as peak:
            wall, cpu = time.perf_counter(), time.process_time()
            yield
            elapsed = (time.perf_counter() - wall, time.process_time() - cpu)
            compiled = Cost(
                compiling.total.wall_seconds - before.wall_seconds,
                compiling.total.cpu_seconds - before.cpu_seconds,
                compiling.total.memory_bytes - before.memory_bytes,
            )
            self.stages[name] = Cost(
                max(elapsed[0] - compiled.wall_seconds, 0.0),
                max(elapsed[1] - compiled.cpu_seconds, 0.0),
                max(peak() - self._baseline, 0),
            )
        earlier = self.stages.pop(COMPILE, Cost(0.0, 0.0, 0))
        self.stages[COMPILE] = Cost(
            earlier.wall_seconds + compiled.wall_seconds,
            earlier.cpu_seconds + compiled.cpu_seconds,
            earlier.peak_memory_bytes + compiled.peak_memory_bytes,
        )

    def add(self, name: str, earlier: Iterable[Cost]) -> None:
        """Add the costs that an earlier, interrupted start had in a measured stage."""
        for cost in earlier:
            measured = self.stages[name]
            self.stages[name] = Cost(
                measured.wall_seconds + cost.wall_seconds,
                measured.cpu_seconds + cost.cpu_seconds,
                max(measured.peak_memory_bytes, cost.peak_memory_bytes),
            )

    def rounded(self) -> dict[str, Cost]:
        """Costs by stage, rounded to the resolution of the clock."""
        return {
            name: replace(cost, wall_seconds=round(cost.wall_seconds, 4), cpu_seconds=round(cost.cpu_seconds, 4))
            for name, cost in self.stages.items()
        }


_peaks: list[int] = []
"""Highest peak so far of each running stage; the system's own peak is reset when an inner stage begins."""


@contextmanager
def _peak_of_all() -> Iterator[Callable[[], int]]:
    """Measure the peak of a stage; yields a function that returns it, and passes the peak on to the outer stage."""
    if _peaks:
        _peaks[-1] = max(_peaks[-1], _peak())
    _peaks.append(0)
    _reset_peak()
    try:
        yield lambda: max(_peaks[-1], _peak())
    finally:
        inner = max(_peaks.pop(), _peak())
        if _peaks:
            _peaks[-1] = max(_peaks[-1], inner)


def _reset_peak() -> None:
    """Reset the system's peak (Linux); elsewhere the peak covers the whole life of the process."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _note_peak() -> int:
    """Record the peak before a compilation; returns the memory in use."""
    if _peaks:
        _peaks[-1] = max(_peaks[-1], _peak())
    return _resident()


def _reset_after_compilation() -> int:
    """Reset the peak after a compilation; returns the memory in use."""
    _reset_peak()
    return _resident()


def _resident() -> int:
    """Memory in use; the peak so far if the system does not report it."""
    return _status("VmRSS:")


def _peak() -> int:
    """Peak of the process without the memory that compilations still hold."""
    return _status("VmHWM:") - compiling.total.memory_bytes


def _status(field: str) -> int:
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1]) * _KIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * _KIB
