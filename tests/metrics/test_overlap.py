import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.overlap import overlap_at, rank_biased_overlap

A = np.array([[1, 2, 3, 4]], np.int32)
B = np.array([[2, 1, 5, 3]], np.int32)


def test_overlap_is_the_share_of_the_first_k_that_both_hold():
    assert overlap_at(A, B, [1, 2, 3, 4]).tolist() == [[0, 2 / 2, 2 / 3, 3 / 4]]


def test_rank_biased_overlap_is_webbers():
    p = 0.9
    expected = 3 / 4 * p**4 + (1 - p) / p * (0 * p + 2 / 2 * p**2 + 2 / 3 * p**3 + 3 / 4 * p**4)
    assert rank_biased_overlap(A, B, p) == pytest.approx([expected])


def test_what_ends_a_short_list_is_no_track():
    short = np.array([[1, -1, -1, -1]], np.int32)
    assert overlap_at(short, short, [1, 4]).tolist() == [[1, 1 / 4]]


@given(st.lists(st.tuples(st.permutations(range(8)), st.permutations(range(8))), min_size=1, max_size=5))
def test_both_ways_are_the_same_and_a_list_is_like_itself(pairs):
    a, b = (np.array([pair[side][:5] for pair in pairs], np.int32) for side in (0, 1))
    assert rank_biased_overlap(a, b) == pytest.approx(rank_biased_overlap(b, a))
    assert rank_biased_overlap(a, a) == pytest.approx(np.ones(len(a)))
    by_sets = [len(set(x[:3].tolist()) & set(y[:3].tolist())) / 3 for x, y in zip(a, b, strict=True)]
    assert overlap_at(a, b, [3])[:, 0].tolist() == by_sets
