"""Limits on the size of a submission, since a small gzip file can decompress to gigabytes.

They follow from the size of a valid submission, with room for white space, comments and common faults.
"""

from harness.rules import CATEGORIES, OFFICIAL_PLAYLISTS_PER_CATEGORY, TRACKS_PER_PLAYLIST

MAX_LINE_BYTES = 100_000
"""A longer line is not split into fields: a list of 500 tracks has 19,000 bytes."""

MAX_FAULTS = 1_000_000
"""After this many faults the rest of a file is not read."""

KEPT_FAULTS = 10_000
"""Faults of a kind that are kept with their place; all are counted."""

_OFFICIAL_PLAYLISTS = len(CATEGORIES) * OFFICIAL_PLAYLISTS_PER_CATEGORY
_BYTES_PER_TRACK = 60
_SPARE_BYTES = 1 << 20
_SPARE_LINES = 100_000


def max_bytes(n_playlists: int = 0) -> int:
    """Maximum size in bytes of a submission for n playlists; at least that of an official one."""
    return max(n_playlists, _OFFICIAL_PLAYLISTS) * TRACKS_PER_PLAYLIST * _BYTES_PER_TRACK + _SPARE_BYTES


def max_lines(n_playlists: int = 0) -> int:
    """Maximum number of its lines, including comments, blank lines and repeated lines."""
    return 2 * max(n_playlists, _OFFICIAL_PLAYLISTS) + _SPARE_LINES
