"""What a stage costs: wall and CPU seconds, peak memory."""

from __future__ import annotations

import resource
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_KIB = 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """What one stage took."""

    wall_seconds: float
    cpu_seconds: float
    peak_memory_bytes: int


class Costs:
    """The costs of a run's stages, in the order in which they were measured."""

    def __init__(self, stages: dict[str, Cost] | None = None) -> None:
        """Begin with what an earlier, interrupted start measured."""
        self.stages = dict(stages or {})

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure what happens inside the `with` block; a stage measured twice counts the last time."""
        with _peak_of_all() as peak:
            wall, cpu = time.perf_counter(), time.process_time()
            yield
            self.stages[name] = Cost(time.perf_counter() - wall, time.process_time() - cpu, peak())

    def add(self, name: str, earlier: Iterable[Cost]) -> None:
        """Count what an earlier, interrupted start spent on a measured stage."""
        for cost in earlier:
            now = self.stages[name]
            self.stages[name] = Cost(
                now.wall_seconds + cost.wall_seconds,
                now.cpu_seconds + cost.cpu_seconds,
                max(now.peak_memory_bytes, cost.peak_memory_bytes),
            )

    def as_json(self) -> dict[str, dict[str, float]]:
        """Stage -> its costs, rounded to what a clock can tell."""
        return {
            name: {key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(cost).items()}
            for name, cost in self.stages.items()
        }

    @classmethod
    def from_json(cls, stages: dict[str, dict[str, float]]) -> Costs:
        """The inverse of `as_json`."""
        return cls(
            {
                name: Cost(cost["wall_seconds"], cost["cpu_seconds"], int(cost["peak_memory_bytes"]))
                for name, cost in stages.items()
            }
        )


_peaks: list[int] = []
"""The highest peak so far of each stage that is under way: the system forgets it when a stage within begins."""


@contextmanager
def _peak_of_all() -> Iterator[Callable[[], int]]:
    """Begin a new peak; yields what tells it, and leaves to the stage around this one what it needs to know."""
    if _peaks:
        _peaks[-1] = max(_peaks[-1], _peak())
    _peaks.append(0)
    _forget_peak()
    try:
        yield lambda: max(_peaks[-1], _peak())
    finally:
        inner = max(_peaks.pop(), _peak())
        if _peaks:
            _peaks[-1] = max(_peaks[-1], inner)


def _forget_peak() -> None:
    """Begin a new peak where the system can (Linux); elsewhere the peak is that of the process so far."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _peak() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * _KIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * _KIB
