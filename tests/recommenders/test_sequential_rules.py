"""Sequential rules: what follows the last seeds, nearer is more; both ways where the seeds are in a random order."""

import numpy as np
import polars as pl
import pytest

from harness import Challenge, ParameterError, Ragged, create

TRAIN = [[0, 1, 2, 3], [1, 2, 4], [5, 0, 4]]


@pytest.fixture(scope="module")
def train(handmade):
    return handmade(TRAIN)


def fitted(train, **params):
    model = create("sequential-rules", params)
    model.fit(train, None)
    return model


def scores_of(model, challenge, n_tracks=6):
    """Track -> score of the single playlist, without tracks of score 0; the list must agree with `score`."""
    ranked = model.recommend(challenge, n_tracks)
    found = {int(t): float(s) for t, s in zip(ranked.tracks[0], ranked.scores[0], strict=True) if t >= 0}
    assert list(found.values()) == sorted(found.values(), reverse=True)
    scored = model.score(challenge, Ragged.from_rows([list(range(n_tracks))]))
    seeds = challenge.seeds.row(0).tolist()
    assert {t: float(s) for t, s in enumerate(scored) if s > 0 and t not in seeds} == found
    return found


def in_random_order(challenge):
    info = challenge.info.with_columns(category=pl.lit(8, pl.Int64))
    return Challenge(info, challenge.seeds, challenge.catalog)


def test_a_rule_counts_what_follows_by_distance(train, challenge_with):
    found = scores_of(fitted(train, damping=0), challenge_with(train, [[1]]))
    assert found == pytest.approx({2: 1 + 1, 3: 1 / 2, 4: 1 / 2})


def test_earlier_seeds_count_less_and_only_the_last_ones_count(train, challenge_with):
    seeds = challenge_with(train, [[5, 1]])
    found = scores_of(fitted(train, damping=0), seeds)
    assert found == pytest.approx({0: 1 / 2, 2: 2, 3: 1 / 2, 4: 1 / 2 + 1 / 2 / 2})
    assert scores_of(fitted(train, damping=0, last=1), seeds) == pytest.approx({2: 2, 3: 1 / 2, 4: 1 / 2})


def test_reach_is_the_largest_distance(train, challenge_with):
    assert scores_of(fitted(train, damping=0, reach=1), challenge_with(train, [[1]])) == pytest.approx({2: 2})


def test_damping_divides_by_a_power_of_the_number_of_entries(train, challenge_with):
    found = scores_of(fitted(train, damping=0.5), challenge_with(train, [[1]]))
    assert found == pytest.approx({2: 2 / 2**0.5, 3: 1 / 2, 4: 1 / 2 / 2**0.5})


def test_seeds_in_a_random_order_count_alike_and_both_ways(train, challenge_with):
    found = scores_of(fitted(train, damping=0), in_random_order(challenge_with(train, [[4, 2]])))
    from_4 = {2: 1, 1: 1 / 2, 0: 1, 5: 1 / 2}
    from_2 = {1: 1 + 1, 0: 1 / 2, 3: 1, 4: 1}
    expected = {track: from_4.get(track, 0) + from_2.get(track, 0) for track in (0, 1, 3, 5)}
    assert found == pytest.approx(expected)


def test_unknown_seeds_nothing_that_follows_and_no_seeds_give_empty_lists(train, challenge_with):
    challenge = challenge_with(train, [[], [3], [4]])
    model = fitted(train.take(np.array([0])))
    assert (model.recommend(challenge, 4).tracks == -1).all()
    assert not model.score(challenge, Ragged.from_rows([[0, 1], [2], [3]])).any()


def test_many_entries_are_sampled_evenly_and_scaled(handmade, challenge_with):
    train = handmade([[0, 1], [0, 2]] * 3_000)
    found = scores_of(fitted(train, damping=0), challenge_with(train, [[0]]), 3)
    assert found == pytest.approx({1: 3_000, 2: 3_000})


def test_lists_do_not_depend_on_blocks_and_threads(split):
    whole = fitted(split.train, threads=1).recommend(split.challenge, 50)
    parallel = fitted(split.train, threads=2)
    parts = np.array_split(np.arange(len(split.challenge)), 2)
    halves = [parallel.recommend(split.challenge.take(rows), 50) for rows in parts]
    assert np.array_equal(whole.tracks, np.concatenate([half.tracks for half in halves]))
    assert np.array_equal(whole.scores, np.concatenate([half.scores for half in halves]))


@pytest.mark.parametrize("params", [{"reach": 0}, {"reach": 256}, {"last": 0}, {"damping": -1}])
def test_invalid_parameters_are_refused(params):
    with pytest.raises(ParameterError, match=next(iter(params))):
        create("sequential-rules", params)
