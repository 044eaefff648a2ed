"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import errno
import glob
import os
import re
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_IN_WORDS = re.compile(r"\(os error (\d+)\)")
_SHORT_WRITE = re.compile(r"\d+ requested and \d+ written")
PARTIAL = ".partial-"
"""How the name of something half-written begins; whatever bears it may be deleted when nobody writes."""

_ASIDE = "old-"
_CANNOT_FLUSH = {errno.EINVAL, errno.ENOTSUP, errno.EROFS, errno.EBADF}
"""Answers of file systems that have nothing to flush."""


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; what was written there becomes `path` if no error is raised.

    What stood at `path` before is still there after an error, Ctrl-C and a full disk included.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path, only_of_dead=True)
    partial = path.parent / f"{PARTIAL}{os.getpid()}-{path.name}"
    try:
        yield partial
        _flush(partial)
        partial.replace(path)
        _flush(path.parent)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        _number(error, path)
        raise


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder beside `path`; it becomes `path`, in place of an older one, if no error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path, only_of_dead=True)
    partial = path.parent / f"{PARTIAL}{os.getpid()}-{path.name}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        replace_folder(partial, path)
    except BaseException as error:
        shutil.rmtree(partial, ignore_errors=True)
        _number(error, path)
        raise


def replace_folder(new: Path, path: Path) -> None:
    """Rename `new` to `path`; an older folder there steps aside first, comes back on an error, is deleted last."""
    aside = path.parent / f"{PARTIAL}{_ASIDE}{os.getpid()}-{path.name}"
    for folder, _, files in os.walk(new):
        for name in files:
            _flush(Path(folder, name))
        _flush(Path(folder))
    try:
        if path.exists():
            shutil.rmtree(aside, ignore_errors=True)
            path.rename(aside)
        new.rename(path)
    except BaseException:
        if aside.exists() and not path.exists():
            aside.rename(path)
        raise
    _flush(path.parent)
    shutil.rmtree(aside, ignore_errors=True)


def sweep(path: Path, *, only_of_dead: bool = False) -> None:
    """Delete what killed processes left half-written of `path`, as far as it can be deleted.

    A folder that had only stepped aside for a newer one when the process was killed comes back.

    Args:
        path: the file or folder that was being written.
        only_of_dead: leave alone what a process that still runs is writing; without it, nobody may be writing there.
    """
    for left in path.parent.glob(f"{PARTIAL}*-{glob.escape(path.name)}"):
        found = re.fullmatch(rf"{re.escape(PARTIAL)}({_ASIDE})?(\d+)-{re.escape(path.name)}", left.name)
        if not found or (only_of_dead and _is_running(int(found[2]))):
            continue
        with suppress(OSError):
            if found[1] and not path.exists():
                left.rename(path)
            elif left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    """Whether a process of this machine has the number; True where that cannot be known."""
    if os.name == "nt":  # there, signal 0 ends the process
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _flush(path: Path) -> None:
    """Have the system write a file, or a folder's entries, to the disk: a rename may not overtake its content."""
    if os.name == "nt" and path.is_dir():  # Windows cannot open a folder
        return
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _CANNOT_FLUSH:
            raise
    finally:
        os.close(handle)


def _number(error: BaseException, path: Path) -> None:
    """Give an error of the system the number and the file that it lacks: a full disk, mostly.

    Libraries tell the number in words only, and a write does not tell its file.
    """
    if not isinstance(error, OSError):
        return
    if error.errno is None:
        if told := _IN_WORDS.search(str(error)):  # polars
            error.errno = int(told.group(1))
        elif _SHORT_WRITE.search(str(error)):  # NumPy
            error.errno = errno.ENOSPC
        else:
            return
        error.strerror = os.strerror(error.errno)
    error.filename = error.filename or str(path)
