"""Lists made in a child process: it measures the recommender's costs alone, and its crash does not end the caller.

The child receives the training set and the challenge, never the withheld tracks. It writes lists and checkpoints into
the run's workplace, so an interrupted run resumes there. Progress and errors come back through a pipe.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import PluginError
from harness.kit.progress import is_heard, step

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.connection import Connection

    from harness.kit.progress import Bar
    from harness.task.tasks import Task

GRACE_SECONDS = 5
"""Time that an interrupted child has to end by itself."""

POLL_SECONDS = 0.2
"""Longest time until Ctrl-C is noticed."""

OPEN, ADVANCE, CLOSE, UNAVAILABLE, FAILED, DONE = range(6)
"""Kinds of messages from the child: three for a progress bar, then unavailable (with a reason), failed, done."""


class UnavailableError(Exception):
    """A child process cannot create this recommender: it exists in the calling process only."""


@dataclass(frozen=True, slots=True)
class Request:
    """Work order for the child.

    Attributes:
        task: without the withheld tracks.
        name: a registered recommender, or `path/to/file.py:Class`.
        params: all hyper-parameters.
        workplace: see `make_lists`.
        shows_progress: whether the caller displays progress.
    """

    task: Task
    name: str
    params: Mapping[str, Any]
    workplace: Path
    shows_progress: bool


def make_lists_apart(workplace: Path, task: Task, name: str, params: Mapping[str, Any]) -> None:
    """Make lists in a child process; it leaves them in the workplace, as `make_lists` does.

    Args:
        workplace: see `make_lists`.
        task: training set and challenge.
        name: a registered recommender, or `path/to/file.py:Class`.
        params: all hyper-parameters.

    Raises:
        UnavailableError: the recommender exists in this process only.
        HarnessError: as in `make_lists`.
        PluginError: the process was ended by a signal, e.g. because memory ran out.
    """
    request = Request(replace(task, judged=None), name, params, workplace.resolve(), is_heard())
    receiver, sender = Pipe(duplex=False)
    with receiver:
        with sender:
            # -P: the path is the caller's; a file in the current folder must not shadow a module.
            command = [sys.executable, "-P", "-m", "harness.run.child", str(sender.fileno()), str(os.getpid())]
            child = subprocess.Popen(  # noqa: S603 - this package
                command,
                stdin=subprocess.PIPE,
                stdout=_stderr(),
                pass_fds=[sender.fileno()],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(folder or str(Path.cwd()) for folder in sys.path)},
            )
        try:
            with suppress(BrokenPipeError), child.stdin as pipe:  # type: ignore[union-attr] # it is a pipe
                pickle.dump(request, pipe, protocol=5)
            outcome = _follow(receiver)
            child.wait()
        except BaseException:
            _end(child)
            raise
    if outcome is None:
        raise PluginError(f"recommender {name!r}: its process {_ended(child.returncode)}; its checkpoints are kept")
    if isinstance(outcome, Exception):
        raise outcome


def _follow(receiver: Connection) -> Exception | bool | None:
    """Show the child's progress until it ends: True if the lists are made, the error if it reported one, else None."""
    bars: dict[int, Bar] = {}
    with ExitStack() as stack:
        open_bars: dict[int, ExitStack] = {}
        while True:
            try:
                while not receiver.poll(POLL_SECONDS):
                    pass  # a library's signal handler may restart a blocking read; Ctrl-C is noticed between two polls
                kind, *content = receiver.recv()
            except (EOFError, OSError):
                return None
            if kind == OPEN:
                number, label, total = content
                open_bars[number] = stack.enter_context(ExitStack())
                bars[number] = open_bars[number].enter_context(step(label, total))
            elif kind == ADVANCE:
                number, amount, detail = content
                bars[number].advance(amount, detail)
            elif kind == CLOSE:
                open_bars.pop(content[0]).close()
            elif kind == UNAVAILABLE:
                return UnavailableError(content[0])
            elif kind == FAILED:
                error: Exception = content[0]
                return error
            else:
                return True


def _stderr() -> int:
    """Target of the child's prints: standard error, because standard output is for tables."""
    try:
        os.fstat(2)
    except OSError:
        return subprocess.DEVNULL
    return 2


def _end(child: subprocess.Popen[bytes]) -> None:
    """Interrupt the child, so that it removes unfinished files; kill it if it does not end in time."""
    with suppress(ProcessLookupError):
        child.send_signal(signal.SIGINT)
    try:
        child.wait(GRACE_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        child.kill()
        child.wait()


def _ended(code: int) -> str:
    if code >= 0:
        return f"ended by itself with exit code {code}"
    name = signal.Signals(-code).name
    return f"was ended by {name}" + (" (usually because memory ran out)" if name == "SIGKILL" else "")
