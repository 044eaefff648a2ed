"""Index of a training set by playlist and by track, for nearest-neighbour search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from harness.ragged import Ragged, read_only

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.ragged import Ids

FILE = "index.npz"


class PlaylistIndex(NamedTuple):
    """The entries of a training set by playlist and by track, 14 bytes an entry.

    Attributes:
        indptr: (n_playlists + 1,) int64; playlist q contains `tracks[indptr[q]:indptr[q + 1]]`.
        tracks: (n_distinct,) int32, distinct and ascending within a playlist.
        counts: (n_distinct,) uint8, how often each of them occurs in the playlist.
        starts: (n_tracks + 1,) int64; track t occurs in `playlists[starts[t]:starts[t + 1]]`.
        playlists: (n_distinct,) int32, ascending within a track.
        playlist_counts: (n_distinct,) uint8, how often the track occurs in each of them.
        n_listed: ids from here on are known as seeds, in `starts` and `playlists`, but `tracks` has none of them.
    """

    indptr: NDArray[np.int64]
    tracks: Ids
    counts: NDArray[np.uint8]
    starts: NDArray[np.int64]
    playlists: Ids
    playlist_counts: NDArray[np.uint8]
    n_listed: int

    @classmethod
    def of(cls, tracks: Ragged, n_tracks: int, n_listed: int | None = None) -> Self:
        """Index the entries of playlists; repeated entries are merged and counted (up to 255).

        Args:
            tracks: ids of each playlist, below `n_tracks`.
            n_tracks: number of ids.
            n_listed: ids from here on are seeds only, and in no list; all are listed if none.
        """
        from scipy.sparse import csr_array

        ones = np.ones(len(tracks.values), np.uint8)
        matrix = csr_array((ones, tracks.values, tracks.indptr), shape=(len(tracks), n_tracks), copy=True)
        matrix.sum_duplicates()
        columns = matrix.tocsc()
        n_listed = n_tracks if n_listed is None else n_listed
        if n_listed < n_tracks:
            matrix = matrix[:, :n_listed]
        return cls._of_arrays(
            *(matrix.indptr, matrix.indices, matrix.data),
            *(columns.indptr, columns.indices, columns.data),
            n_listed=n_listed,
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote into a folder."""
        with np.load(folder / FILE) as arrays:
            *indexed, n_listed = (arrays[name] for name in cls._fields)
            return cls._of_arrays(*indexed, n_listed=int(n_listed))

    def save(self, folder: Path) -> None:
        """Write the arrays into a folder."""
        np.savez(folder / FILE, allow_pickle=False, **self._asdict())

    @property
    def n_playlists(self) -> int:
        """Number of playlists."""
        return len(self.indptr) - 1

    @property
    def n_tracks(self) -> int:
        """Number of tracks; ids lie below it."""
        return len(self.starts) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of distinct tracks in each playlist, (n_playlists,)."""
        return np.diff(self.indptr)

    @property
    def frequencies(self) -> NDArray[np.int64]:
        """Number of playlists that contain each track, (n_tracks,)."""
        return np.diff(self.starts)

    @property
    def n_entries(self) -> NDArray[np.int64]:
        """Number of entries of each track, repeated ones included, (n_tracks,)."""
        again = np.flatnonzero(self.counts > 1)
        extra = np.bincount(self.tracks[again], self.counts[again] - 1.0, self.n_tracks)
        return self.frequencies + extra.astype(np.int64)

    @property
    def squared_counts(self) -> NDArray[np.int64]:
        """Sum of the squared counts of each playlist's tracks, (n_playlists,)."""
        again = np.flatnonzero(self.counts > 1)
        rows = np.searchsorted(self.indptr, again, side="right") - 1
        extra = np.bincount(rows, self.counts[again] ** 2.0 - 1, self.n_playlists)
        return self.lengths + extra.astype(np.int64)

    def known(self, seeds: Ragged) -> tuple[Ragged, NDArray[np.int64]]:
        """The distinct seeds that occur in the training set, and the position of each among all seeds.

        Args:
            seeds: ids of the training catalog or above, in playlist order.

        Returns:
            The seeds in their order, and their positions from 0, laid out as the seeds' values.
        """
        held = np.append(self.frequencies > 0, False)
        kept = held[np.minimum(seeds.values, self.n_tracks)] & ~seeds.is_repeat
        return seeds.keep(kept), seeds.places[kept]

    @classmethod
    def _of_arrays(cls, *arrays: NDArray[Any], n_listed: int) -> Self:
        """Arrays of one layout and read-only, so that kernels are compiled once."""
        types: tuple[type[np.generic], ...] = (np.int64, np.int32, np.uint8) * 2
        fields: dict[str, Any] = {
            name: read_only(np.ascontiguousarray(array, dtype), dtype, 1, name)
            for name, array, dtype in zip(cls._fields[:-1], arrays, types, strict=True)
        }
        return cls(**fields, n_listed=n_listed)
