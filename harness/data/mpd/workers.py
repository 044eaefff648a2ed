"""Parallel reading of slices in worker processes; results keep the order of the slices.

Plain subprocesses with pipes, not `multiprocessing`: workers of the latter import the user's main script again,
which breaks scripts without a main guard, and survive a killed parent. These end when their pipe closes.
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

from harness.atomic import new_file
from harness.data.encodings import without_lone_surrogates
from harness.data.mpd.columns import Columns, columns_of
from harness.data.mpd.files import SliceFile
from harness.data.mpd.parsing import parse_slice, skipped_slice
from harness.errors import DataError
from harness.fingerprint import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

_LENGTH = struct.Struct("<Q")
_AHEAD = 2
"""Parsed slices that may wait, beyond one per worker: enough to keep workers busy, little memory."""


class Task(msgspec.Struct):
    """One slice to read."""

    file: SliceFile
    skip_bad: bool


class Result(msgspec.Struct):
    """Result of a task: columns, or the message of a DataError."""

    columns: Columns | None
    fault: str = ""


_encode = msgspec.msgpack.Encoder(enc_hook=str).encode
"""A path is sent as text and restored as a path."""

_tasks = msgspec.msgpack.Decoder(Task, dec_hook=lambda kind, text: kind(text))
_results = msgspec.msgpack.Decoder(Result)


def read_columns(task: Task) -> Columns:
    """Read, check and parse one slice; raises DataError."""
    file = task.file
    try:
        data = _checked_bytes(file)
        crc32 = isal_zlib.crc32(data) if file.crc32 is None else file.crc32
        data, n_surrogates = without_lone_surrogates(data)
        playlists, skipped = parse_slice(data, file.name, skip_bad=task.skip_bad)
    except DataError as error:
        if not task.skip_bad:
            raise
        return columns_of([], [skipped_slice(file.name, error)], file.crc32 or 0)
    return columns_of(playlists, skipped, crc32, n_surrogates=n_surrogates)


def parsed_file(parts: Path, task: Task) -> Path:
    """File for the columns of a slice that another process parses before the import.

    Args:
        parts: folder of the import's checkpoints.
        task: the slice; the name of the file depends on all that can change its columns.
    """
    file = task.file
    key = Fingerprint().texts(map(str, (file.name, file.size, file.mtime_ns, file.crc32, file.md5, task.skip_bad)))
    return parts / f"slice-{str(key)[:16]}.parsed"


def parse_to(task: Task, path: Path) -> None:
    """Read, check and parse one slice, and write its columns; raises DataError."""
    columns = read_columns(task)
    with new_file(path) as partial:
        partial.write_bytes(_encode(Result(columns)))


def columns_in_order(tasks: Sequence[Task], parts: Path, n_workers: int) -> Iterator[Columns]:
    """Columns of each slice in the order of the tasks: of `parse_to` where that was done, read here otherwise.

    Args:
        tasks: the slices.
        parts: folder of the import's checkpoints.
        n_workers: number of processes for slices that are read here.
    """
    files = [parsed_file(parts, task) for task in tasks]
    missing = [task for task, file in zip(tasks, files, strict=True) if not file.is_file()]
    read_here = read_all(missing, min(n_workers, len(missing) or 1))
    present = {file for file in files if file.is_file()}
    for file in files:
        if file not in present:
            yield next(read_here)
            continue
        columns = _results.decode(file.read_bytes()).columns
        assert columns
        yield columns
        file.unlink()


def _checked_bytes(file: SliceFile) -> bytes:
    try:
        data = file.read()
    except OSError as error:
        raise DataError(f"slice {file.name} cannot be read: {error.strerror or error}") from error
    if file.md5 and hashlib.md5(data, usedforsecurity=False).hexdigest() != file.md5:
        raise DataError(f"slice {file.name} does not match its digest in md5sums; copy or decompress it again")
    return data


def read_all(tasks: Iterable[Task], n_workers: int) -> Iterator[Columns]:
    """Read the columns of each slice, in the order of the tasks; raises DataError at the first fault.

    Args:
        tasks: the slices.
        n_workers: number of processes; with 1, slices are read in this process.
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
    result = _results.decode(future.result())
    if result.columns is None:
        raise DataError(result.fault)
    return result.columns


@contextmanager
def _pool(n_workers: int) -> Iterator[Callable[[Task], Future[bytes]]]:
    """Provide a function that sends a task to a free worker; all workers end with the block."""
    local = threading.local()
    processes: list[subprocess.Popen[bytes]] = []

    def start_worker() -> None:
        local.process = _start()
        processes.append(local.process)

    def request(task: Task) -> bytes:
        process = local.process
        try:
            _send(process.stdin, _encode(task))
            return _receive(process.stdout)
        except (OSError, EOFError):
            raise DataError(
                f"the process that read slice {task.file.name} ended (exit code {process.wait()}); "
                "if memory ran out, free some; then run the same command, the import resumes"
            ) from None

    executor = ThreadPoolExecutor(n_workers, "slices", initializer=start_worker)
    try:
        yield lambda task: executor.submit(request, task)
    finally:
        # Killed before the shutdown, so that threads waiting for a result end at once.
        for process in processes:
            process.kill()
        executor.shutdown(wait=True, cancel_futures=True)
        for process in processes:
            process.kill()
            process.communicate()


def _start() -> subprocess.Popen[bytes]:
    paths = os.pathsep.join(path for path in sys.path if path)
    # -P: a file in the working folder must not shadow a module.
    command = [sys.executable, "-P", "-c", "from harness.data.mpd.workers import serve; serve()"]
    return subprocess.Popen(  # noqa: S603 - our own interpreter runs our own module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
        # Own process group: Ctrl-C reaches only the parent, which stops its workers.
        process_group=0 if os.name == "posix" else None,
    )


def serve() -> None:
    """Main loop of a worker process: read tasks from stdin, write results to stdout, end with stdin."""
    while True:
        try:
            task = _tasks.decode(_receive(sys.stdin.buffer))
        except EOFError:
            return
        try:
            result = Result(read_columns(task))
        except DataError as error:
            result = Result(None, str(error))
        try:
            _send(sys.stdout.buffer, _encode(result))
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
    """Number of usable cores, at most 8: the merge is not faster than that."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 8)
