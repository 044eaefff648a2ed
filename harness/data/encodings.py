"""Faults of encoding in text files: byte order marks, UTF-16 and UTF-32, characters cut in two."""

from __future__ import annotations

import re

from harness.errors import DataError

_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")

_HALF_ESCAPE = re.compile(rb"u[dD][89a-fA-F]")
"""What follows the backslash of an escaped half of a surrogate pair."""

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""A surrogate pair, a lone surrogate (the group), or any other escape, so that `\\\\` is read as one escape."""

_ENCODED_HALF = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_REPLACEMENT, _REPLACEMENT_BYTES = rb"\ufffd", "\ufffd".encode()


def utf8(data: bytes, where: str) -> bytes:
    """Remove the byte order mark that some editors write before UTF-8.

    Args:
        data: content of a JSON or CSV file.
        where: the file, for messages.

    Raises:
        DataError: the content is UTF-16 or UTF-32.
    """
    if encoding := _wide_encoding(data):
        raise DataError(f"{where} is {encoding}, not UTF-8; save it as UTF-8")
    return data.removeprefix(_BOM)


def _wide_encoding(data: bytes) -> str:
    """Detect UTF-16 or UTF-32 from the first bytes of a JSON or CSV text; "" for any other encoding."""
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return "UTF-32"
    begin = data[:4].ljust(4, b"x")
    is_wide = begin[:2] in _WIDE_BOMS or (begin[0] == begin[2] == 0 != begin[1]) or (begin[1] == begin[3] == 0)
    return "UTF-16" if is_wide and begin[:2] != b"\0\0" else ""


def without_lone_surrogates(data: bytes) -> tuple[bytes, int]:
    """Replace each lone surrogate in JSON by U+FFFD; return the JSON and the number of replacements.

    A program that cuts a title inside an emoji leaves a lone surrogate, as an escape or as three bytes.
    """
    n_replaced = 0
    # Searching for one byte is twenty times as fast as searching for a pattern, and most slices have no such half.
    if b"\xed" in data:
        data, n_replaced = _ENCODED_HALF.subn(_REPLACEMENT_BYTES, data)
    if _has_escaped_half(data):

        def replacement(escape: re.Match[bytes]) -> bytes:
            nonlocal n_replaced
            if not escape[1]:
                return escape[0]
            n_replaced += 1
            return _REPLACEMENT

        data = _ESCAPE.sub(replacement, data)
    return data, n_replaced


def _has_escaped_half(data: bytes) -> bool:
    """Return whether an escape is half of a surrogate pair, lone or not."""
    at = data.find(b"\\")
    while at >= 0:
        if _HALF_ESCAPE.match(data, at + 1):
            return True
        at = data.find(b"\\", at + 2)
    return False


def replaced_note(n_replaced: int) -> str:
    """Note for the user about replaced characters."""
    return f"replaced by U+FFFD: characters cut in two: {n_replaced:,}"
