"""One field of a line: a pid, a track, or something that only looks like one."""

from __future__ import annotations

import re
from collections import Counter

from harness.data.track_ids import canonical_uri, is_other_than_track
from harness.rules import URI_DIGITS, URI_PREFIX

MAX_PID_DIGITS = 18
"""More would not fit 64 bits."""

_DIGITS = rf"[0-9A-Za-z]{{{URI_DIGITS}}}"
_URI = re.compile(re.escape(URI_PREFIX) + _DIGITS)
_PID = re.compile(rf"[0-9]{{1,{MAX_PID_DIGITS}}}")
_BARE = re.compile(_DIGITS)
_OTHER_KIND = re.compile(rf"spotify:(?!track:)([a-z]+):.*|.*/([a-z]+)/{_DIGITS}(?:[/?#].*)?")
_ODD_BLANK = re.compile(r"[^\S ]")
_QUOTES = "\"'"


def is_pid(text: str) -> bool:
    """Whether a field is a playlist's number."""
    return _PID.fullmatch(text) is not None


def unquoted(field: str) -> str | None:
    """What stands between the quotes around a field; None where there are none."""
    quoted = len(field) > 1 and field[0] in _QUOTES and field[-1] == field[0]
    return field[1:-1].strip() if quoted else None


def is_known_as_other(uri: str) -> bool:
    """Whether Spotify's own rules tell that a text is no track's URI: an episode, a local file, a web address."""
    return is_other_than_track(uri)


def read_track(field: str) -> tuple[str, str, str]:
    """Read a field that follows the pid.

    Args:
        field: free of blanks and quotes.

    Returns:
        The URI, empty if the field names no track; the fault's code, empty if there is none; the fault's detail.
    """
    if _URI.fullmatch(field):
        return field, "", ""
    if not field:
        return "", "empty-field", ""
    if _BARE.fullmatch(field):
        return URI_PREFIX + field, "bare-id", ""
    if (uri := canonical_uri(field, bare=False)) != field:
        return uri, "web-address", ""
    if is_other_than_track(field) and (other := _OTHER_KIND.fullmatch(field)):
        return "", "not-a-track", other[1] or other[2]
    return "", "malformed-track", ""


def without_blanks(line: str, separator: str) -> tuple[list[str], Counter[str]]:
    """The fields of a line, and how many had another white space than blanks around them, by code."""
    fields = line.split(separator)
    if len(line.split(maxsplit=1)) == 1 and not line[0].isspace() and not line[-1].isspace():
        return fields, Counter()
    plain = [field.strip() for field in fields]
    if not _ODD_BLANK.search(line):
        return plain, Counter()
    around = [field.replace(text, "", 1) for field, text in zip(fields, plain, strict=True)]
    odd = ["tab" if "\t" in blanks else "odd-blank" for blanks in around if blanks.strip(" ")]
    return plain, Counter(odd)
