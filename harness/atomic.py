"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import errno
import glob
import os
import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_IN_WORDS = re.compile(r"\(os error (\d+)\)")
_SHORT_WRITE = re.compile(r"\d+ requested and \d+ written")
PARTIAL = ".partial-"
"""How the name of something half-written begins; whatever bears it may be deleted when nobody writes."""

_ASIDE = "old-"


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; what was written there becomes `path` if no error is raised.

    What stood at `path` before is still there after an error, Ctrl-C and a full disk included.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.parent / f"{PARTIAL}{os.getpid()}-{path.name}"
    try:
        yield partial
        partial.replace(path)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        _number(error, path)
        raise


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder beside `path`; it becomes `path`, in place of an older one, if no error."""
    path.parent.mkdir(parents=True, exist_ok=True)
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
    try:
        if path.exists():
            shutil.rmtree(aside, ignore_errors=True)
            path.rename(aside)
        new.rename(path)
    except BaseException:
        if aside.exists() and not path.exists():
            aside.rename(path)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def sweep(path: Path) -> None:
    """Delete what killed processes left half-written of `path`; call it only while nobody else writes there.

    A folder that had only stepped aside for a newer one when the process was killed comes back.
    """
    for left in path.parent.glob(f"{PARTIAL}*-{glob.escape(path.name)}"):
        found = re.fullmatch(rf"{re.escape(PARTIAL)}({_ASIDE})?\d+-{re.escape(path.name)}", left.name)
        if not found:
            continue
        if found[1] and not path.exists():
            left.rename(path)
        elif left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


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
