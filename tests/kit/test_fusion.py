"""Fused lists equal sums over their tracks."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.kit.fusion import fuse, join, reciprocal_ranks, standardised
from harness.types import Ranked


def ranked(rows, scores):
    return Ranked(np.array(rows, np.int32), np.array(scores, np.float32))


def test_scores_are_divided_by_the_mean_of_the_first_hundred():
    falling = np.arange(120, 0, -1)
    one = ranked([range(120)], [falling])
    np.testing.assert_allclose(standardised(one)[0], falling / falling[:100].mean(), rtol=1e-6)


def test_scores_of_a_short_list_are_standardised_over_its_own_tracks():
    short = ranked([[4, 2, -1], [-1, -1, -1]], [[3, 1, 9], [0, 0, 0]])
    assert standardised(short).tolist() == [[3 / 2, 1 / 2, 0], [0, 0, 0]]


def test_what_was_better_stays_better_where_scores_are_below_zero():
    scores = standardised(ranked([[0, 1, 2]], [[-1, -2, -4]]))
    np.testing.assert_allclose(scores, [[3 / (5 / 3), 2 / (5 / 3), 0]], rtol=1e-6)


def test_reciprocal_ranks_add_sixty_to_the_rank():
    np.testing.assert_allclose(reciprocal_ranks(ranked([[5, 6, -1]], [[2, 1, 0]])), [[1 / 61, 1 / 62, 0]], rtol=1e-6)


lists = st.lists(st.lists(st.integers(0, 9), unique=True, min_size=4, max_size=4), min_size=3, max_size=3)


@given(lists, lists, st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.5, 2.0])))
def test_a_fused_score_is_the_weighted_sum_over_the_lists_that_hold_the_track(first, second, weights):
    scores = [[[4, 3, 2, 1]] * 3, [[8, 4, 2, 1]] * 3]
    both = [ranked(rows, each) for rows, each in zip((first, second), scores, strict=True)]
    fused, columns = fuse(join(both, [each.scores for each in both]), np.tile(np.float32(weights), (3, 1)), 10)
    for row in range(3):
        sums = {}
        for each, weight in zip(both, weights, strict=True):
            for track, score in zip(each.tracks[row].tolist(), each.scores[row].tolist(), strict=True):
                sums[track] = sums.get(track, 0) + weight * score
        expected = sorted(((-worth, track) for track, worth in sums.items() if worth > 0))
        n = len(expected)
        assert fused.tracks[row, :n].tolist() == [track for _, track in expected]
        assert fused.scores[row, :n].tolist() == [-worth for worth, _ in expected]
        assert (fused.tracks[row, n:] == -1).all()
    joined = join(both, [each.scores for each in both])
    held = fused.tracks >= 0
    assert (np.take_along_axis(joined.tracks, columns, axis=1)[held] == fused.tracks[held]).all()


def test_joined_lists_say_who_holds_a_track():
    joined = join(
        [ranked([[3, 1]], [[2, 1]]), ranked([[1, -1]], [[5, 0]])], [np.float32([[2, 1]]), np.float32([[5, 0]])]
    )
    assert joined.tracks.tolist() == [[1, 3]]
    assert joined.parts.tolist() == [[[1, 5], [2, 0]]]
    assert joined.listed.tolist() == [[[True, True], [True, False]]]


def test_lists_without_any_track_are_fused_to_none():
    nothing = Ranked.empty(2, 3)
    fused, _ = fuse(join([nothing], [nothing.scores]), np.ones((2, 1), np.float32), 5)
    assert (fused.tracks == -1).all()
    assert fused.tracks.shape == (2, 5)
