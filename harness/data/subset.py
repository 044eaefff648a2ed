"""Subset of a corpus over a catalog of its own: only the tracks, artists and albums that occur."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.ragged import NO_ID, Ragged
from harness.types import Catalog, Playlists

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.ragged import Ids


def compact(playlists: Playlists) -> Playlists:
    """The same playlists over the catalog of the tracks that occur in them, in the order of the original catalog."""
    catalog = playlists.catalog
    tracks, entries = _renumbered(playlists.tracks.values, catalog.n_tracks)
    artists, artist_of = _renumbered(catalog.artist_of[tracks], catalog.n_artists)
    albums, album_of = _renumbered(catalog.album_of[tracks], catalog.n_albums)
    smaller = Catalog(
        catalog.tracks[tracks],
        catalog.artists[artists],
        catalog.albums[albums],
        artist_of,
        album_of,
        catalog.duration_ms[tracks],
        None if catalog.audio is None else catalog.audio[tracks],
    )
    return Playlists(playlists.info, Ragged(playlists.tracks.indptr, entries), smaller)


def _renumbered(ids: Ids, n: int) -> tuple[NDArray[np.int64], Ids]:
    """The ids below n that occur, ascending, and the position of each id among them, (m,); -1 stays -1."""
    occurs = np.zeros(n + 1, np.bool_)
    occurs[ids] = True  # -1 marks the last place
    kept = np.flatnonzero(occurs[:n])
    new = np.full(n + 1, NO_ID, np.int32)
    new[kept] = np.arange(len(kept), dtype=np.int32)
    return kept, new[ids]
