"""Top k of sparse matrix products, row by row, without storing the product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.kit.buffers import Accumulator, ResultBuffers
from harness.kit.parallel import in_blocks
from harness.kit.queries import WeightedLists
from harness.ragged import Ragged
from harness.types import Ranked

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_ROWS = 64
"""Rows per call, so that accumulators over all columns are seldom allocated."""


def sparse_top_k(weights: csr_array, lists: csr_array, excluded: Ragged, k: int, *, threads: int = 0) -> Ranked:
    """The k columns of `weights @ lists` with the highest values above 0; ties go to the lower column.

    Args:
        weights: (n, n_lists), how much each list counts in each row.
        lists: (n_lists, n_columns), scored columns.
        excluded: columns excluded from each row, n rows; those of n_columns and above are ignored.
        k: width of the result; short rows end in -1.
        threads: see `harness.kit.parallel.n_threads`; the result does not depend on it.

    Returns:
        Lists of shape (n, k). Time is O(columns of all lists that a row weighs), memory 13 bytes per column and thread.
    """
    results = ResultBuffers.of_lists(weights.shape[0], k)
    _sum(weights, lists, excluded.keep(excluded.values < lists.shape[1]), results, threads)
    return Ranked(results.tracks, results.scores)


def sparse_scores(weights: csr_array, lists: csr_array, candidates: Ragged, *, threads: int = 0) -> NDArray[np.float32]:
    """The values of candidate columns, (total,), equal to those of `sparse_top_k`; 0 for columns that do not exist."""
    results = ResultBuffers.of_candidates(candidates)
    _sum(weights, lists, Ragged.empty(len(candidates)), results, threads)
    return results.candidate_scores


def _sum(weights: csr_array, lists: csr_array, excluded: Ragged, results: ResultBuffers, threads: int) -> None:
    from harness.kit import kernels

    lists_of_rows = WeightedLists(
        *(weights.indptr.astype(np.int64), weights.indices.astype(np.int32), weights.data.astype(np.float32)),
        *(lists.indptr.astype(np.int64), lists.indices.astype(np.int32, copy=False)),
        lists.data.astype(np.float32, copy=False),
        *(excluded.indptr, excluded.values),
    )
    n_columns = lists.shape[1]

    def rows(first: int, end: int) -> None:
        sums = Accumulator.of_ids(n_columns)
        kernels.weighted_lists(lists_of_rows, results, sums, np.zeros(n_columns, np.bool_), first, end)

    in_blocks(rows, weights.shape[0], "sums of lists", threads=threads, block=_ROWS)
