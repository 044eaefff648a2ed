"""Vocabulary of a network: the tracks that have vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

import harness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness import Playlists, Ragged

    Ids = NDArray[np.int32]


class Vocabulary:
    """The most frequent tracks of a training set, numbered by rising id.

    It bounds the memory of a network: most tracks of a large corpus occur in a few playlists only, too few to learn
    a vector from.

    Attributes:
        tracks: (n,) int32 ids, ascending.
        row_of: (n_tracks,) int32, the number of each track, -1 for a track without a vector.
    """

    def __init__(self, tracks: Ids, n_tracks: int) -> None:
        self.tracks = tracks
        self.row_of = np.full(n_tracks, -1, np.int32)
        self.row_of[tracks] = np.arange(len(tracks), dtype=np.int32)

    @classmethod
    def of(cls, train: Playlists, max_tracks: int) -> Self:
        """The `max_tracks` tracks with most entries, all if there are fewer; ties go to the lower id."""
        n_tracks = train.catalog.n_tracks
        most_frequent = np.argsort(-train.track_counts(), kind="stable")[:max_tracks]
        return cls(np.sort(most_frequent).astype(np.int32), n_tracks)

    def __len__(self) -> int:
        return len(self.tracks)

    def rows(self, playlists: Ragged) -> Ragged:
        """The tracks with vectors in each row, as numbers, in order; ids must be below `n_tracks`."""
        with_vector = self.row_of[playlists.values] >= 0
        kept = playlists.keep(with_vector)
        return harness.Ragged(kept.indptr, self.row_of[kept.values])
