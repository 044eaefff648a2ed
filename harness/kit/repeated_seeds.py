"""Co-occurrence of frequent seeds that several playlists have: counted once per query, not once per playlist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.kit.buffers import Accumulator, SeedRows
from harness.kit.parallel import in_blocks
from harness.ragged import NO_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.kit.playlist_index import PlaylistIndex
    from harness.kit.queries import SimilarTracks
    from harness.ragged import Ids

LEAST_READS = 1_000_000_000
"""Minimum number of entries that are read again for rows to be worth their time: some seconds of one core."""

MOST_ROWS, MEMORY, BYTES_A_TRACK = 2_000, 2 << 30, 12
"""Maximum number of rows, maximum number of bytes of all rows, and bytes for each track of a row."""


def seed_rows(index: PlaylistIndex, query: SimilarTracks, threads: int) -> SeedRows:
    """Rows of the seeds that would be read most often again, or none if little is read again.

    A seed in m playlists of the query is otherwise read m times, with all entries of its training playlists. Few seeds
    cause most of the entries that are read, because frequent tracks are also frequent seeds (benchmarks/full_size.md).

    Args:
        index: the training set.
        query: n incomplete playlists.
        threads: see `harness.kit.parallel.n_threads`.
    """
    from harness.kit import kernels

    seeds = _read_again(index, query)
    widths = np.zeros(len(seeds), np.int64)

    def for_seeds(kernel: Callable[..., None], output: SeedRows | NDArray[np.int64], n: int, what: str) -> None:
        def work(first: int, end: int) -> None:
            sums = map(Accumulator.of_ids, (index.n_playlists, index.n_tracks))
            kernel(index, query, seeds, output, *sums, first, end)

        if n:
            in_blocks(work, n, what, threads=threads)

    for_seeds(kernels.count_shared, widths, len(seeds), "tracks of frequent seeds")
    kept = int(np.searchsorted(np.cumsum(widths), MEMORY // BYTES_A_TRACK, side="right"))
    indptr = np.concatenate([[0], np.cumsum(widths[:kept])]).astype(np.int64)
    row_of = np.full(index.n_tracks, NO_ID, np.int32)
    row_of[seeds[:kept]] = np.arange(kept, dtype=np.int32)
    rows = SeedRows(row_of, indptr, np.empty(indptr[-1], np.int32), np.empty(indptr[-1]))
    for_seeds(kernels.sum_shared, rows, kept, "frequent seeds")
    return rows


def _read_again(index: PlaylistIndex, query: SimilarTracks) -> Ids:
    """Seeds in several playlists of the query, those with most entries to read again first; [] if these are few.

    Entries are estimated: the seed's playlists times their mean length.
    """
    seeds, counts = np.unique(query.seeds, return_counts=True)
    mean_length = len(index.tracks) / max(index.n_playlists, 1)
    reads = (counts - 1) * index.frequencies[seeds] * mean_length
    if reads.sum() < LEAST_READS:
        return np.empty(0, np.int32)
    most: Ids = seeds[np.argsort(-reads, kind="stable")[: min(MOST_ROWS, np.count_nonzero(reads))]]
    return most
