"""Atomic writes: a file or folder appears complete or not at all."""

from __future__ import annotations

import errno
import functools
import glob
import hashlib
import os
import platform
import re
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.system_errors import error_number

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTIAL = ".partial-"
"""Prefix of unfinished files and folders, which may be deleted when no process writes them."""

_ASIDE = "old-"
_CANNOT_FLUSH = {errno.EINVAL, errno.ENOTSUP, errno.EROFS, errno.EBADF}
"""Errors of file systems that cannot flush."""


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path next to `path`; the file written there is renamed to `path` unless an error is raised.

    After an error, Ctrl-C or a full disk, an older file at `path` is unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path, only_of_dead=True)
    partial = path.parent / f"{PARTIAL}{_owner()}-{path.name}"
    try:
        yield partial
        _flush(partial)
        partial.replace(path)
        _flush(path.parent)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        _complete(error, path)
        raise


@contextmanager
def new_folder(path: Path, *, keep: bool = False) -> Iterator[Path]:
    """Yield an empty temporary folder next to `path`; without an error it replaces `path`.

    Args:
        path: the final folder.
        keep: a folder that has appeared at `path` meanwhile is kept and the new one is deleted, for content that
            several processes may make, equal each time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path, only_of_dead=True)
    partial = path.parent / f"{PARTIAL}{_owner()}-{path.name}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        if keep and path.exists():
            shutil.rmtree(partial, ignore_errors=True)
        else:
            replace_folder(partial, path)
    except BaseException as error:
        shutil.rmtree(partial, ignore_errors=True)
        _complete(error, path)
        raise


def check_writable(folder: Path) -> None:
    """Refuse a folder into which nothing can be written, before work whose result would be lost; it is created.

    Raises:
        OSError: with the folder's name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error


def replace_folder(new: Path, path: Path) -> None:
    """Rename `new` to `path`; an older folder is renamed first, restored on an error and deleted at the end."""
    aside = path.parent / f"{PARTIAL}{_ASIDE}{_owner()}-{path.name}"
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
    """Delete unfinished files and folders of `path` that killed processes left, as far as possible.

    A folder that was renamed for its replacement, which then did not arrive, is restored.

    Args:
        path: the file or folder that was written.
        only_of_dead: skip files of running processes and of other machines; without it, no process may be writing
            `path`.
    """
    for leftover in path.parent.glob(f"{PARTIAL}*-{glob.escape(path.name)}"):
        owner = rf"({_ASIDE})?(\d+)(?:x([0-9a-f]{{8}}))?"
        match = re.fullmatch(rf"{re.escape(PARTIAL)}{owner}-{re.escape(path.name)}", leftover.name)
        if not match or (only_of_dead and (match[3] not in (None, _machine()) or _is_running(int(match[2])))):
            continue
        with suppress(OSError):
            if match[1] and not path.exists():
                leftover.rename(path)
            elif leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)


def _owner() -> str:
    """This process, on this machine: a folder may be shared by several."""
    return f"{os.getpid()}x{_machine()}"


@functools.cache
def _machine() -> str:
    """Digest of what distinguishes machines, and containers with process numbers of their own, on a shared disk."""
    facts = [platform.node()]
    with suppress(OSError):
        facts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"))
        facts.append(str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:8]


def _is_running(pid: int) -> bool:
    """Whether a process with this number runs on this machine; True if unknown."""
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
    """Flush a file, or the entries of a folder, to the disk, so that a rename does not precede its content."""
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


def _complete(error: BaseException, path: Path) -> None:
    """Add the missing error number and file name to an OSError, e.g. for a full disk.

    Some libraries give the number only in the message, and a failed write does not name its file.
    """
    number = error_number(error)
    if number is None or not isinstance(error, OSError):
        return
    if error.errno is None:
        error.errno, error.strerror = number, os.strerror(number)
    error.filename = error.filename or str(path)
