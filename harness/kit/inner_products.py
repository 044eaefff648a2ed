"""Maximum inner product search: the tracks with the largest products with playlist vectors; exact, in blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from harness.kit.numba_cache import compiled, compiled_in_any_order
from harness.kit.parallel import in_blocks
from harness.ragged import NO_ID, Ragged
from harness.types import Ranked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.ragged import Ids

    Floats = NDArray[np.float32]
    Numbers = NDArray[np.int64]


PLAYLISTS = 256
"""Rows per task of a thread."""

PRODUCTS = 2**21
"""Products a thread holds at once: 8 MB, which fit the processor's cache."""

FEWEST_TRACKS = 256
"""Least number of tracks in a block, however many queries it has."""

SPARE = 16
"""Extra length of intermediate lists: a product rounds differently in a block than alone."""


def top_inner_products(
    queries: Floats,
    indptr: Numbers,
    vectors: Floats,
    seeds: Ragged,
    k: int,
    *,
    threads: int = 0,
) -> Ranked:
    """The top k tracks that are no seeds; ties go to the lower id.

    ::

        score(row, track) = max over the row's queries of query * vector of the track

    Args:
        queries: (n_queries, n_factors) float32.
        indptr: (n + 1,); row r has `queries[indptr[r]:indptr[r + 1]]`. A row without a query gets an empty list.
        vectors: (n_tracks, n_factors) float32; a track whose vector is 0 is in no list.
        seeds: of the n rows; ids of n_tracks and above are ignored.
        k: width of the lists; short ones end in -1.
        threads: see `harness.kit.parallel.n_threads`; the lists do not depend on it.

    Returns:
        Lists of shape (n, k). Time is O(n_queries * n_tracks * n_factors), memory 16 MB per thread beside the
        arguments.
    """
    n, width = len(indptr) - 1, k + SPARE
    lists = np.full((n, width), NO_ID, np.int32)
    held: NDArray[np.bool_] = np.any(vectors, axis=1)
    ordered = seeds.values[np.lexsort((seeds.values, seeds.row_ids))]

    def rows(first: int, end: int) -> None:
        of = indptr[first : end + 1] - indptr[first]
        block_queries = queries[indptr[first] : indptr[end]]
        ids = np.empty((end - first, 2 * width), np.int32)
        scores = np.empty((end - first, 2 * width), np.float32)
        filled = np.zeros(end - first, np.int64)
        thresholds = np.full(end - first, -np.inf, np.float32)
        n_columns = max(FEWEST_TRACKS, PRODUCTS // max(len(block_queries), 1))
        for start in range(0, len(vectors) if len(block_queries) else 0, n_columns):
            block = block_queries @ vectors[start : start + n_columns].T
            _leave_out_seeds(block, of, start, seeds.indptr[first : end + 1], ordered)
            _keep_best(block, of, start, held, ids, scores, filled, thresholds)
        _take(ids, scores, filled, lists[first:end])

    with threadpool_limits(1, "blas"):
        in_blocks(rows, n, "products with all tracks", threads=threads, block=PLAYLISTS)
    every = np.arange(n + 1, dtype=np.int64) * width
    scores = _scores(queries, indptr, vectors, every, lists.ravel(), threads)
    return _best_first(lists, scores.reshape(n, width), k)


def inner_product_scores(
    queries: Floats,
    indptr: Numbers,
    vectors: Floats,
    candidates: Ragged,
    *,
    threads: int = 0,
) -> Floats:
    """The scores of the candidates, (total,), equal to those of `top_inner_products`.

    0 for ids of n_tracks and above, for tracks whose vector is 0, and in rows without a query.
    """
    return _scores(queries, indptr, vectors, candidates.indptr, candidates.values, threads)


def seeds_with_vectors(seeds: Ragged, vectors: Floats) -> Ragged:
    """The distinct seeds of each row that have a vector other than 0, in ascending order."""
    known = seeds.values < len(vectors)
    known[known] = vectors[seeds.values[known]].any(axis=1)
    matrix = seeds.keep(known).matrix(len(vectors))
    return Ragged(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32))


