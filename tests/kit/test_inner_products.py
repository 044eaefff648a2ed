"""Maximum inner products equal those of the full matrix."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.kit import inner_products as products
from harness.kit.inner_products import inner_product_scores, top_inner_products
from harness.ragged import NO_ID, Ragged


def vectors_of(rng, n, n_factors=4):
    """Small integers: every product is exact, and many are equal."""
    return rng.integers(-3, 4, (n, n_factors)).astype(np.float32)


def by_full_matrix(queries, indptr, vectors, seeds, k):
    lists = np.full((len(indptr) - 1, k), NO_ID, np.int32)
    for row in range(len(lists)):
        if indptr[row] == indptr[row + 1]:
            continue
        scores = (queries[indptr[row] : indptr[row + 1]] @ vectors.T).max(axis=0)
        scores[~vectors.any(axis=1)] = -np.inf
        scores[seeds.row(row)[seeds.row(row) < len(vectors)]] = -np.inf
        order = np.argsort(-scores, kind="stable")
        best = order[scores[order] > -np.inf][:k]
        lists[row, : len(best)] = best
    return lists


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(0, 8), st.integers(1, 90), st.integers(1, 12))
def test_lists_equal_a_full_sort_ties_included(seed, n, n_tracks, k):
    rng = np.random.default_rng(seed)
    indptr = np.concatenate([[0], np.cumsum(rng.integers(0, 4, n))])
    queries, vectors = vectors_of(rng, indptr[-1]), vectors_of(rng, n_tracks)
    seeds = Ragged.from_rows(rng.integers(0, n_tracks + 3, rng.integers(0, 5)) for _ in range(n))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "PLAYLISTS", 3)
        patch.setattr(products, "PRODUCTS", 1)
        patch.setattr(products, "FEWEST_TRACKS", 7)
        patch.setattr(products, "SPARE", 0)
        ranked = top_inner_products(queries, indptr, vectors, seeds, k)
    np.testing.assert_array_equal(ranked.tracks, by_full_matrix(queries, indptr, vectors, seeds, k))


def test_scores_of_the_listed_tracks_are_those_of_the_lists_to_the_last_bit():
    rng = np.random.default_rng(0)
    queries = rng.standard_normal((20, 33)).astype(np.float32)
    vectors = rng.standard_normal((500, 33)).astype(np.float32)
    indptr = np.arange(0, 21, 2)
    ranked = top_inner_products(queries, indptr, vectors, Ragged.from_rows([[]] * 10), 30)
    scores = inner_product_scores(queries, indptr, vectors, Ragged.from_rows(ranked.tracks))
    np.testing.assert_array_equal(scores, ranked.scores.ravel())
    np.testing.assert_allclose(scores[0], (queries[:2] @ vectors[ranked.tracks[0, 0]]).max(), rtol=1e-5)


def test_lists_do_not_depend_on_threads_or_on_the_other_rows():
    rng = np.random.default_rng(1)
    queries = rng.standard_normal((600, 16)).astype(np.float32)
    vectors = rng.standard_normal((3000, 16)).astype(np.float32)
    seeds = Ragged.from_rows(rng.integers(0, 3000, 5) for _ in range(600))
    indptr = np.arange(601)
    one = top_inner_products(queries, indptr, vectors, seeds, 50, threads=1)
    many = top_inner_products(queries, indptr, vectors, seeds, 50, threads=2)
    some = top_inner_products(queries[7:9], indptr[:3], vectors, seeds.take(np.array([7, 8])), 50)
    np.testing.assert_array_equal(one.tracks, many.tracks)
    np.testing.assert_array_equal(one.scores[7:9], some.scores)


def test_unknown_candidates_and_rows_without_a_query_score_nothing():
    queries = np.array([[-1.0]], np.float32)
    candidates = Ragged.from_rows([[0, 1, 2, 9], [0, 1]])
    scores = inner_product_scores(
        queries, np.array([0, 1, 1]), np.array([[2.0], [0.0], [-3.0]], np.float32), candidates
    )
    np.testing.assert_array_equal(scores, [-2, 0, 3, 0, 0, 0])
