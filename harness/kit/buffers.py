"""What walks and sums of lists write into: sums under way, scores of candidates, lists of the best."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from harness.types import NO_ID

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Ids, Ragged


class Answers(NamedTuple):
    """Where the answer is written: scores of candidates, and lists of the best."""

    indptr: NDArray[np.int64]
    candidates: Ids
    candidate_scores: NDArray[np.float32]
    tracks: Ids
    scores: NDArray[np.float32]

    @classmethod
    def of_lists(cls, n: int, k: int) -> Self:
        """Room for the k best tracks of n rows."""
        nobody = np.zeros(n + 1, np.int64)
        lists = np.full((n, k), NO_ID, np.int32), np.zeros((n, k), np.float32)
        return cls(nobody, np.empty(0, np.int32), np.empty(0, np.float32), *lists)

    @classmethod
    def of_candidates(cls, candidates: Ragged) -> Self:
        """Room for the scores of the candidates of each row."""
        nothing = np.empty((len(candidates), 0), np.int32), np.empty((len(candidates), 0), np.float32)
        return cls(candidates.indptr, candidates.values, np.zeros(len(candidates.values), np.float32), *nothing)


class Sums(NamedTuple):
    """Sums over m ids.

    Attributes:
        values: (m,) float64, 0 where nothing was added.
        met: (m + 1,) int32; the first n are the ids whose sum is not 0, in the order in which they were met.
    """

    values: NDArray[np.float64]
    met: Ids
