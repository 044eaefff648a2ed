"""Standard output and error of a command: text is made printable; a failed write is an error for users."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, cast

from harness.errors import HarnessError
from harness.printable import AS_CODES, printable_lines, short_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

_INPUT, _OUTPUT, _ERROR = 0, 1, 2


class OutputError(HarnessError):
    """Standard output cannot be written."""


class NoReaderError(OutputError):
    """The reader of standard output has ended, e.g. `head`."""


class Guarded:
    """Text stream that writes only printable text and delegates everything else to the original stream."""

    def __init__(self, stream: IO[str]) -> None:
        """Wrap a stream."""
        self.unguarded = stream

    def __getattr__(self, name: str) -> Any:
        """Attribute of the original stream, except its buffer, which would bypass the check."""
        if name == "buffer":
            raise AttributeError(name)
        return getattr(self.unguarded, name)

    def writelines(self, lines: list[str]) -> None:
        """Write all texts."""
        for line in lines:
            self.write(line)


class Output(Guarded):
    """Standard output; a failed write is an error."""

    def write(self, text: str) -> int:
        """Write the text, made printable; raises OutputError."""
        return self.write_as_it_is(printable_lines(text))

    def write_as_it_is(self, text: str) -> int:
        """Write the text including terminal codes; raises OutputError."""
        try:
            return self.unguarded.write(text)
        except OSError as error:
            raise _output_error(error) from error

    def flush(self) -> None:
        """Flush the stream; raises OutputError."""
        try:
            self.unguarded.flush()
        except OSError as error:
            raise _output_error(error) from error


class Styled(Guarded):
    """Guarded stream for a writer of terminal codes, whose texts are printable already."""

    def __init__(self, guarded: Output | Notes) -> None:
        """Write to the stream that `guarded` wraps, with the same error handling."""
        super().__init__(guarded.unguarded)
        self.write = guarded.write_as_it_is
        self.flush = guarded.flush


class Notes(Guarded):
    """Standard error; errors are shortened, and failed writes are ignored."""

    def write(self, text: str) -> int:
        """Write the text, made printable, with shortened error lines."""
        encoding = getattr(self.unguarded, "encoding", None) or "utf-8"
        return self.write_as_it_is(short_errors(printable_lines(text), encoding))

    def write_as_it_is(self, text: str) -> int:
        """Write the text including terminal codes."""
        with suppress(OSError):
            self.unguarded.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush the stream."""
        with suppress(OSError):
            self.unguarded.flush()


@contextmanager
def guarded() -> Iterator[None]:
    """Guard standard output and error inside the `with` block, and reopen those that the caller closed."""
    _reopen_closed()
    out, err = sys.stdout, sys.stderr
    for stream in (out, err):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=AS_CODES)  # characters missing from the locale are shown as codes
    sys.stdout, sys.stderr = cast("Any", Output(out)), cast("Any", Notes(err))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
        _drop_unwritable(out)


def styled(stream: IO[str]) -> IO[str]:
    """Stream for a writer of terminal codes, whose texts must be printable already."""
    return cast("IO[str]", Styled(stream)) if isinstance(stream, Output | Notes) else stream


def _reopen_closed() -> None:
    """Open the null device for closed standard streams; otherwise the next opened file would get their number.

    Standard output is opened read-only, so that lost output is an error.
    """
    for number, mode in ((_INPUT, os.O_RDONLY), (_OUTPUT, os.O_RDONLY), (_ERROR, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # gets the lowest free number, which is this one
    if sys.stdout is None:
        sys.stdout = open(_OUTPUT, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - a descriptor
    if sys.stderr is None:
        sys.stderr = open(_ERROR, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - a descriptor


def _drop_unwritable(out: IO[str]) -> None:
    """Discard unwritten output of a failed stream; Python would report it at exit."""
    try:
        out.flush()
    except OSError:
        with suppress(OSError):
            null_device = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null_device, out.fileno())
            os.close(null_device)


def _output_error(error: OSError) -> OutputError:
    kind = NoReaderError if error.errno == errno.EPIPE else OutputError
    return kind(f"standard output cannot be written ({error.strerror}): finished work is saved")
