"""What walks write into: sums under way, scores of candidates, lists of the best."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.types import Ids


class Answers(NamedTuple):
    """Where a walk writes: scores of candidates, and lists of the best."""

    indptr: NDArray[np.int64]
    candidates: Ids
    candidate_scores: NDArray[np.float32]
    tracks: Ids
    scores: NDArray[np.float32]


class Sums(NamedTuple):
    """Sums over m ids.

    Attributes:
        values: (m,) float64, 0 where nothing was added.
        met: (m + 1,) int32; the first n are the ids whose sum is not 0, in the order in which they were met.
    """

    values: NDArray[np.float64]
    met: Ids
