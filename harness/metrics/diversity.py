"""Artist diversity: variety of artists within a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.metrics.metric import metric
from harness.ragged import NO_ID, pairs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.metrics.evaluation import Evaluation
    from harness.ragged import Ids

    Values = NDArray[np.float64]


@metric("artist_diversity@k", title="Artists@{k}", definition="distinct", needs=("artists",), informative=True)
def artist_diversity(evaluation: Evaluation, k: int, *, artists: Ids) -> Values:
    """Distinct primary artists per track among the first k tracks whose artist is known.

    ::

        distinct artists / tracks, of the first k tracks with a known artist

    1 if no artist occurs twice. Example: tracks by A, A, B and an unknown artist: 2 / 3 = 0.667.

    Returns:
        Values in [0, 1], 0 where no artist is known; (n,) float64.
    """
    first = evaluation.tracks[:, :k]
    rows, _ = np.nonzero(first != NO_ID)
    listed = artists[first[first != NO_ID]]
    known = listed != NO_ID
    n_tracks = np.bincount(rows[known], minlength=len(first))
    distinct = np.unique(pairs_of(rows[known], listed[known]))
    return np.bincount(distinct >> 32, minlength=len(first)) / np.maximum(n_tracks, 1)
