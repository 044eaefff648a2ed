"""Measures of all lists together: catalog coverage, distinct tracks, distinct lists.

Each playlist's value is its share of the total: a track in m lists counts 1 / m in each of them. So the values add up
to the total, those of a category add up to its part, and the file of values keeps one row per playlist.
The totals depend on the number of playlists: compare runs on one challenge only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.metrics.metric import metric
from harness.ragged import NO_ID

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.metrics.evaluation import Evaluation
    from harness.types import Playlists

    Values = NDArray[np.float64]


@metric("coverage@k", title="Coverage@{k}", definition="catalog", needs=("train",), informative=True, aggregate="sum")
def coverage(evaluation: Evaluation, k: int, *, train: Playlists) -> Values:
    """Catalog coverage: share of the training catalog's tracks among the first k tracks of all lists.

    ::

        |union of the lists' first k| / n_tracks
        value of a list = sum over its first k tracks t of 1 / (number of lists that hold t), divided by n_tracks

    Example: 10 tracks in the catalog, lists (a b) and (a c): 3 / 10; values (1/2 + 1) / 10 and (1/2 + 1) / 10.

    Returns:
        Values whose sum is in [0, 1]; (n,) float64.
    """
    return _shares_of_tracks(evaluation, k) / max(train.catalog.n_tracks, 1)


@metric("distinct_tracks@k", title="Tracks@{k}", definition="union", digits=0, informative=True, aggregate="sum")
def distinct_tracks(evaluation: Evaluation, k: int) -> Values:
    """Number of distinct tracks in the first k of all lists.

    A list's value is the sum over its first k tracks t of 1 / (number of lists that hold t). Example: lists (a b)
    and (a c): 1/2 + 1 and 1/2 + 1, together 3 tracks.

    Returns:
        Values whose sum is the number; (n,) float64.
    """
    return _shares_of_tracks(evaluation, k)


@metric("distinct_lists@k", title="Lists@{k}", definition="ordered", digits=0, informative=True, aggregate="sum")
def distinct_lists(evaluation: Evaluation, k: int) -> Values:
    """Number of distinct lists of the first k tracks; 1 if every playlist gets the same ones in the same order.

    A list's value is 1 / (number of playlists with the same first k tracks). Example: lists (a b), (a b) and (b a):
    1/2, 1/2 and 1, together 2 lists. An empty list counts 0.

    Returns:
        Values whose sum is the number; (n,) float64.
    """
    _, row, counts = np.unique(evaluation.tracks[:, :k], axis=0, return_inverse=True, return_counts=True)
    return np.where(evaluation.answered, 1.0 / counts[row.reshape(-1)], 0.0)


def _shares_of_tracks(evaluation: Evaluation, k: int) -> Values:
    first = evaluation.tracks[:, :k]
    rows, _ = np.nonzero(first != NO_ID)
    tracks = first[first != NO_ID]
    n_lists = np.bincount(tracks, minlength=len(evaluation.artist_of))
    shares: Values = np.bincount(rows, 1.0 / n_lists[tracks], minlength=len(first)).astype(np.float64)
    return shares