def _scores(
    queries: Floats,
    indptr: Numbers,
    vectors: Floats,
    candidates_indptr: Numbers,
    candidates: Ids,
    threads: int,
) -> Floats:
    scores = np.zeros(len(candidates), np.float32)

    def rows(first: int, end: int) -> None:
        _score_rows(queries, indptr, vectors, candidates_indptr, candidates, scores, first, end)

    in_blocks(rows, len(indptr) - 1, "products with candidates", threads=threads, block=PLAYLISTS)
    return scores


def _best_first(lists: Ids, scores: Floats, k: int) -> Ranked:
    order = np.lexsort((lists, np.where(lists == NO_ID, np.inf, -scores)), axis=1)[:, :k]
    return Ranked(np.take_along_axis(lists, order, axis=1), np.take_along_axis(scores, order, axis=1))


@compiled
def _score_rows(
    queries: Floats,
    indptr: Numbers,
    vectors: Floats,
    candidates_indptr: Numbers,
    candidates: Ids,
    scores: Floats,
    first: int,
    end: int,
) -> None:
    for row in range(first, end):
        for at in range(candidates_indptr[row], candidates_indptr[row + 1]):
            track = candidates[at]
            if track == NO_ID or track >= len(vectors):
                continue
            for query in range(indptr[row], indptr[row + 1]):
                product = _product(queries[query], vectors[track])
                if query == indptr[row] or product > scores[at]:
                    scores[at] = product


@compiled_in_any_order
def _product(query: Floats, vector: Floats) -> np.float32:
    """One order of summation whatever the block, so that a score is the same in lists and for candidates."""
    total = np.float32(0)
    for factor in range(len(vector)):
        total += query[factor] * vector[factor]
    return total


@compiled
def _leave_out_seeds(products: Floats, of: Numbers, start: int, seeds_indptr: Numbers, seeds: Ids) -> None:
    """Seeds rise within a row; products with those of the block become -inf."""
    end = start + products.shape[1]
    for row in range(len(of) - 1):
        own = seeds[seeds_indptr[row] : seeds_indptr[row + 1]]
        for seed in own[np.searchsorted(own, start) : np.searchsorted(own, end)]:
            products[of[row] : of[row + 1], seed - start] = -np.inf


@compiled
def _keep_best(
    products: Floats,
    of: Numbers,
    start: int,
    held: NDArray[np.bool_],
    ids: Ids,
    scores: Floats,
    filled: Numbers,
    thresholds: Floats,
) -> None:
    """Append tracks above the threshold of their row; when the buffer is full, keep the k best."""
    k = ids.shape[1] // 2
    for row in range(len(of) - 1):
        if of[row] == of[row + 1]:
            continue
        best = products[of[row]]
        for query in range(of[row] + 1, of[row + 1]):
            best = np.maximum(best, products[query])
        n, threshold = filled[row], thresholds[row]
        for column in range(len(best)):
            if best[column] > threshold and held[start + column]:
                ids[row, n], scores[row, n] = start + column, best[column]
                n += 1
                if n == 2 * k:
                    n = _shorten(ids[row], scores[row], n, k)
                    threshold = scores[row, :k].min()
        filled[row], thresholds[row] = n, threshold


@compiled
def _shorten(ids: Ids, scores: Floats, n: int, k: int) -> int:
    """Move the k best of n to the front, ties in order of insertion; returns how many are left."""
    if n <= k:
        return n
    worst = np.partition(scores[:n], n - k)[n - k]
    spare = k - np.count_nonzero(scores[:n] > worst)
    kept = 0
    for at in range(n):
        if scores[at] > worst or (scores[at] == worst and spare > 0):
            spare -= scores[at] == worst
            ids[kept], scores[kept] = ids[at], scores[at]
            kept += 1
    return kept


@compiled
def _take(ids: Ids, scores: Floats, filled: Numbers, lists: Ids) -> None:
    k = lists.shape[1]
    for row in range(len(lists)):
        n = _shorten(ids[row], scores[row], filled[row], k)
        lists[row, :n] = ids[row, :n]
