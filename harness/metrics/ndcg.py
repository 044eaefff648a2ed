"""NDCG: normalised discounted cumulative gain, under each public definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.metrics.metric import metric

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.metrics.evaluation import Evaluation

    Values = NDArray[np.float64]


@metric("ndcg", title="NDCG", definition="start-kit")
def ndcg(evaluation: Evaluation) -> Values:
    """Normalised discounted cumulative gain of each list.

    With ranks from 1 and binary relevance::

        DCG  = sum over hits of 1 / log2(rank + 1)
        NDCG = DCG / DCG of a list that opens with min(|G|, k) hits

    Example: |G| = 2 and hits at ranks 1 and 3: (1 / log2(2) + 1 / log2(4)) / (1 / log2(2) + 1 / log2(3)) = 0.920.

    Returns:
        Values in [0, 1]; (n,) float64.

    Source: the challenge's start-kit; Zamani et al. 2019, arXiv:1810.01520.
    """
    return ndcg_of(evaluation.hits, evaluation.n_withheld, evaluation.tracks.shape[1])


def ndcg_of(hits: NDArray[np.bool_], n_withheld: NDArray[np.int64], k: int) -> Values:
    """`ndcg` of lists of at most k places, from their hits, (n, up to k), and |G|, (n,)."""
    return _normalised(hits, _by_next_rank(k), np.minimum(n_withheld, k))


@metric("ndcg:log2i", title="NDCG (log2i)")
def ndcg_log2i(evaluation: Evaluation) -> Values:
    """NDCG that discounts by the rank itself.

    With ranks from 1 and binary relevance::

        DCG  = sum over hits of 1 at rank 1, of 1 / log2(rank) from rank 2
        NDCG = DCG / DCG of a list that opens with |G| hits

    Example: |G| = 2 and hits at ranks 1 and 3: (1 + 1 / log2(3)) / (1 + 1 / log2(2)) = 0.815.

    Returns:
        Values in [0, 1]; (n,) float64.
    """
    longest = max(evaluation.tracks.shape[1], int(evaluation.n_withheld.max(initial=0)))
    return _normalised(evaluation.hits, _by_rank(longest), evaluation.n_withheld)


@metric("ndcg:rules", title="NDCG (rules)")
def ndcg_rules(evaluation: Evaluation) -> Values:
    """NDCG relative to the list's own hits in the best order; the number of hits does not matter.

    With ranks from 1 and binary relevance::

        DCG  = sum over hits of 1 at rank 1, of 1 / log2(rank) from rank 2
        NDCG = DCG / DCG of a list that opens with |G and R| hits, 0 without a hit

    Example: hits at ranks 1 and 3: (1 + 1 / log2(3)) / (1 + 1 / log2(2)) = 0.815, whatever |G|.

    Returns:
        Values in [0, 1]; (n,) float64.

    Source: the rules' text of 2018.
    """
    return _normalised(evaluation.hits, _by_rank(evaluation.tracks.shape[1]), _n_hits(evaluation))


@metric("ndcg:own-hits", title="NDCG (own-hits)")
def ndcg_own_hits(evaluation: Evaluation) -> Values:
    """NDCG relative to the list's own hits in the best order, with the start-kit's discount.

    With ranks from 1 and binary relevance::

        DCG  = sum over hits of 1 / log2(rank + 1)
        NDCG = DCG / DCG of a list that opens with |G and R| hits, 0 without a hit

    The number of hits does not matter: a single hit at rank 1 scores 1, whatever |G|. Example: hits at ranks 1
    and 3: (1 / log2(2) + 1 / log2(4)) / (1 / log2(2) + 1 / log2(3)) = 0.920.

    Returns:
        Values in [0, 1]; (n,) float64.

    Source: the code of a title-to-playlist paper of RecSys 2025.
    """
    return _normalised(evaluation.hits, _by_next_rank(evaluation.tracks.shape[1]), _n_hits(evaluation))


def _n_hits(evaluation: Evaluation) -> NDArray[np.int64]:
    n_hits: NDArray[np.int64] = np.count_nonzero(evaluation.hits, axis=1)
    return n_hits


def _normalised(hits: NDArray[np.bool_], discounts: Values, n_ideal: NDArray[np.int64]) -> Values:
    """DCG divided by that of `n_ideal` hits, (n,), at the top; both sums are in the order of the ranks.

    A matrix product would be shorter, but its sums depend on the number of threads.
    """
    rows, places = np.nonzero(hits)
    gained = np.bincount(rows, discounts[places], minlength=len(hits))
    ideal = np.concatenate([[0.0], np.cumsum(discounts)])[n_ideal]
    normalised: Values = np.divide(gained, ideal, out=np.zeros(len(hits)), where=ideal > 0)
    return normalised


def _by_next_rank(n: int) -> Values:
    return np.reciprocal(np.log2(np.arange(2, n + 2)))


def _by_rank(n: int) -> Values:
    return np.reciprocal(np.log2(np.maximum(np.arange(1, n + 1), 2)))
