"""Co-occurrence of frequent seeds that several playlists have: counted once per query, not once per playlist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.kit.buffers import Accumulator, SeedRows
from harness.kit.parallel import in_blocks
from harness.ragged import NO_ID

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.kit.playlist_index import PlaylistIndex
    from harness.kit.queries import SimilarTracks
    from harness.ragged import Ids

LEAST_READS = 1_000_000_000
"""Entries that repetition must read before rows are worth their time: some seconds of one core."""

MOST_ROWS, MEMORY, BYTES_A_TRACK = 2_000, 2 << 30, 12
"""Maximum number of rows, and of their bytes; each track that shares a playlist with the seed takes 12."""


def seed_rows(index: PlaylistIndex, query: SimilarTracks, threads: int) -> SeedRows:
    """Rows of the seeds that would be read most often again, or none if little is read again.

    A seed in m playlists of the query is otherwise read m times: all entries of its training playlists. For 10,000
    playlists and a training set of 980,000, 1,000 of 99,651 seeds have two thirds of all entries that are read.

    Args:
        index: the training set.
        query: n incomplete playlists.
        threads: see `harness.kit.parallel.n_threads`.
    """
    seeds = _read_again(index, query)
    widths = _widths(index, query, seeds, threads)
    kept = int(np.searchsorted(np.cumsum(widths), MEMORY // BYTES_A_TRACK, side="right"))
    indptr = np.concatenate([[0], np.cumsum(widths[:kept])]).astype(np.int64)
    row_of = np.full(index.n_tracks, NO_ID, np.int32)
    row_of[seeds[:kept]] = np.arange(kept, dtype=np.int32)
    rows = SeedRows(row_of, indptr, np.empty(indptr[-1], np.int32), np.empty(indptr[-1]))
    if kept:
        from harness.kit import kernels

        in_blocks(
            lambda first, end: kernels.sum_shared(index, query, seeds, rows, *_accumulators(index), first, end),
            *(kept, "frequent seeds"),
            threads=threads,
        )
    return rows


def _read_again(index: PlaylistIndex, query: SimilarTracks) -> Ids:
    """Seeds in several playlists of the query, those with the most entries to read again first; [] if these are few."""
    seeds, counts = np.unique(query.seeds, return_counts=True)
    seeds, again = seeds[counts > 1], counts[counts > 1] - 1
    lengths = index.lengths
    entries = [lengths[index.playlists[index.starts[seed] : index.starts[seed + 1]]].sum() for seed in seeds.tolist()]
    reads = again * np.array(entries, np.int64)
    most = np.argsort(-reads, kind="stable")[: MOST_ROWS if reads.sum() >= LEAST_READS else 0]
    return seeds[most].astype(np.int32)


def _widths(index: PlaylistIndex, query: SimilarTracks, seeds: Ids, threads: int) -> NDArray[np.int64]:
    """Number of tracks that share a playlist with each seed, (n_seeds,)."""
    widths = np.zeros(len(seeds), np.int64)
    if len(seeds):
        from harness.kit import kernels

        in_blocks(
            lambda first, end: kernels.count_shared(index, query, seeds, widths, *_accumulators(index), first, end),
            *(len(seeds), "tracks of frequent seeds"),
            threads=threads,
        )
    return widths


def _accumulators(index: PlaylistIndex) -> tuple[Accumulator, Accumulator]:
    """Sums over playlists and over tracks."""
    n, m = index.n_playlists, index.n_tracks
    return Accumulator(np.zeros(n), np.empty(n + 1, np.int32)), Accumulator(np.zeros(m), np.empty(m + 1, np.int32))
