"""Overlap of the lists of two runs: shared tracks, and rank-biased overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.ragged import NO_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.ragged import Ids

PERSISTENCE = 0.98
"""Probability that the modelled reader continues to the next track; 50 tracks are seen on average."""


def overlap_at(a: Ids, b: Ids, depths: Sequence[int]) -> NDArray[np.float64]:
    """Share of the first k tracks that both lists hold, for each k.

    Args:
        a: (n, width) int32, best first, distinct in a row, -1 where there is no track.
        b: likewise.
        depths: each k, from 1 to width.

    Returns:
        (n, len(depths)), in [0, 1].
    """
    shared = _shared(a, b)
    return np.stack([shared[:, k - 1] / k for k in depths], axis=1)


def rank_biased_overlap(a: Ids, b: Ids, persistence: float = PERSISTENCE) -> NDArray[np.float64]:
    """Rank-biased overlap of each pair of lists, extrapolated beyond their end, (n,) in [0, 1].

    With X(d) the number of tracks among the first d of both lists, p the persistence and k the width::

        RBO = X(k) / k * p^k + (1 - p) / p * sum over d from 1 to k of X(d) / d * p^d

    Args:
        a: as `overlap_at` takes it.
        b: likewise.
        persistence: p, above 0 and below 1.

    Source: Webber, Moffat and Zobel 2010, "A similarity measure for indefinite rankings", equation 32.
    """
    agreement = _shared(a, b) / np.arange(1, a.shape[1] + 1)
    weights = persistence ** np.arange(1, a.shape[1] + 1)
    overlap: NDArray[np.float64] = agreement[:, -1] * weights[-1]
    return overlap + (1 - persistence) / persistence * agreement @ weights


def _shared(a: Ids, b: Ids) -> NDArray[np.int64]:
    """Number of tracks that the first d of both lists share, for d from 1 to the width, (n, width)."""
    n, width = a.shape
    n_tracks = max(int(a.max(initial=0)), int(b.max(initial=0))) + 1
    rows = np.arange(n, dtype=np.int64)[:, None] * n_tracks
    keys = np.concatenate([(rows + a)[a != NO_ID], (rows + b)[b != NO_ID]])
    ranks = np.concatenate([np.nonzero(a != NO_ID)[1], np.nonzero(b != NO_ID)[1]])
    order = np.lexsort((ranks, keys))
    twice = np.flatnonzero(keys[order][1:] == keys[order][:-1]) + 1
    met = np.zeros((n, width), np.int64)
    np.add.at(met, (keys[order][twice] // n_tracks, ranks[order][twice]), 1)  # at the larger of both ranks
    return np.cumsum(met, axis=1)
