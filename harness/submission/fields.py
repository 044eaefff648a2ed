"""Fields of a line: pids, track URIs and texts that resemble them."""

from __future__ import annotations

import re
from collections import Counter

from harness.data.track_ids import canonical_uri, is_other_than_track
from harness.rules import URI_DIGITS, URI_PREFIX

MAX_PID_DIGITS = 18
"""Numbers with more digits do not fit 64 bits."""

_DIGITS = rf"[0-9A-Za-z]{{{URI_DIGITS}}}"
_URI = re.compile(re.escape(URI_PREFIX) + _DIGITS)
_PID = re.compile(rf"[0-9]{{1,{MAX_PID_DIGITS}}}")
_BARE = re.compile(_DIGITS)
_OTHER_KIND = re.compile(rf"spotify:(?!track:)([a-z]+):.*|.*/([a-z]+)/{_DIGITS}(?:[/?#].*)?")
_ODD_BLANK = re.compile(r"[^\S ]")
_QUOTES = "\"'"


def is_pid(text: str) -> bool:
    """True if a field is a playlist number."""
    return _PID.fullmatch(text) is not None


def unquoted(field: str) -> str | None:
    """Text between the quotes around a field; None if there are no quotes."""
    quoted = len(field) > 1 and field[0] in _QUOTES and field[-1] == field[0]
    return field[1:-1].strip() if quoted else None


def is_known_as_other(uri: str) -> bool:
    """True if a text is not a track URI by Spotify's rules: an episode, a local file, a web address."""
    return is_other_than_track(uri)


def read_track(field: str) -> tuple[str, str, str]:
    """Read a field after the pid.

    Args:
        field: without surrounding white space and quotes.

    Returns:
        URI, empty if the field names no track; code of the fault, empty if there is none; detail of the fault.
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
    """Fields of a line, and by fault code the number of them with white space other than spaces around them."""
    fields = line.split(separator)
    if len(line.split(maxsplit=1)) == 1 and not line[0].isspace() and not line[-1].isspace():
        return fields, Counter()
    plain = [field.strip() for field in fields]
    if not _ODD_BLANK.search(line):
        return plain, Counter()
    around = [field.replace(text, "", 1) for field, text in zip(fields, plain, strict=True)]
    odd = ["tab" if "\t" in blanks else "odd-blank" for blanks in around if blanks.strip(" ")]
    return plain, Counter(odd)
