"""One field of a line: a pid, a track, or something that only looks like one."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from harness.rules import URI_DIGITS, URI_PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_PID_DIGITS = 18
"""More would not fit 64 bits."""

_DIGITS = rf"[0-9A-Za-z]{{{URI_DIGITS}}}"
_URI = re.compile(re.escape(URI_PREFIX) + _DIGITS)
_PID = re.compile(rf"[0-9]{{1,{MAX_PID_DIGITS}}}")
_BARE = re.compile(_DIGITS)
_ADDRESS = re.compile(rf"(?:https?://)?open\.spotify\.com/(?:[\w-]+/)?([a-z]+)/({_DIGITS})(?:[?#].*)?")
_OTHER_KIND = re.compile(r"spotify:(?!track:)([a-z]+):.*")
_QUOTES = "\"'"


def is_pid(text: str) -> bool:
    """Whether a field is a playlist's number."""
    return _PID.fullmatch(text) is not None


def are_uris(fields: list[str]) -> bool:
    """Whether every field is a well-formed URI of a track."""
    return all(map(_URI.fullmatch, fields))


def unquoted(field: str) -> str | None:
    """What stands between the quotes around a field; None where there are none."""
    quoted = len(field) > 1 and field[0] in _QUOTES and field[-1] == field[0]
    return field[1:-1].strip() if quoted else None


def read_track(field: str, odd_uris: Collection[str]) -> tuple[str, str, str]:
    """What a field behind the pid means.

    Args:
        field: free of blanks and quotes.
        odd_uris: URIs that are known to be tracks though their form is another.

    Returns:
        The URI, empty where none is meant; the fault's code, empty where there is none; the fault's detail.
    """
    if _URI.fullmatch(field) or field in odd_uris:
        return field, "", ""
    if not field:
        return "", "empty-field", ""
    if _BARE.fullmatch(field):
        return URI_PREFIX + field, "bare-id", ""
    if address := _ADDRESS.fullmatch(field):
        kind, digits = address.groups()
        return (URI_PREFIX + digits, "web-address", "") if kind == "track" else ("", "not-a-track", f"{kind}")
    if other := _OTHER_KIND.fullmatch(field):
        return "", "not-a-track", other.group(1)
    return "", "malformed-track", ""


def without_blanks(line: str, separator: str) -> tuple[list[str], Counter[str]]:
    """The fields of a line, and how many had another white space than blanks around them, by code."""
    fields = line.split(separator)
    if len(line.split(maxsplit=1)) == 1 and not line[0].isspace() and not line[-1].isspace():
        return fields, Counter()
    plain = [field.strip() for field in fields]
    around = [field.replace(text, "", 1) for field, text in zip(fields, plain, strict=True)]
    odd = ["tab" if "\t" in blanks else "odd-blank" for blanks in around if blanks.strip(" ")]
    return plain, Counter(odd)
