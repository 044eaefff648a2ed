"""Entry point of the process that makes a run's lists: `python -m harness.run.child PIPE PARENT`; see `own_process`."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from contextlib import contextmanager, nullcontext
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

import numpy as np

from harness import registry
from harness.errors import HarnessError, PluginError
from harness.kit.progress import listening
from harness.printable import one_line_warnings
from harness.run.lists import OWN_PROCESS, Fallbacks, make_lists
from harness.run.own_process import ADVANCE, CLOSE, DONE, FAILED, OPEN, UNAVAILABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from harness.kit.progress import Bar
    from harness.run.own_process import Request

UPDATE_SECONDS = 0.05
"""Shortest time between two updates of a progress bar."""

INTERRUPTED = 130


def main() -> None:
    """Read a request from standard input and carry it out."""
    interrupted: list[int] = []

    def interrupt(number: int, _: FrameType | None) -> None:
        signal.signal(
            signal.SIGINT, signal.SIG_IGN
        )  # a terminal sends it to both processes, and the parent forwards it
        interrupted.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    _end_with(int(sys.argv[2]))
    pipe = _SharedPipe(int(sys.argv[1]), readable=False)
    try:
        with one_line_warnings():
            pipe.send(_result(pickle.load(sys.stdin.buffer), pipe))  # noqa: S301 - from the parent
    except BaseException as error:  # noqa: BLE001 - the parent reports it
        if interrupted:
            os._exit(INTERRUPTED)
        if os.environ.get("HARNESS_DEBUG") == "1":
            traceback.print_exc()
        is_reportable = isinstance(error, HarnessError | OSError)
        pipe.send(
            (
                FAILED,
                error if is_reportable else PluginError(f"{type(error).__name__} in the run's own process: {error}"),
            )
        )


def _result(request: Request, pipe: Connection) -> tuple[Any, ...]:
    _protect(request.task)
    if importlib.util.find_spec("numba"):
        importlib.import_module("numba")  # its import and its compiler are not a cost of the recommender
    try:
        recommender = registry.create(request.name, request.params)
    except HarnessError as error:  # the parent could create it
        return UNAVAILABLE, str(error)
    name = registry.traits(recommender).name
    with listening(_Bars(pipe)) if request.shows_progress else nullcontext():
        make_lists(request.workplace, request.task, recommender, name, Fallbacks(request.task), OWN_PROCESS)
    return (DONE,)


class _SharedPipe(Connection):
    """Pipe that several threads may write to: kernels are compiled in the thread that first calls them."""

    _lock = threading.Lock()

    def send(self, obj: Any) -> None:
        """Send one message at a time."""
        with self._lock:
            super().send(obj)


class _Bars:
    """Forwards every progress bar to the parent, which shows it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._n_bars = 0

    @contextmanager
    def __call__(self, what: str, total: int | None) -> Iterator[Bar]:
        self._n_bars += 1
        number = self._n_bars
        self._pipe.send((OPEN, number, what, total))
        yield _ForwardedBar(self._pipe, number)
        self._pipe.send((CLOSE, number))


class _ForwardedBar:
    """One progress bar; only one thread may advance it."""

    def __init__(self, pipe: Connection, number: int) -> None:
        self._pipe = pipe
        self._number = number
        self._pending = 0
        self._sent_at = 0.0

    def advance(self, amount: int = 1, detail: str = "") -> None:
        """Advance the parent's bar, now or together with a later call."""
        self._pending += amount
        if time.monotonic() - self._sent_at > UPDATE_SECONDS:
            self._pipe.send((ADVANCE, self._number, self._pending, detail))
            self._pending, self._sent_at = 0, time.monotonic()


def _protect(value: Any) -> None:
    """Make the arrays of nested dataclasses read-only again: pickling does not keep the flag."""
    for field in dataclasses.fields(value):
        content = getattr(value, field.name)
        if isinstance(content, np.ndarray):
            content.flags.writeable = False
        elif dataclasses.is_dataclass(content):
            _protect(content)


def _end_with(parent: int) -> None:
    """End this process when its parent is killed (Linux), so that it does not write while another run resumes."""
    if sys.platform == "linux":
        import ctypes

        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


if __name__ == "__main__":
    main()
