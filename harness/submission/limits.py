"""Limits of what is read of a submission: a small gzip file can unpack to gigabytes.

They follow from what a submission can hold, with room for blanks, comments and the faults that people make.
"""

from harness.rules import CATEGORIES, OFFICIAL_PLAYLISTS_PER_CATEGORY, TRACKS_PER_PLAYLIST

MAX_LINE_BYTES = 100_000
"""A longer line is not cut into fields: a list of 500 tracks has 19,000 bytes."""

MAX_FAULTS = 1_000_000
"""After so many faults the rest of a file is not read."""

KEPT_FAULTS = 10_000
"""So many faults of a kind are kept with their place; all are counted."""

_OFFICIAL_PLAYLISTS = len(CATEGORIES) * OFFICIAL_PLAYLISTS_PER_CATEGORY
_BYTES_PER_TRACK = 60
_SPARE_BYTES = 1 << 20
_SPARE_LINES = 100_000


def max_bytes(n_playlists: int = 0) -> int:
    """Bytes that a submission to this many playlists can have, at least those of an official one."""
    return max(n_playlists, _OFFICIAL_PLAYLISTS) * TRACKS_PER_PLAYLIST * _BYTES_PER_TRACK + _SPARE_BYTES


def max_lines(n_playlists: int = 0) -> int:
    """Lines that it can have, comments, blank lines and repeated lines included."""
    return 2 * max(n_playlists, _OFFICIAL_PLAYLISTS) + _SPARE_LINES
