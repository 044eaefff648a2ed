"""The known part of a corpus, so that a measure takes no missing value for a real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.ragged import NO_ID
from harness.types import Playlists

if TYPE_CHECKING:
    from numpy.typing import NDArray


def known_entries(playlists: Playlists, group_of: NDArray[np.int32], *, least: int = 1) -> Playlists:
    """Entries whose artist or album is known, of the playlists with at least `least` of them.

    Args:
        playlists: a corpus.
        group_of: artist or album of each track, (n_tracks,), -1 where unknown.
        least: fewest entries of a playlist that the measure needs.
    """
    known = playlists.tracks.keep(group_of[playlists.tracks.values] != NO_ID)
    return Playlists(playlists.info, known, playlists.catalog).take(known.lengths >= least)


def known_numbers(playlists: Playlists, column: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the playlists whose number in this column of `info` is known, (m,), and the numbers, (m,)."""
    if column not in playlists.info.columns:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    numbers = playlists.info[column]
    return np.flatnonzero(numbers.is_not_null().to_numpy()), numbers.drop_nulls().to_numpy().astype(np.int64)


def known_titles(playlists: Playlists) -> list[str]:
    """Titles of the playlists that have one."""
    return [name for name in playlists.info["name"].to_list() if name]
