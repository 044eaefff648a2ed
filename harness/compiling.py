"""Time and memory that Numba's compiler takes, so that the costs of stages do not depend on compiled kernels."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class Compiled:
    """What the compiler took since this process began to count."""

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_bytes: int = 0


total = Compiled()
"""Of this process. Kernels that are read from Numba's cache on disk do not count."""

_listeners: list[Any] = []


def count_compilation(before: Callable[[], int], after: Callable[[], int]) -> None:
    """Count every compilation from now on, if Numba is imported; further calls do nothing.

    Args:
        before: called as a compilation begins, the memory in use.
        after: called when it has ended, likewise.
    """
    if _listeners or "numba" not in sys.modules:
        return
    from numba.core import event

    class Listener(event.Listener):
        """Compiling one function compiles those that it calls: only the outermost counts."""

        def __init__(self) -> None:
            self.depth, self.began = 0, (0.0, 0.0, 0)

        def on_start(self, _: object) -> None:
            self.depth += 1
            if self.depth == 1:
                self.began = (time.perf_counter(), time.thread_time(), before())

        def on_end(self, _: object) -> None:
            self.depth -= 1
            if self.depth == 0:
                wall, cpu, memory = self.began
                total.wall_seconds += time.perf_counter() - wall
                total.cpu_seconds += time.thread_time() - cpu
                total.memory_bytes += max(after() - memory, 0)

    _listeners.append(Listener())
    event.register("numba:compile", _listeners[0])  # type: ignore[no-untyped-call]
