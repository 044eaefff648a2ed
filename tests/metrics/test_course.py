"""Measures of the course project computed by hand: one feature, and followers that rise with it."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from harness import DataError, Ragged
from harness.data.engineered import FeatureSpace
from harness.metrics.catalogue import loaded_metrics, metric_named, metrics_named
from harness.metrics.course_followers import regression
from harness.metrics.values import measure_lists
from harness.ragged import NO_ID

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
def challenge(train, challenge_with):
    return challenge_with(train, [SEEDS.row(i) for i in range(3)])


@pytest.fixture(scope="module")
def data(train, challenge):
    return {"train": train, "challenge": challenge, "followers": TRUE, "audio": FeatureSpace.of(train)}


COURSE = [each for name, each in loaded_metrics().items() if name.startswith("course:")]


@pytest.fixture(scope="module")
def values(challenge, data):
    return measure_lists(LISTS, challenge, WITHHELD, COURSE, data).values


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_the_regression_finds_a_straight_line(train, data):
    slope, constant = regression(train, data["audio"])[[1, 12]]
    close([slope, constant], [100, 10])


def test_match_counts_the_seed_and_withheld_counts_hits_alone(values):
    assert values["course:match"].tolist() == [1 + 1, 1 + 0, 0]
    assert values["course:match:withheld"].tolist() == [1, 0, 0]
    assert values["course:match:share"].tolist() == [1 / 2, 0, 0]


def test_a_seed_that_occurs_twice_is_matched_once(train, challenge_with):
    challenge = challenge_with(train, [[2, 2], [0], [4]])
    found = measure_lists(LISTS, challenge, WITHHELD, [metric_named("course:match")], {"challenge": challenge})
    assert found.values["course:match"].tolist() == [1 + 1, 1 + 0, 0]


def test_distance_is_that_of_the_features_and_the_largest_without_an_answer(values):
    close(values["course:distance:scaled"], DISTANCE)
    close(values["course:distance:share"], np.array(DISTANCE) / 1)


def test_the_standardised_distance_is_in_deviations_of_the_training_playlists(values):
    energies = np.arange(N) / 10
    deviation = np.sqrt(((energies - energies.mean()) ** 2).mean())
    close(values["course:distance:standardised"], np.array(DISTANCE) / deviation)


def test_the_literal_distance_keeps_the_features_units(train, challenge_with, data):
    milliseconds = pl.DataFrame({"duration_ms": 1000.0 * np.arange(N)}, schema={"duration_ms": pl.Float32})
    longer = replace(train, catalog=replace(train.catalog, audio=milliseconds))
    challenge = challenge_with(longer, [SEEDS.row(i) for i in range(3)])
    more = data | {"train": longer, "challenge": challenge, "audio": FeatureSpace.of(longer)}
    found = measure_lists(
        LISTS, challenge, WITHHELD, metrics_named("course:distance,course:metric2,course:metric"), more
    )
    seconds = np.abs([(2 + 4 + 8) / 3 - (2 + 4 + 6) / 3, (0 + 5) / 2 - (0 + 10) / 2, 10])
    values, inverse = found.values, np.array([1 / 2, 1 / 1, 2])
    close(values["course:distance"], 1000 * seconds)
    close(values["course:metric2"], inverse + 1000 * seconds)
    close(values["course:metric"], inverse + 1000 * seconds + DIFF)


def test_the_difference_is_between_expected_and_true_followers(values):
    close(values["course:numf"], PREDICTED)
    close(values["course:diff"], DIFF)
    close(values["course:diff:share"], DIFF / np.maximum(PREDICTED, TRUE))


def test_literal_sums_count_the_seed_so_that_the_inverse_is_defined(values):
    inverse = np.array([1 / (1 + 1), 1 / 1, 2])
    close(values["course:metric2"], inverse + DISTANCE)
    close(values["course:metric"], inverse + DISTANCE + DIFF)


def test_no_match_counts_2_in_the_sound_sums(values):
    inverse = np.array([1 / 1, 2, 2])
    close(values["course:metric2:scaled"], inverse + DISTANCE)
    close(values["course:metric:scaled"], inverse + DISTANCE + DIFF)
    close(values["course:metric2:share"], inverse / 2 + DISTANCE)
    close(values["course:metric:share"], inverse / 2 + DISTANCE + DIFF / np.maximum(PREDICTED, TRUE))


def test_a_missing_playlist_scores_the_worst_value(values):
    for each in COURSE:
        found = values[each.name]
        if not each.name.startswith(("course:numf", "course:diff")) and each.name != "course:metric":
            assert found[2] == (found.min() if each.higher_is_better else found.max()), each.name
    assert values["course:metric:share"][2] == pytest.approx(3)


def test_an_expectation_below_zero_is_a_whole_difference(train, challenge, data):
    falling = train.info.with_columns(num_followers=pl.Series([-5] * N))
    low = data | {"train": replace(train, info=falling)}
    found = measure_lists(LISTS, challenge, WITHHELD, metrics_named("course:diff,course:diff:share"), low).values
    close(found["course:diff"], [65, 75, 80])
    close(found["course:diff:share"], [1, 1, 1])


def test_more_expected_followers_earn_no_points():
    assert [each.name for each in COURSE if each.informative] == ["course:numf"]


def test_a_need_that_is_not_met_is_named(challenge):
    with pytest.raises(DataError) as caught:
        measure_lists(LISTS, challenge, WITHHELD, [metric_named("course:distance")], {"challenge": challenge})
    line = "metric 'course:distance' needs audio: audio features: the `FeatureSpace` of the training playlists"
    assert str(caught.value) == line


def test_a_training_set_without_numbers_of_followers_is_refused(train, data):
    unknown = train.info.with_columns(num_followers=pl.lit(None, pl.Int64))
    with pytest.raises(DataError, match="no training playlist has both followers"):
        regression(replace(train, info=unknown), data["audio"])
