"""Co-occurrence of frequent seeds that several playlists have: counted once per query, not once per playlist."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from harness.kit.buffers import Accumulator
from harness.kit.parallel import in_blocks
from harness.ragged import NO_ID

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.kit.playlist_index import PlaylistIndex
    from harness.kit.queries import SimilarTracks
    from harness.ragged import Ids

LEAST_READS = 1_000_000_000
"""Entries that repetition must read before rows are worth their time: some seconds of one core."""

MOST_ROWS, MEMORY = 2_000, 2 << 30
"""Maximum number of rows, and of their bytes: 12 for each track that shares a playlist with the seed."""


class SeedRows(NamedTuple):
    """S(s, i) of some seeds s, see `SimilarTracks`: the sum of scale(q) over the playlists q that have s and i.

    Attributes:
        row_of: (n_tracks,) int32, the row of a seed, -1 without one.
        indptr, tracks, sums: row r has the tracks `tracks[indptr[r]:indptr[r + 1]]`, ascending, and their float64 sums.
    """

    row_of: Ids
    indptr: NDArray[np.int64]
    tracks: Ids
    sums: NDArray[np.float64]


def seed_rows(index: PlaylistIndex, query: SimilarTracks, threads: int) -> SeedRows:
    """Rows of the seeds that would be read most often again, or none if little is read again.

    A seed in m playlists of the query is otherwise read m times: all entries of its training playlists. For 10,000
    playlists and a training set of 980,000, 1,000 of 99,651 seeds have two thirds of all entries that are read.

    Args:
        index: the training set.
        query: n incomplete playlists.
        threads: see `harness.kit.parallel.n_threads`.
    """
    from harness.kit import kernels

    again = np.maximum(np.bincount(query.seeds, minlength=index.n_tracks) - 1, 0) * _entries_of_playlists(index)
    rows = np.flatnonzero(again) if again.sum() >= LEAST_READS else np.empty(0, np.int64)
    seeds = rows[np.argsort(-again[rows], kind="stable")][:MOST_ROWS].astype(np.int32)
    widths = np.zeros(len(seeds), np.int64)

    def accumulators() -> list[Accumulator]:
        return [Accumulator(np.zeros(n), np.empty(n + 1, np.int32)) for n in (index.n_playlists, index.n_tracks)]

    in_blocks(
        lambda first, end: kernels.count_shared(index, query, seeds, widths, *accumulators(), first, end),
        *(len(seeds), "tracks of frequent seeds"),
        threads=threads,
    )
    bytes_a_track = np.dtype(np.int32).itemsize + np.dtype(np.float64).itemsize
    kept = int(np.searchsorted(np.cumsum(widths), MEMORY // bytes_a_track, side="right"))
    indptr = np.concatenate([[0], np.cumsum(widths[:kept])]).astype(np.int64)
    row_of = np.full(index.n_tracks, NO_ID, np.int32)
    row_of[seeds[:kept]] = np.arange(kept, dtype=np.int32)
    found = SeedRows(row_of, indptr, np.empty(indptr[-1], np.int32), np.empty(indptr[-1]))
    in_blocks(
        lambda first, end: kernels.sum_shared(index, query, seeds, found, *accumulators(), first, end),
        *(kept, "frequent seeds"),
        threads=threads,
    )
    return found


def _entries_of_playlists(index: PlaylistIndex) -> NDArray[np.int64]:
    """Entries of all playlists that have each track, (n_tracks,)."""
    sums = np.concatenate([[0], np.cumsum(index.lengths[index.playlists])])
    return sums[index.starts[1:]] - sums[index.starts[:-1]]
