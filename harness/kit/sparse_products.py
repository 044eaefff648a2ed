"""Weighted sums of lists: the best of a sparse product, row by row, without the product."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from harness.kit.buffers import Answers, Sums
from harness.parallel import in_blocks
from harness.types import Ragged, Ranked

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness.types import Ids

_ROWS = 64
"""Rows a call, so that the sums of all columns are seldom made anew."""


class WeightedLists(NamedTuple):
    """Lists of scored tracks, and how much each of them weighs in each of n rows.

    ::

        score(i) = sum over the row's lists that hold i of weight of the list * score of i in it

    Attributes:
        indptr, lists, weights: row r weighs the lists `lists[indptr[r]:indptr[r + 1]]` by `weights` there.
        list_indptr, tracks, scores: list l has the tracks `tracks[list_indptr[l]:list_indptr[l + 1]]`, each once.
        left_out_indptr, left_out: the tracks that row r may not be told.
    """

    indptr: NDArray[np.int64]
    lists: Ids
    weights: NDArray[np.float32]
    list_indptr: NDArray[np.int64]
    tracks: Ids
    scores: NDArray[np.float32]
    left_out_indptr: NDArray[np.int64]
    left_out: Ids


def best_sums(weights: csr_array, lists: csr_array, left_out: Ragged, k: int, *, threads: int = 0) -> Ranked:
    """The k columns of `weights @ lists` with the highest values above 0, of equal ones the lower first.

    Args:
        weights: (n, n_lists), how much each list counts in each row.
        lists: (n_lists, n_columns), scored columns.
        left_out: columns that a row may not be told, n rows; those of n_columns and above are ignored.
        k: width of the answer; short rows end in -1.
        threads: see `harness.parallel.n_threads`; the answer does not depend on it.

    Returns:
        Lists of shape (n, k). Time is O(columns of all lists that a row weighs), memory 13 bytes a column and thread.
    """
    answers = Answers.of_lists(weights.shape[0], k)
    _sum(weights, lists, left_out.keep(left_out.values < lists.shape[1]), answers, threads)
    return Ranked(answers.tracks, answers.scores)


def sums_of(weights: csr_array, lists: csr_array, candidates: Ragged, *, threads: int = 0) -> NDArray[np.float32]:
    """The values of candidate columns, (total,), equal to those of `best_sums`; 0 for columns that are not there."""
    answers = Answers.of_candidates(candidates)
    _sum(weights, lists, Ragged.empty(len(candidates)), answers, threads)
    return answers.candidate_scores


def _sum(weights: csr_array, lists: csr_array, left_out: Ragged, answers: Answers, threads: int) -> None:
    from harness.kit import kernels

    asked = WeightedLists(
        *(weights.indptr.astype(np.int64), weights.indices.astype(np.int32), weights.data.astype(np.float32)),
        *(lists.indptr.astype(np.int64), lists.indices.astype(np.int32, copy=False)),
        lists.data.astype(np.float32, copy=False),
        *(left_out.indptr, left_out.values),
    )
    n_columns = lists.shape[1]

    def rows(first: int, end: int) -> None:
        sums = Sums(np.zeros(n_columns), np.empty(n_columns + 1, np.int32))
        kernels.weighted_lists(asked, answers, sums, np.zeros(n_columns, np.bool_), first, end)

    in_blocks(rows, weights.shape[0], "sums of lists", threads=threads, block=_ROWS)
