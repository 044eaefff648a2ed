"""Novelty: mean self-information of the recommended tracks."""

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


@metric("novelty@k", title="Novelty@{k}", definition="self-information", digits=2, needs=("train",), informative=True)
def novelty(evaluation: Evaluation, k: int, *, train: Playlists) -> Values:
    """Mean self-information of the first k tracks, in bits.

    ::

        mean over the first k tracks t of -log2(number of training playlists that hold t / number of them)

    A track that no training playlist holds counts as held by one. Informative: random tracks score high.
    Example: 8 training playlists, tracks held by 4 and by 1 of them: (log2(8 / 4) + log2(8 / 1)) / 2 = 2 bits.

    Returns:
        Values from 0 to log2(number of training playlists), 0 for an empty list; (n,) float64.

    Source: Zhou et al. 2010, "Solving the apparent diversity-accuracy dilemma of recommender systems".
    """
    bits = np.log2(max(len(train), 1) / np.maximum(_n_playlists(train, len(evaluation.artist_of)), 1))
    first = evaluation.tracks[:, :k]
    listed = first != NO_ID
    sums = np.where(listed, bits[first], 0.0).sum(axis=1)
    return np.asarray(sums / np.maximum(listed.sum(axis=1), 1), np.float64)


def _n_playlists(train: Playlists, n_tracks: int) -> NDArray[np.int64]:
    """Number of training playlists that hold each track, (n_tracks,); a track that occurs twice in one counts once."""
    return np.bincount(np.unique(train.tracks.pairs) & 0xFFFFFFFF, minlength=n_tracks)
