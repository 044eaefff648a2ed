"""Top k of weighted sums of lists equal those of the matrix product."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from harness import Ragged
from harness.kit import sparse_scores, sparse_top_k

NOTHING_LEFT_OUT = Ragged.from_rows([[], []])


def test_lists_are_added_up_as_they_weigh():
    weights = csr_array([[1.0, 0.5], [1.0, 0.0]])
    lists = csr_array([[0.0, 3.0, 2.0], [0.0, 0.0, 1.0]])
    assert sparse_top_k(weights, lists, NOTHING_LEFT_OUT, 2).tracks.tolist() == [[1, 2], [1, 2]]
    ranked = sparse_top_k(weights, lists, Ragged.from_rows([[1, 7], []]), 2)
    assert ranked.tracks.tolist() == [[2, -1], [1, 2]]
    assert ranked.scores.tolist() == [[2 + 0.5, 0], [3, 2]]
    assert sparse_scores(weights, lists, Ragged.from_rows([[1, 2, 9], []])).tolist() == [3, 2.5, 0]


def test_a_sum_that_passes_zero_is_listed_once():
    lists = csr_array(np.array([[1.0, 1.0], [-1.0, -3.0], [2.0, 2.0]]))
    ranked = sparse_top_k(csr_array(np.ones((1, 3))), lists, Ragged.from_rows([[]]), 4)
    assert ranked.tracks.tolist() == [[0, -1, -1, -1]]
    assert ranked.scores.tolist() == [[1 - 1 + 2, 0, 0, 0]]


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(0, 2))
def test_the_best_are_those_of_the_full_product(seed, k, threads):
    rng = np.random.default_rng(seed)
    weights = csr_array(rng.integers(0, 3, (7, 9)) / 2)
    lists = csr_array(rng.integers(-2, 4, (9, 11)) / 4)
    left_out = Ragged.from_rows([rng.choice(11, 2, replace=False).tolist() for _ in range(7)])
    ranked = sparse_top_k(weights, lists, left_out, k, threads=threads)
    every = Ragged.from_rows([range(11)] * 7)
    scores = sparse_scores(weights, lists, every, threads=threads).reshape(7, 11).copy()
    assert scores == pytest.approx((weights @ lists).toarray(), abs=1e-5)
    for row in range(7):
        scores[row, left_out.row(row)] = 0
        order = np.argsort(-scores[row], kind="stable")
        best = order[scores[row, order] > 0][:k]
        assert ranked.tracks[row, : len(best)].tolist() == best.tolist()
        assert (ranked.tracks[row, len(best) :] == -1).all()
