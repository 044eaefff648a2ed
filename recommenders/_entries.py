"""Entries of a training set in playlist order, to look at what stands near a track."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness import Ragged

    Ids = NDArray[np.int32]


class Entries(NamedTuple):
    """The entries of a training set in playlist order, and the entries of each track.

    Attributes:
        tracks: (n_entries,) int32.
        before, after: number of tracks of the same playlist before and after each, up to `reach`, uint8.
        starts: (n_tracks + 1,) int64; the entries of track t are `of_track[starts[t]:starts[t + 1]]`.
        of_track: (n_entries,) int64.
    """

    tracks: Ids
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    starts: NDArray[np.int64]
    of_track: NDArray[np.int64]

    @classmethod
    def of(cls, playlists: Ragged, n_tracks: int, reach: int) -> Self:
        """Index the entries of playlists.

        Args:
            playlists: tracks of each playlist, below `n_tracks`.
            n_tracks: number of tracks.
            reach: maximum distance of two entries, at most 255.
        """
        places = playlists.places
        left = np.repeat(playlists.lengths, playlists.lengths) - 1 - places
        starts = np.zeros(n_tracks + 1, np.int64)
        np.cumsum(np.bincount(playlists.values, minlength=n_tracks), out=starts[1:])
        return cls(
            np.ascontiguousarray(playlists.values),
            np.minimum(places, reach).astype(np.uint8),
            np.minimum(left, reach).astype(np.uint8),
            starts,
            np.argsort(playlists.values, kind="stable"),
        )
