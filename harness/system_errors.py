"""Errors of the operating system, as libraries raise them: no memory, threads or space, or a path that is refused."""

from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Error numbers of a full disk and of a file beyond its size limit."""

PATH_ERRORS = NO_SPACE | {
    *(errno.EACCES, errno.EROFS, errno.EPERM, errno.ELOOP),
    *(errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG),
}
"""Errors of a path chosen by the user: no space, no permission, or a file instead of a folder."""

_IN_WORDS = re.compile(r"\(os error (\d+)\)")
_SHORT_WRITE = re.compile(r"\d+ requested and \d+ written")
_RAN_OUT = re.compile(
    rf"{re.escape(os.strerror(errno.ENOMEM))}|\(os error {errno.ENOMEM}\)|bad_alloc|failed to map segment",
    re.IGNORECASE,
)
"""Out of memory in the messages of other exceptions, e.g. of polars, LightGBM, PyTorch and the loader of libraries."""

_NO_THREAD = re.compile(
    r"can't start new thread|failed to spawn thread|ThreadPoolBuildError|failed to launch worker thread", re.IGNORECASE
)
"""Messages of Python and of libraries about a thread whose stack has no room, or that is one too many."""


def is_of_system(error: Exception) -> bool:
    """Whether the system refused to read a file (memory, permission, files, threads), so that the file may be sound."""
    refused = isinstance(error, OSError) and error.errno not in {None, errno.ENOENT, errno.ENOTDIR}
    return refused or ran_out(error) or no_thread(error)


def error_number(error: BaseException) -> int | None:
    """Error number of an OSError, also if a library gives it only in the message; None for any other error."""
    if not isinstance(error, OSError):
        return None
    if error.errno is not None:
        return error.errno
    if match := _IN_WORDS.search(str(error)):  # polars
        return int(match.group(1))
    return errno.ENOSPC if _SHORT_WRITE.search(str(error)) else None  # NumPy


def path_message(error: BaseException) -> str:
    """One line for an error of a path that the user chose: what, where, remedy; empty for any other error."""
    number = error_number(error)
    if number not in PATH_ERRORS or not isinstance(error, OSError):
        return ""
    where = f" ({os.fsdecode(error.filename)})" if isinstance(error.filename, str | bytes) else ""
    return f"{os.strerror(number)}{where}: nothing was changed; free some space or choose another path"


def ran_out(error: BaseException) -> bool:
    """Whether an error, or one that it was raised from, says that memory ran out."""
    return any(
        isinstance(cause, MemoryError)
        or (isinstance(cause, OSError) and cause.errno == errno.ENOMEM)
        or _RAN_OUT.search(str(cause))
        for cause in causes(error)
    )


def no_thread(error: BaseException) -> bool:
    """Whether an error, or one that it was raised from, says that no thread could be started."""
    return any(_NO_THREAD.search(str(cause)) for cause in causes(error))


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error, that from which it was raised or that was being handled, and so on."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        yield cause
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
