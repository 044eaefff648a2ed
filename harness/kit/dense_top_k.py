"""Top k of every row of dense scores, with the same order of ties on every machine."""

import numpy as np
from numpy.typing import NDArray

from harness.ragged import NO_ID
from harness.types import Ranked


def top_k(scores: NDArray[np.float32], k: int) -> Ranked:
    """The top k columns of each row, best first; ties go to the lower column.

    A column of -inf is never returned: that is how seeds and tracks without a score are left out.

    Args:
        scores: (n, m) float32, free of NaN; it is not changed.
        k: at least 1; rows with fewer finite scores end in -1.

    Returns:
        Ranked lists of shape (n, k).
    """
    n, m = scores.shape
    width = min(k, m)
    columns = np.arange(m)[None, :].repeat(n, axis=0) if width == m else _candidates(scores, width)
    picked = np.take_along_axis(scores, columns, axis=1)
    order = np.lexsort((columns, -picked), axis=1)[:, :width]
    tracks = np.full((n, k), NO_ID, np.int32)
    best = np.zeros((n, k), np.float32)
    tracks[:, :width] = np.take_along_axis(columns, order, axis=1)
    best[:, :width] = np.take_along_axis(picked, order, axis=1)
    unscored = np.isneginf(best)
    tracks[unscored] = NO_ID
    best[unscored] = 0
    return Ranked(tracks, best)


def _candidates(scores: NDArray[np.float32], k: int) -> NDArray[np.intp]:
    """K columns a row that hold its k best, of the columns tied at the k-th score the lowest ones."""
    columns = np.argpartition(scores, -k, axis=1)[:, -k:]
    threshold = np.take_along_axis(scores, columns, axis=1).min(axis=1, keepdims=True)
    n_tied = np.count_nonzero(scores == threshold, axis=1)
    n_kept = np.count_nonzero(np.take_along_axis(scores, columns, axis=1) == threshold, axis=1)
    for row in np.flatnonzero(n_tied > n_kept):
        above = np.flatnonzero(scores[row] > threshold[row])
        tied = np.flatnonzero(scores[row] == threshold[row])
        columns[row] = np.concatenate([above, tied[: k - len(above)]])
    return columns
