"""Buffers of kernels: sparse accumulators, scores of candidates, top-k lists, sums of frequent seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from harness.ragged import NO_ID

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.ragged import Ids, Ragged


class ResultBuffers(NamedTuple):
    """Output of a kernel: scores of given candidates, and top-k lists."""

    indptr: NDArray[np.int64]
    candidates: Ids
    candidate_scores: NDArray[np.float32]
    tracks: Ids
    scores: NDArray[np.float32]

    @classmethod
    def of_lists(cls, n: int, k: int) -> Self:
        """Buffers for the top k tracks of n rows."""
        no_candidates = np.zeros(n + 1, np.int64)
        lists = np.full((n, k), NO_ID, np.int32), np.zeros((n, k), np.float32)
        return cls(no_candidates, np.empty(0, np.int32), np.empty(0, np.float32), *lists)

    @classmethod
    def of_candidates(cls, candidates: Ragged) -> Self:
        """Buffers for the scores of the candidates of each row."""
        no_lists = np.empty((len(candidates), 0), np.int32), np.empty((len(candidates), 0), np.float32)
        return cls(candidates.indptr, candidates.values, np.zeros(len(candidates.values), np.float32), *no_lists)


class Accumulator(NamedTuple):
    """Sparse accumulator: sums over m ids, and which of them are not 0.

    Attributes:
        values: (m,) float64, 0 where nothing was added.
        touched: (m + 1,) int32; the first n are the ids whose sum is not 0, in order of first contribution.
    """

    values: NDArray[np.float64]
    touched: Ids

    @classmethod
    def of_ids(cls, m: int) -> Self:
        """Sums of 0 over m ids."""
        return cls(np.zeros(m), np.empty(m + 1, np.int32))


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
