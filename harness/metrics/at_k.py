"""Metrics of the first k tracks: hit, recall, precision, reciprocal rank, average precision, NDCG.

Everywhere below a list shorter than k counts as if misses followed. Recall, precision, reciprocal rank and average
precision are those of trec_eval (`recall_k`, `P_k`, `recip_rank`, `map_cut_k`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.metrics.metric import metric
from harness.metrics.ndcg import ndcg_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.metrics.evaluation import Evaluation

    Values = NDArray[np.float64]


@metric("hit@k", title="Hit@{k}", definition="any")
def hit(evaluation: Evaluation, k: int) -> Values:
    """1 if any of the first k tracks was withheld, else 0; with one withheld track the same as recall.

    Example: the first hit at rank 3: `hit@2` = 0, `hit@3` = 1.

    Returns:
        0 or 1; (n,) float64.
    """
    return np.where(evaluation.hits[:, :k].any(axis=1), 1.0, 0.0)


@metric("recall@k", title="Recall@{k}", definition="trec")
def recall(evaluation: Evaluation, k: int) -> Values:
    """Share of the withheld tracks among the first k: hits / |G|.

    It cannot reach 1 where |G| > k. Example: |G| = 5 and hits at ranks 1, 6 and 13: `recall@10` = 2 / 5 = 0.4.

    Returns:
        Values in [0, 1]; (n,) float64.
    """
    return _n_hits(evaluation, k) / evaluation.n_withheld


@metric("precision@k", title="Precision@{k}", definition="trec")
def precision(evaluation: Evaluation, k: int) -> Values:
    """Share of the first k places that hold a withheld track: hits / k.

    Example: hits at ranks 1, 6 and 13: `precision@10` = 2 / 10 = 0.2.

    Returns:
        Values in [0, 1]; (n,) float64.
    """
    return _n_hits(evaluation, k) / k


@metric("mrr@k", title="MRR@{k}", definition="trec")
def reciprocal_rank(evaluation: Evaluation, k: int) -> Values:
    """Reciprocal rank of the first hit among the first k tracks, 0 without one; its mean is the MRR.

    Example: the first hit at rank 4: `mrr@10` = 1 / 4 = 0.25, `mrr@3` = 0.

    Returns:
        Values in [0, 1]; (n,) float64.
    """
    hits = evaluation.hits[:, :k]
    return np.where(hits.any(axis=1), 1.0 / (hits.argmax(axis=1) + 1), 0.0)


@metric("map@k", title="MAP@{k}", definition="trec")
def average_precision(evaluation: Evaluation, k: int) -> Values:
    """Average precision of the first k tracks; its mean is the MAP.

    ::

        AP@k = sum over hits at rank i <= k of (hits up to rank i) / i, divided by |G|

    It cannot reach 1 where |G| > k. Example: |G| = 3 and hits at ranks 1 and 3: (1 / 1 + 2 / 3) / 3 = 0.556.

    Returns:
        Values in [0, 1]; (n,) float64.
    """
    hits = evaluation.hits[:, :k]
    rows, places = np.nonzero(hits)
    at_hits = np.cumsum(hits, axis=1)[rows, places] / (places + 1)
    return np.bincount(rows, at_hits, minlength=len(hits)) / evaluation.n_withheld


@metric("ndcg@k", title="NDCG@{k}", definition="start-kit")
def ndcg_at(evaluation: Evaluation, k: int) -> Values:
    """NDCG of the first k tracks, with the start-kit's discount.

    With ranks from 1 and binary relevance::

        DCG  = sum over hits of the first k of 1 / log2(rank + 1)
        NDCG = DCG / DCG of a list that opens with min(|G|, k) hits

    Example: one withheld track, found at rank 3: `ndcg@10` = 1 / log2(4) = 0.5.

    Returns:
        Values in [0, 1]; (n,) float64.
    """
    return ndcg_of(evaluation.hits[:, :k], evaluation.n_withheld, k)


def _n_hits(evaluation: Evaluation, k: int) -> NDArray[np.int64]:
    n_hits: NDArray[np.int64] = np.count_nonzero(evaluation.hits[:, :k], axis=1)
    return n_hits
