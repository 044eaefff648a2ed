"""NDCG: how early the hits stand, under each public definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.metrics.evaluation import Judged

    Values = NDArray[np.float64]


def ndcg(judged: Judged) -> Values:
    """Normalised discounted cumulative gain of each list.

    With ranks from 1 and binary relevance::

        DCG  = sum over hits of 1 / log2(rank + 1)
        NDCG = DCG / DCG of a list that opens with min(|G|, k) hits

    Returns:
        Values in [0, 1]; (n,) float64.

    Source: the challenge's start-kit; Zamani et al. 2019, arXiv:1810.01520.
    """
    return ndcg_of(judged.hits, judged.n_withheld, judged.tracks.shape[1])


def ndcg_of(hits: NDArray[np.bool_], n_withheld: NDArray[np.int64], k: int) -> Values:
    """`ndcg` of lists of k places at most, told by their hits, (n, up to k), and by |G|, (n,)."""
    return _normalised(hits, _by_next_rank(k), np.minimum(n_withheld, k))


def ndcg_log2i(judged: Judged) -> Values:
    """NDCG that discounts by the rank itself.

    With ranks from 1 and binary relevance::

        DCG  = sum over hits of 1 at rank 1, of 1 / log2(rank) from rank 2
        NDCG = DCG / DCG of a list that opens with |G| hits

    Returns:
        Values in [0, 1]; (n,) float64.
    """
    longest = max(judged.tracks.shape[1], int(judged.n_withheld.max(initial=0)))
    return _normalised(judged.hits, _by_rank(longest), judged.n_withheld)


def ndcg_rules(judged: Judged) -> Values:
    """NDCG that compares a list with its own hits in the best order: it does not tell how many were found.

    With ranks from 1 and binary relevance::

        DCG  = sum over hits of 1 at rank 1, of 1 / log2(rank) from rank 2
        NDCG = DCG / DCG of a list that opens with |G and R| hits, 0 without a hit

    Returns:
        Values in [0, 1]; (n,) float64.

    Source: the rules' text of 2018.
    """
    return _normalised(judged.hits, _by_rank(judged.tracks.shape[1]), np.count_nonzero(judged.hits, axis=1))


def _normalised(hits: NDArray[np.bool_], discounts: Values, n_ideal: NDArray[np.int64]) -> Values:
    """DCG over that of `n_ideal` hits, (n,), at the top; both are added up in the order of the ranks.

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
