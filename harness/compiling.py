"""Costs of Numba's compilation, which the costs of stages exclude."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


@dataclass(slots=True)
class Compiled:
    """Costs of compilation since counting began."""

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_bytes: int = 0


total = Compiled()
"""Costs of this process; kernels loaded from Numba's cache on disk are not counted."""

_listeners: list[Any] = []
_shown: list[Callable[[], AbstractContextManager[object]]] = []


def show_compilation(opened: Callable[[], AbstractContextManager[object]]) -> None:
    """Enter `opened()`, e.g. a progress bar, during every counted compilation from now on; replaces an earlier one."""
    _shown[:] = [opened]


def count_compilation(before: Callable[[], int], after: Callable[[], int]) -> None:
    """Start counting compilations if Numba is imported; further calls have no effect.

    Args:
        before: called when a compilation begins; returns the memory in use, in bytes.
        after: called when it has ended; likewise.
    """
    if _listeners or "numba" not in sys.modules:
        return
    from numba.core import event

    class Listener(event.Listener):
        """Counts the outermost compilation only: compiling a function also compiles those that it calls."""

        def __init__(self) -> None:
            self.depth, self.start = 0, (0.0, 0.0, 0)
            self.shown = ExitStack()

        def on_start(self, _: object) -> None:
            self.depth += 1
            if self.depth == 1:
                for opened in _shown:
                    self.shown.enter_context(opened())
                self.start = (time.perf_counter(), time.thread_time(), before())

        def on_end(self, _: object) -> None:
            self.depth -= 1
            if self.depth == 0:
                self.shown.close()
                wall, cpu, memory = self.start
                total.wall_seconds += time.perf_counter() - wall
                total.cpu_seconds += time.thread_time() - cpu
                total.memory_bytes += max(after() - memory, 0)

    _listeners.append(Listener())
    event.register("numba:compile", _listeners[0])  # type: ignore[no-untyped-call]
