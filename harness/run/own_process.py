"""Lists made by a process of their own: its costs are the recommender's alone, and its end does not end the caller.

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
from harness.progress import is_heard, step

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.connection import Connection

    from harness.progress import Bar
    from harness.run.task import Task

PATIENCE = 5
"""Seconds that an interrupted child has to end by itself."""

ATTENTION = 0.2
"""Seconds until Ctrl-C is noticed, at most."""

OPEN, ADVANCE, CLOSE, UNAVAILABLE, FAILED, DONE = range(6)
"""Kinds of messages from the child: a bar's three, then why it cannot do the work, an exception, and success."""


class UnavailableError(Exception):
    """A process of its own cannot create this recommender: it exists in the calling process only."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the child is to do.

    Attributes:
        task: without what judges the lists.
        name: a registered recommender, or `path/to/file.py:Class`.
        params: all hyper-parameters.
        workplace: see `make_lists`.
        shows_progress: whether anyone listens to it.
    """

    task: Task
    name: str
    params: Mapping[str, Any]
    workplace: Path
    shows_progress: bool


def make_lists_apart(workplace: Path, task: Task, name: str, params: Mapping[str, Any]) -> None:
    """Leave complete lists in the workplace, as `make_lists` does, made by another process.

    Args:
        workplace: see `make_lists`.
        task: what is asked.
        name: a registered recommender, or `path/to/file.py:Class`.
        params: all its hyper-parameters.

    Raises:
        UnavailableError: the recommender can be found in this process only.
        HarnessError: as in `make_lists`.
        PluginError: the process was ended by a signal, e.g. for want of memory.
    """
    request = Request(replace(task, judged=None), name, params, workplace.resolve(), is_heard())
    receiver, sender = Pipe(duplex=False)
    with receiver:
        with sender:
            child = subprocess.Popen(  # noqa: S603 - this package
                [sys.executable, "-m", "harness.run.child", str(sender.fileno()), str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=_stderr(),
                pass_fds=[sender.fileno()],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(each or str(Path.cwd()) for each in sys.path)},
            )
        try:
            with suppress(BrokenPipeError), child.stdin as pipe:  # type: ignore[union-attr] # it is a pipe
                pickle.dump(request, pipe, protocol=5)
            last = _follow(receiver)
            child.wait()
        except BaseException:
            _end(child)
            raise
    if last is None:
        raise PluginError(f"recommender {name!r}: its process {_ended(child.returncode)}; what was finished is kept")
    if isinstance(last, Exception):
        raise last


def _follow(receiver: Connection) -> Exception | bool | None:
    """Show the child's progress until it has ended; True if the lists are made, or why not, None if it cannot say."""
    bars: dict[int, Bar] = {}
    with ExitStack() as stack:
        open_bars: dict[int, ExitStack] = {}
        while True:
            try:
                while not receiver.poll(ATTENTION):
                    pass  # a library's signal handler may restart a blocking read: Ctrl-C is noticed between two polls
                kind, *content = receiver.recv()
            except (EOFError, OSError):
                return None
            if kind == OPEN:
                number, what, total = content
                open_bars[number] = stack.enter_context(ExitStack())
                bars[number] = open_bars[number].enter_context(step(what, total))
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
    """Where the child's prints go: standard output is for tables."""
    try:
        os.fstat(2)
    except OSError:
        return subprocess.DEVNULL
    return 2


def _end(child: subprocess.Popen[bytes]) -> None:
    """Let the child end as after Ctrl-C, which removes what it has half-written; kill it if it does not."""
    with suppress(ProcessLookupError):
        child.send_signal(signal.SIGINT)
    try:
        child.wait(PATIENCE)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        child.kill()
        child.wait()


def _ended(code: int) -> str:
    if code >= 0:
        return f"ended by itself with exit code {code}"
    name = signal.Signals(-code).name
    return f"was ended by {name}" + (", mostly for want of memory" if name == "SIGKILL" else "")
