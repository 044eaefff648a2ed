"""Co-occurrence of the most frequent seeds, stored once a model has read enough entries to make it worthwhile."""

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
"""Minimum number of entries that a query reads to be counted: some seconds of one core, so single playlists are not."""

MOST_ROWS, MEMORY, BYTES_A_TRACK = 2_000, 2 << 30, 12
"""Maximum number of rows, maximum number of bytes of all rows, and bytes for each track of a row."""


class FrequentSeeds:
    """Rows of the most frequent tracks of one index, for queries with one formula; a model creates it at each fit.

    Without rows, a seed is read with all entries of its training playlists for each playlist that has it. Few seeds
    cause most of these reads, because frequent tracks are also frequent seeds (benchmarks/full_size.md). Rows are
    computed before the query at which all large queries together have read as many entries as the rows take. So their
    computation at most doubles the time, and a model that is asked little never computes them.

    Attributes:
        rows: the rows; none at first.
        reads: entries that large queries have read, estimated.
    """

    def __init__(self) -> None:
        """Begin without rows."""
        self.rows: SeedRows | None = None
        self.reads = 0.0

    def rows_for(self, index: PlaylistIndex, query: SimilarTracks, threads: int) -> SeedRows:
        """The rows that this query uses, possibly none.

        Args:
            index: the training set, the same at each call.
            query: n incomplete playlists; its scale and norms are the same at each call.
            threads: see `harness.kit.parallel.n_threads`.
        """
        if self.rows is not None:
            return self.rows
        reads = _reads(index, query.seeds)
        if reads < LEAST_READS:
            return no_rows(index)
        self.reads += reads
        tracks = np.argsort(-index.frequencies, kind="stable")[:MOST_ROWS].astype(np.int32)
        if self.reads <= 2 * _reads(index, tracks):  # each is read twice: to count its tracks, then to sum
            return no_rows(index)
        self.rows = _computed(index, query, tracks, threads)
        return self.rows


def no_rows(index: PlaylistIndex) -> SeedRows:
    """Rows of no seed."""
    return SeedRows(np.full(index.n_tracks, NO_ID, np.int32), np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0))


def _reads(index: PlaylistIndex, seeds: Ids) -> float:
    """Entries of the training playlists of each seed, in total; estimated by the mean length of a playlist."""
    return float(index.frequencies[seeds].sum()) * len(index.tracks) / max(index.n_playlists, 1)


def _computed(index: PlaylistIndex, query: SimilarTracks, tracks: Ids, threads: int) -> SeedRows:
    """Rows of the first of these tracks, as many as fit into `MEMORY`."""
    from harness.kit import kernels

    widths = np.zeros(len(tracks), np.int64)

    def for_tracks(kernel: Callable[..., None], output: SeedRows | NDArray[np.int64], n: int, what: str) -> None:
        def work(first: int, end: int) -> None:
            sums = map(Accumulator.of_ids, (index.n_playlists, index.n_tracks))
            kernel(index, query, tracks, output, *sums, first, end)

        in_blocks(work, n, what, threads=threads)

    for_tracks(kernels.count_shared, widths, len(tracks), "tracks of frequent seeds")
    kept = int(np.searchsorted(np.cumsum(widths), MEMORY // BYTES_A_TRACK, side="right"))
    indptr = np.concatenate([[0], np.cumsum(widths[:kept])]).astype(np.int64)
    row_of = no_rows(index).row_of
    row_of[tracks[:kept]] = np.arange(kept, dtype=np.int32)
    rows = SeedRows(row_of, indptr, np.empty(indptr[-1], np.int32), np.empty(indptr[-1]))
    for_tracks(kernels.sum_shared, rows, kept, "frequent seeds")
    return rows
