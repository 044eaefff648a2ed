"""The top k equal those of a full sort."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from harness.kit.dense_top_k import top_k
from harness.ragged import NO_ID

few_values = st.sampled_from([-np.inf, -1.5, -0.0, 0.0, 0.25, 1.0, 3e38])
score_matrices = npst.arrays(
    np.float32,
    npst.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=12),
    elements=few_values | st.floats(-2, 2, width=32),
)


def sorted_whole(row, k):
    """The first k of all columns sorted by falling score, then by column; those of -inf left out."""
    columns = sorted((column for column in range(len(row)) if row[column] != -np.inf), key=lambda c: (-row[c], c))
    return (columns + [NO_ID] * k)[:k]


@given(score_matrices, st.integers(1, 15))
def test_the_k_best_are_the_first_of_a_full_sort_ties_included(scores, k):
    before = scores.copy()
    ranked = top_k(scores, k)
    assert ranked.tracks.tolist() == [sorted_whole(row, k) for row in scores]
    assert (scores == before).all()
    held = ranked.tracks != NO_ID
    rows = np.nonzero(held)[0]
    assert (ranked.scores[held] == scores[rows, ranked.tracks[held]]).all()
    assert not ranked.scores[~held].any()


@pytest.mark.parametrize("k", [1, 7, 500, 2_000])
def test_long_rows_with_many_ties_are_ranked_like_short_ones(k):
    scores = np.random.default_rng(0).integers(0, 40, (20, 1_500)).astype(np.float32)
    scores[3] = 1
    scores[4, 10:] = -np.inf
    assert top_k(scores, k).tracks.tolist() == [sorted_whole(row, k) for row in scores]


def test_a_short_row_ends_in_no_track():
    ranked = top_k(np.array([[-np.inf, 2, 1]], np.float32), 4)
    assert ranked.tracks.tolist() == [[1, 2, NO_ID, NO_ID]]
    assert ranked.scores.tolist() == [[2, 1, 0, 0]]
