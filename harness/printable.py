"""Printable text: names cannot control a terminal, break a line or reverse the text around them."""

from __future__ import annotations

import codecs
import re
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

AS_CODES = "harness-codes"
"""Codec error handler that writes a character missing in an encoding as its code."""

ERROR_BYTES = 500
"""Longest line of an error, with its line end."""

_BLANKS = re.compile(r"[\t\n\x0b\f\r\x1c-\x1e\x85\u2028\u2029]+")

# Control characters (C0, DEL, C1), marks and controls of writing direction, line and paragraph separators, invisible
# operators, the byte order mark, annotation marks, halves of surrogate pairs, non-characters and the language tag.
# The zero-width joiner stays, as emoji need it, and so do the tags that make flags.
_CONTROLS = (
    r"\x00-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0001"
)
_UNPRINTABLE = re.compile(f"[{_CONTROLS}]")
_UNPRINTABLE_IN_LINES = re.compile(rf"(?![\n\t])[{_CONTROLS}]")
_ERROR = re.compile(r"^error: .*", re.MULTILINE | re.IGNORECASE)
_LEFT_OUT = " [...] "


def printable(text: str) -> str:
    r"""The text on one line: line breaks and tabs become a space, other control characters a code as `\u001b`."""
    return _UNPRINTABLE.sub(_code, _BLANKS.sub(" ", text))


@contextmanager
def one_line_warnings() -> Iterator[None]:
    """Write the Python warnings of the `with` block to standard error as `warning: …`, without their source line."""

    def show(message: Warning | str, *_: object, **__: object) -> None:
        sys.stderr.write(f"warning: {printable(str(message))}\n")

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


def printable_lines(text: str) -> str:
    """The text with line feeds and tabs; other control characters are replaced by their code."""
    return _UNPRINTABLE_IN_LINES.sub(_code, text)


def shortened(text: str, n_bytes: int, encoding: str = "utf-8") -> str:
    """The text without its middle if it is longer than `n_bytes` in the encoding."""
    encoded = text.encode(encoding, AS_CODES)
    if len(encoded) <= n_bytes:
        return text
    n_shown = n_bytes - len(_LEFT_OUT)
    head, tail = encoded[: n_shown - n_shown // 3], encoded[-(n_shown // 3) :]
    return head.decode(encoding, "ignore") + _LEFT_OUT + tail.decode(encoding, "ignore")


def short_errors(text: str, encoding: str = "utf-8") -> str:
    """The text with every line that begins with `error: ` cut to `ERROR_BYTES`."""
    return _ERROR.sub(lambda line: shortened(line[0], ERROR_BYTES - 1, encoding), text)


def _code(match: re.Match[str]) -> str:
    return _codes(match[0])


def _codes(text: str) -> str:
    """Codes of characters as JSON has them, four digits each; two for one beyond the first 65,536."""
    encoded = text.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{encoded[start : start + 4]}" for start in range(0, len(encoded), 4))


def _codes_instead(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return _codes(error.object[error.start : error.end]), error.end


codecs.register_error(AS_CODES, _codes_instead)
