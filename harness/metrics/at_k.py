"""The top of a list alone: was anything found among the first k tracks, and how early."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.metrics.ndcg import ndcg_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.metrics.evaluation import Judged


def hit_at(judged: Judged, k: int) -> NDArray[np.float64]:
    """1 if any of the first k tracks was withheld, else 0: with one withheld track also its recall at k.

    Returns:
        0 or 1; (n,) float64.
    """
    return np.where(judged.hits[:, :k].any(axis=1), 1.0, 0.0)


def ndcg_at(judged: Judged, k: int) -> NDArray[np.float64]:
    """NDCG of the first k tracks, discounted as the start-kit does.

    With ranks from 1 and binary relevance::

        DCG  = sum over hits of the first k of 1 / log2(rank + 1)
        NDCG = DCG / DCG of a list that opens with min(|G|, k) hits

    so with one withheld track 1 / log2(rank + 1), or 0 where it is not among the first k.

    Returns:
        Values in [0, 1]; (n,) float64.
    """
    return ndcg_of(judged.hits[:, :k], judged.n_withheld, k)
