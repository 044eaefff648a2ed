"""The follower regression and its measures, by hand: one feature, followers that rise with it."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from harness.metrics.followers import Audience

from harness import DataError, Ragged
from harness.metrics.catalogue import ALL_METRICS, FOLLOWER_METRICS, METRICS, metric, metrics_named
from harness.metrics.evaluation import evaluate_lists
from harness.metrics.values import measure_lists
from harness.types import NO_ID

N = 11
"""Track i has energy i / 10; playlist i holds track i alone and has 10 + 100 * i / 10 followers."""

SEEDS = Ragged.from_rows([[2], [0], [4]])
WITHHELD = Ragged.from_rows([[4, 6], [10], [8]])
LISTS = np.array([[4, 8, 6, 1], [5, 10, NO_ID, NO_ID], [NO_ID] * 4], np.int32)
TRUE = np.array([60.0, 70.0, 80.0])
"""Of the first two, T is 4 and 8, and 5: energy (.2 + .4 + .8) / 3 and (0 + .5) / 2; the third has no list."""

ENERGY = np.array([(0.2 + 0.4 + 0.8) / 3, (0 + 0.5) / 2])
TRUE_ENERGY = np.array([(0.2 + 0.4 + 0.6) / 3, (0 + 1) / 2])
DISTANCE = [*np.abs(ENERGY - TRUE_ENERGY), 1]
PREDICTED = [*(10 + 100 * ENERGY), 0]
DIFF = np.abs(np.array(PREDICTED) - TRUE)


@pytest.fixture(scope="module")
def train(handmade):
    made = handmade([[track] for track in range(N)])
    audio = pl.DataFrame({"energy": np.arange(N) / 10}, schema={"energy": pl.Float32})
    info = made.info.with_columns(num_followers=pl.Series([10 + 10 * i for i in range(N)]))
    return replace(made, info=info, catalog=replace(made.catalog, audio=audio))


@pytest.fixture(scope="module")
def challenge(train, asked):
    return asked(train, [SEEDS.row(i) for i in range(3)])


@pytest.fixture(scope="module")
def audience(train):
    return Audience.of(train, SEEDS, TRUE)


@pytest.fixture(scope="module")
def scores(challenge, audience):
    return measure_lists(LISTS, challenge, WITHHELD, FOLLOWER_METRICS, audience).values


def close(values, expected):
    np.testing.assert_allclose(values, expected, rtol=1e-5, atol=1e-6)


def test_the_regression_finds_a_straight_line(audience):
    features = np.zeros((2, 12))
    features[:, 1] = 0, 0.5
    close(audience.predicted(features), [10, 60])


def test_match_counts_what_was_guessed_among_as_many_as_were_withheld(scores):
    assert scores["match"].tolist() == [1, 0, 0]


def test_distance_is_that_of_the_features_and_the_largest_without_an_answer(scores):
    close(scores["distance"], DISTANCE)
    close(scores["distance:scaled"], np.array(DISTANCE) / 1)


def test_the_difference_is_between_expected_and_true_followers(scores):
    close(scores["numf"], PREDICTED)
    close(scores["diff"], DIFF)
    close(scores["diff:scaled"], DIFF / np.maximum(PREDICTED, TRUE))


def test_no_match_counts_2_and_divides_by_nothing(scores):
    inverse = np.array([1 / 1, 2, 2])
    close(scores["metric2"], inverse + DISTANCE)
    close(scores["metric"], inverse + DISTANCE + DIFF)
    close(scores["metric2:scaled"], inverse / 2 + DISTANCE)
    close(scores["metric:scaled"], inverse / 2 + DISTANCE + DIFF / np.maximum(PREDICTED, TRUE))


def test_a_missing_playlist_scores_the_worst_value(scores):
    for each in FOLLOWER_METRICS:
        values = scores[each.name]
        if each.name not in ("numf", "diff", "diff:scaled"):
            assert values[2] == (values.min() if each.higher_is_better else values.max()), each.name
    assert scores["metric:scaled"][2] == pytest.approx(3)


def test_an_expectation_below_zero_is_a_whole_difference(challenge, audience):
    low = replace(audience, weights=np.append(np.zeros(12), -5.0))
    values = measure_lists(LISTS, challenge, WITHHELD, metrics_named("diff,diff:scaled"), low).values
    close(values["diff"], [65, 75, 80])
    close(values["diff:scaled"], [1, 1, 1])


def test_without_an_audience_lists_are_matched_and_nothing_else(challenge):
    assert evaluate_lists(LISTS, challenge, WITHHELD).followed is None
    assert measure_lists(LISTS, challenge, WITHHELD, [metric("match")]).values["match"].tolist() == [1, 0, 0]
    with pytest.raises(DataError, match="pass `audience`"):
        measure_lists(LISTS, challenge, WITHHELD, [metric("diff")])


def test_a_training_set_that_tells_no_followers_is_refused(train):
    unknown = train.info.with_columns(num_followers=pl.lit(None, pl.Int64))
    with pytest.raises(DataError, match="known of no training playlist"):
        Audience.of(replace(train, info=unknown), SEEDS, TRUE)


def test_names_are_distinct_and_found():
    assert len({each.name for each in ALL_METRICS}) == len(METRICS) + len(FOLLOWER_METRICS)
    for each in FOLLOWER_METRICS:
        assert metric(each.name) is metric(f"{each.family}:{each.definition}") is each
