"""Data folder of the user, with corpora, splits and models, and its locks between processes."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DataError
from harness.fingerprint import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from filelock import BaseFileLock

VARIABLE = "HARNESS_DATA"
"""Environment variable that names another data folder."""

_READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}


def data_home() -> Path:
    """`$HARNESS_DATA`, or the system's folder for user data; it may not exist yet.

    Raises:
        DataError: the variable has the home of an unknown user, is not UTF-8 or names a file, or the home folder is
            unknown.
    """
    folder = _folder_of_user()
    if os.path.lexists(folder) and not folder.is_dir():
        raise DataError(f"{folder} is not a folder: name another for corpora and splits in ${VARIABLE}")
    return folder


def _folder_of_user() -> Path:
    if named := os.environ.get(VARIABLE):
        try:
            named.encode()
            return Path(named).expanduser()
        except UnicodeEncodeError:
            raise DataError(f"${VARIABLE} is {named!r}, which is not UTF-8: name another folder") from None
        except RuntimeError:
            raise DataError(f"${VARIABLE} is {named!r}, but this user does not exist: name another folder") from None
    from platformdirs import user_data_path

    folder = user_data_path("playlist-harness", appauthor=False)
    if not folder.is_absolute():
        raise DataError(f"the home folder is unknown: name a folder for corpora in ${VARIABLE}")
    return folder


def is_read_only(error: OSError) -> bool:
    """Whether an error means that a folder is not writable."""
    return error.errno in _READ_ONLY


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Wait until no other process holds the lock of `path`, which need not exist; the lock is a separate file.

    A read-only data folder is used without a lock if there is no folder for locks, as no process writes there.

    Raises:
        OSError: there is no folder for locks, and `path` is outside the data folder.
    """
    lock = _locked(Path(os.path.realpath(path)))
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


def is_in_use(path: Path) -> bool:
    """Whether another process holds the lock of `path`; False if there is no folder for locks."""
    from filelock import FileLock, Timeout

    home = data_home()
    name = _lock_name(Path(os.path.realpath(path)))
    folders = [home / "locks", *filter(None, [_locks_of_user()])]
    for lock in (folder / name for folder in folders if (folder / name).exists()):
        try:
            with FileLock(lock, timeout=0):
                pass
        except Timeout:
            return True
        except OSError:
            continue
    return False


def _lock_name(path: Path) -> str:
    return f"{Fingerprint().texts([str(path)])}.lock"


def _locked(path: Path) -> BaseFileLock | None:
    from filelock import FileLock

    home = data_home()
    name = _lock_name(path)
    try:
        (home / "locks").mkdir(parents=True, exist_ok=True)
        lock = FileLock(home / "locks" / name)
        lock.acquire()
    except OSError as error:
        if not is_read_only(error):
            raise
        locks = _locks_of_user()
        if locks is None:
            if path.is_relative_to(os.path.realpath(home)):
                return None
            raise
        lock = FileLock(locks / name)
        lock.acquire()
    return lock


def _locks_of_user() -> Path | None:
    """Folder for locks if the data folder is read-only; None if it is not writable either."""
    try:
        folder = Path(tempfile.gettempdir(), f"playlist-harness-{os.getuid() if hasattr(os, 'getuid') else 'user'}")
        folder.mkdir(mode=0o700, exist_ok=True)
        is_own = not hasattr(os, "getuid") or folder.lstat().st_uid == os.getuid()
    except OSError:
        return None
    return folder if is_own and folder.is_dir() and os.access(folder, os.W_OK) else None
