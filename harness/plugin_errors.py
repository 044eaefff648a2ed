"""Exceptions that a plug-in raises: one line with its name, the exception, file and line."""

from __future__ import annotations

import importlib
import opcode
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import HarnessError, PluginError
from harness.system_errors import NO_SPACE, error_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NOT_OF_PLUGINS = (str(Path(__file__).parent), str(Path(importlib.__file__).parent), "<frozen ")
"""Path prefixes of code that calls plug-ins: the harness and the import system."""

LONGEST = 200
"""Longest message of an exception that is shown, in characters."""


@contextmanager
def plugin_errors(
    label: str, sources: Sequence[Path] = (), *, expected: tuple[type[HarnessError], ...] = ()
) -> Iterator[None]:
    """Turn exceptions that a plug-in raises inside the `with` block into an error for users.

    Ctrl-C and a full disk pass unchanged. An error of the harness, e.g. that of a `Ranked` with wrong types, keeps its
    class and gets the plug-in's label.

    Args:
        label: names the plug-in, e.g. "recommender 'als'".
        sources: its files or folders; the message has the innermost line of code in them, or else the innermost of all.
        expected: errors that the plug-in raises by its contract, e.g. for a fault of a file; they pass unchanged.

    Raises:
        PluginError: the plug-in raised another exception, SystemExit included.
        HarnessError: the plug-in raised this one.
    """
    try:
        yield
    except HarnessError as error:
        if label in str(error) or isinstance(error, expected):
            raise
        raise type(error)(f"{label}: {error}{_place(error, sources)}") from error
    except BaseException as error:
        if error_number(error) in NO_SPACE:  # not a fault of the plug-in that was writing
            raise
        if isinstance(error, KeyboardInterrupt) and not _is_raised_by_code(error):
            raise
        raise PluginError(f"{label}: {described(error)}{_place(error, sources)}") from error


def described(error: BaseException) -> str:
    """`TypeError: message`, the first line of the message only and printable."""
    try:
        message = error.msg if isinstance(error, SyntaxError) else str(error)  # its text repeats file and line
        lines = message.strip().splitlines()
    except Exception:  # noqa: BLE001 - a plug-in's exception may fail to describe itself
        lines = []
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in lines[0]) if lines else ""
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return f"{type(error).__name__}: {shown}" if shown else type(error).__name__


def _is_raised_by_code(error: BaseException) -> bool:
    """Whether a `raise` statement outside the harness raised the error; Ctrl-C has none."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None or trace.tb_frame.f_code.co_filename.startswith(_NOT_OF_PLUGINS):
        return False
    return opcode.opname[trace.tb_frame.f_code.co_code[trace.tb_lasti]] == "RAISE_VARARGS"


def _place(error: BaseException, sources: Sequence[Path]) -> str:
    """` (file.py, line 3)`, "" if the exception has no line of Python code."""
    frames = [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
    frames = [frame for frame in frames if not frame[0].startswith(_NOT_OF_PLUGINS)]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((error.filename, error.lineno or 0))
    places = [source.resolve() for source in sources]
    inside = [frame for frame in frames if any(Path(frame[0]).resolve().is_relative_to(place) for place in places)]
    if not inside and not frames:
        return ""
    file, line = (inside or frames)[-1]
    return f" ({Path(file).name}, line {line})"
