"""Units whose work is written for a test, in a module that other processes can import too."""

import importlib
import textwrap

import pytest

from harness.engines.units import Unit

WORK = '''
"""Work of units: each writes a file."""

import _thread
import errno
import os
import resource
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from harness.errors import DataError
from harness.plugin_errors import plugin_errors


@dataclass(frozen=True)
class Write:
    """Write what the files of other units hold, and the own name."""

    folder: Path
    name: str
    reads: tuple = ()

    def __call__(self):
        text = "".join((self.folder / name).read_text() for name in self.reads) + self.name
        (self.folder / self.name).write_text(text)


@dataclass(frozen=True)
class Fail:
    message: str

    def __call__(self):
        raise DataError(self.message)


@dataclass(frozen=True)
class DieOnce:
    """End the process the first time."""

    folder: Path
    name: str

    def __call__(self):
        attempts = self.folder / f"{self.name}.attempts"
        attempts.write_text(attempts.read_text() + "x" if attempts.exists() else "x")
        if len(attempts.read_text()) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        (self.folder / self.name).write_text(self.name)


@dataclass(frozen=True)
class Sleep:
    seconds: float

    def __call__(self):
        time.sleep(self.seconds)


@dataclass(frozen=True)
class Threads:
    """Write how many threads libraries would use in this process."""

    folder: Path
    name: str

    def __call__(self):
        import numba
        import polars
        from threadpoolctl import threadpool_info

        import numpy  # noqa: F401 - its BLAS

        from harness.kit.parallel import n_threads

        blas = [pool["num_threads"] for pool in threadpool_info()]
        counts = [n_threads(), numba.get_num_threads(), polars.thread_pool_size(), *blas]
        (self.folder / self.name).write_text(" ".join(map(str, counts)))


@dataclass(frozen=True)
class Allocate:
    """Allocate memory inside a plug-in, and note the attempt."""

    folder: Path
    name: str
    megabytes: int

    def __call__(self):
        with (self.folder / f"{self.name}.attempts").open("a") as attempts:
            attempts.write("x")
        with plugin_errors("recommender 'hog'"):
            bytearray(self.megabytes * 1_000_000)
        (self.folder / self.name).write_text(self.name)


@dataclass(frozen=True)
class OutOfMemory:
    def __call__(self):
        raise MemoryError


@dataclass(frozen=True)
class NoRoom:
    """Raise another error than MemoryError below a limit."""

    kind: str
    least_bytes: int

    def __call__(self):
        if resource.getrlimit(resource.RLIMIT_DATA)[0] >= self.least_bytes:
            return
        if self.kind == "system":
            raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
        if self.kind == "library":
            raise ImportError("libarrow.so.2600: failed to map segment from shared object")
        if self.kind == "thread":
            raise RuntimeError("can't start new thread")
        if self.kind == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        _thread.start_new_thread(self.lost, ())  # Python only prints the error
        time.sleep(600)

    def lost(self):
        raise MemoryError


@dataclass(frozen=True)
class Hang:
    """Write the number of this process, and sleep."""

    path: Path

    def __call__(self):
        self.path.write_text(str(os.getpid()))
        time.sleep(600)
'''


@pytest.fixture(scope="session")
def work(tmp_path_factory):
    """The module with kinds of work."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "work_of_units.py").write_text(textwrap.dedent(WORK))
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(folder)
    yield importlib.import_module("work_of_units")
    patch.undo()


@pytest.fixture
def writing(tmp_path, work):
    """Units a, b and c; c reads a and b."""
    folder = tmp_path / "outputs"
    folder.mkdir()
    return [
        Unit("a", folder, work.Write(folder, "a")),
        Unit("b", folder, work.Write(folder, "b")),
        Unit("c", folder, work.Write(folder, "c", ("a", "b")), ("a", "b")),
    ]
