"""Standard output and error of a command: text reaches them printable, and a closed one is an error in one line."""

from __future__ import annotations

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


class Guarded:
    """A text stream that writes printable text only; all else is the stream's own."""

    def __init__(self, stream: IO[str]) -> None:
        """Guard a stream."""
        self.unguarded = stream

    def __getattr__(self, name: str) -> Any:
        """The stream's attribute, except for its buffer, through which bytes would pass unseen."""
        if name == "buffer":
            raise AttributeError(name)
        return getattr(self.unguarded, name)

    def writelines(self, lines: list[str]) -> None:
        """Write each text."""
        for line in lines:
            self.write(line)


class Output(Guarded):
    """Standard output: what cannot be written is an error."""

    def write(self, text: str) -> int:
        """Write the text, printable; raises OutputError."""
        return self.write_as_it_is(printable_lines(text))

    def write_as_it_is(self, text: str) -> int:
        """Write the text with the terminal codes in it; raises OutputError."""
        try:
            return self.unguarded.write(text)
        except OSError as error:
            raise _output_error(error) from error

    def flush(self) -> None:
        """Hand everything to the system; raises OutputError."""
        try:
            self.unguarded.flush()
        except OSError as error:
            raise _output_error(error) from error


class Styled(Guarded):
    """A guarded stream for a writer of terminal codes, whose texts are printable already."""

    def __init__(self, guarded: Output | Notes) -> None:
        """Write to what this stream guards, and meet its errors as it does."""
        super().__init__(guarded.unguarded)
        self.write = guarded.write_as_it_is
        self.flush = guarded.flush


class Notes(Guarded):
    """Standard error: errors are short, and what nobody can read is dropped."""

    def write(self, text: str) -> int:
        """Write the text, printable, the lines of errors shortened."""
        encoding = getattr(self.unguarded, "encoding", None) or "utf-8"
        return self.write_as_it_is(short_errors(printable_lines(text), encoding))

    def write_as_it_is(self, text: str) -> int:
        """Write the text with the terminal codes in it."""
        with suppress(OSError):
            self.unguarded.write(text)
        return len(text)

    def flush(self) -> None:
        """Hand everything to the system."""
        with suppress(OSError):
            self.unguarded.flush()


@contextmanager
def guarded() -> Iterator[None]:
    """Guard standard output and error inside the `with` block, and open those that the caller closed."""
    _reopen_closed()
    out, err = sys.stdout, sys.stderr
    for stream in (out, err):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=AS_CODES)  # a locale that lacks a letter shows its code
    sys.stdout, sys.stderr = cast("Any", Output(out)), cast("Any", Notes(err))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
        _drop_unwritable(out)


def styled(stream: IO[str]) -> IO[str]:
    """The stream for a writer of terminal codes; all of its texts must be printable already."""
    return cast("IO[str]", Styled(stream)) if isinstance(stream, Output | Notes) else stream


def _reopen_closed() -> None:
    """Give closed standard streams a file of nothing, else the next file to be opened would take their place.

    That of standard output cannot be written, so that output is not lost without an error.
    """
    for number, mode in ((_INPUT, os.O_RDONLY), (_OUTPUT, os.O_RDONLY), (_ERROR, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # takes the lowest free number: this one
    if sys.stdout is None:
        sys.stdout = open(_OUTPUT, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - a descriptor
    if sys.stderr is None:
        sys.stderr = open(_ERROR, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - a descriptor


def _drop_unwritable(out: IO[str]) -> None:
    """Forget what is left of an output that cannot be written; Python would complain about it at its end."""
    try:
        out.flush()
    except OSError:
        with suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, out.fileno())
            os.close(nowhere)


def _output_error(error: OSError) -> OutputError:
    return OutputError(f"standard output cannot be written ({error.strerror}): what was finished is kept")
