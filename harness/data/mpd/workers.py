"""Slices -> columns in processes of their own, several at once, answers in order.

Plain subprocesses with pipes, not `multiprocessing`: its workers import the user's main script again,
which breaks scripts without a main guard, and outlive a parent that is killed. These end with their pipe.
"""

from __future__ import annotations

import hashlib
import os
import struct
import subprocess
import sys
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import msgspec
from isal import isal_zlib

from harness.data.mpd.columns import Columns, columns_of
from harness.data.mpd.files import SliceFile
from harness.data.mpd.parsing import parse_slice, skipped_slice
from harness.data.mpd.scanning import WORTH_IT, scanned
from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_LENGTH = struct.Struct("<Q")
_AHEAD = 2
"""Slices that may wait, parsed, beyond one a worker: enough to keep workers busy, little to hold."""


class Task(msgspec.Struct):
    """One slice to read."""

    file: SliceFile
    skip_bad: bool


class Answer(msgspec.Struct):
    """What came of it: columns, or the user's fault in words."""

    columns: Columns | None
    fault: str = ""


_encode = msgspec.msgpack.Encoder(enc_hook=str).encode
"""A path goes as text, and comes back as a path."""
_tasks = msgspec.msgpack.Decoder(Task, dec_hook=lambda kind, text: kind(text))
_answers = msgspec.msgpack.Decoder(Answer)


def read_columns(task: Task) -> Columns:
    """Read, check and parse one slice; raises DataError."""
    file = task.file
    try:
        data = _checked_bytes(file)
        crc32 = isal_zlib.crc32(data) if file.crc32 is None else file.crc32
        if len(data) >= WORTH_IT and (columns := scanned(data, crc32)) is not None:
            return columns
        playlists, skipped = parse_slice(data, file.name, skip_bad=task.skip_bad)
    except DataError as error:
        if not task.skip_bad:
            raise
        return columns_of([], [skipped_slice(file.name, error)], file.crc32 or 0)
    return columns_of(playlists, skipped, crc32)


def _checked_bytes(file: SliceFile) -> bytes:
    try:
        data = file.read()
    except OSError as error:
        raise DataError(f"slice {file.name} cannot be read: {error.strerror or error}") from error
    if file.md5 and hashlib.md5(data, usedforsecurity=False).hexdigest() != file.md5:
        raise DataError(f"slice {file.name} is not the file that md5sums tells of; copy or unpack it again")
    return data


def read_all(tasks: Iterable[Task], n_workers: int) -> Iterator[Columns]:
    """The columns of each slice in the order of the tasks; raises DataError at the first fault.

    Args:
        tasks: the slices.
        n_workers: processes; 1 reads in this one.
    """
    if n_workers == 1:
        yield from map(read_columns, tasks)
        return
    with _pool(n_workers) as submit:
        waiting: deque[Future[bytes]] = deque()
        for task in tasks:
            waiting.append(submit(task))
            if len(waiting) >= n_workers + _AHEAD:
                yield _columns(waiting.popleft())
        while waiting:
            yield _columns(waiting.popleft())


def _columns(future: Future[bytes]) -> Columns:
    answer = _answers.decode(future.result())
    if answer.columns is None:
        raise DataError(answer.fault)
    return answer.columns


@contextmanager
def _pool(n_workers: int) -> Iterator[Callable[[Task], Future[bytes]]]:
    """A function that sends a task to a free process; all processes end with the block."""
    local = threading.local()
    processes: list[subprocess.Popen[bytes]] = []

    def begin() -> None:
        local.process = _start()
        processes.append(local.process)

    def ask(task: Task) -> bytes:
        process = local.process
        try:
            _send(process.stdin, _encode(task))
            return _receive(process.stdout)
        except (OSError, EOFError):
            raise DataError(
                f"the process that read slice {task.file.name} ended (exit code {process.wait()}); "
                "free some memory and start again, the import goes on where it stopped"
            ) from None

    executor = ThreadPoolExecutor(n_workers, "slices", initializer=begin)
    try:
        yield lambda task: executor.submit(ask, task)
    finally:
        # Killed first: a thread that waits for an answer nobody wants then ends at once.
        for process in processes:
            process.kill()
        executor.shutdown(wait=True, cancel_futures=True)
        for process in processes:
            process.kill()
            process.communicate()


def _start() -> subprocess.Popen[bytes]:
    paths = os.pathsep.join(path for path in sys.path if path)
    # -P: a file of the user's working folder must not stand in for a module.
    command = [sys.executable, "-P", "-c", "from harness.data.mpd.workers import serve; serve()"]
    return subprocess.Popen(  # noqa: S603 - our own interpreter runs our own module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
        # A group of their own: Ctrl-C reaches the parent alone, which tells its workers when to stop.
        process_group=0 if os.name == "posix" else None,
    )


def serve() -> None:
    """Answer tasks from stdin on stdout until stdin ends: what a worker process runs."""
    while True:
        try:
            task = _tasks.decode(_receive(sys.stdin.buffer))
        except EOFError:
            return
        try:
            answer = Answer(read_columns(task))
        except DataError as error:
            answer = Answer(None, str(error))
        try:
            _send(sys.stdout.buffer, _encode(answer))
        except BrokenPipeError:
            os._exit(1)


def _send(pipe: IO[bytes] | None, data: bytes) -> None:
    assert pipe is not None
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def _receive(pipe: IO[bytes] | None) -> bytes:
    assert pipe is not None
    header = pipe.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(header)
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data


def default_workers() -> int:
    """One process a core that this one may use, 8 at most: the merge cannot feed more."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 8)
