"""Theme coherence: groups by title words, over-represented tracks, and the three shares, by hand."""

from math import log

import numpy as np
import pytest

from harness.metrics.catalogue import metric_named, metrics_named
from harness.metrics.evaluation import evaluate_lists
from harness.metrics.theme import THEMES
from harness.metrics.title_groups import LEAST_LOG_ODDS, TitleGroups
from harness.metrics.values import measure_lists
from harness.ragged import Ragged

TRAIN = (
    *[("Country!", [0, 1, 2]), ("my COUNTRY", [0, 1, 2]), ("country-rock", [0, 1, 3]), ("country", [0, 4, 4])],
    *[("counting", [2, 5]), ("rap", [2, 5]), ("Rap ", [2, 6]), ("rap", [2, 6]), ("rap", [5, 6]), ("", [7, 8])],
)
"""Titles and tracks of 10 training playlists."""


@pytest.fixture(scope="module")
def train(handmade):
    return handmade([tracks for _, tracks in TRAIN], [name for name, _ in TRAIN])


@pytest.fixture(scope="module")
def groups(train):
    return TitleGroups(train, ["Country", "rap", "chill", "country rap"])


def test_a_group_has_the_titles_that_hold_the_whole_word(groups):
    assert groups.members("country").tolist() == [True, False, False, True]
    assert groups.members("rap").tolist() == [False, True, False, True]
    assert groups.members("coun").tolist() == [False] * 4
    assert [groups.n_in_train(word) for word in ("country", "rap", "rock", "country-rock", "coun")] == [4, 4, 1, 1, 0]


def test_over_represented_are_tracks_with_twice_the_odds_and_three_holders(groups):
    def log_odds(inside, outside):
        return log((inside + 0.5) / (4 - inside + 0.5)) - log((outside + 0.5) / (6 - outside + 0.5))

    assert log_odds(3, 0) > log(2)
    assert log_odds(2, 4) < log(2)
    assert groups.over_represented("country").tolist() == [True, True, *[False] * 7]
    assert log_odds(3, 3) > log(2)
    assert log_odds(2, 1) > log(2), "track 5 of rap: only two playlists of the group hold it"
    assert groups.over_represented("rap").tolist() == [False, False, True, *[False] * 3, True, False, False]
    assert log_odds(1, 0) > log(2), "track 3: only one playlist of the group holds it"


def test_a_track_that_occurs_twice_in_a_playlist_counts_once(handmade):
    rows = [[0, 0, 0], [0], [1], [1], [1]]
    groups = TitleGroups(handmade(rows, ["rap", "rap", "rap", "x", "x"]), [])
    assert not groups.over_represented("rap")[0]


def test_the_threshold_is_twice_the_odds(handmade):
    # inside 4 of 6 (odds 4.5 / 2.5), outside 2 of 4 (odds 2.5 / 2.5): ratio 1.8; with 5 of 6: 5.5 / 1.5 = 3.67
    def over(n_inside):
        rows = [[0]] * n_inside + [[1]] * (6 - n_inside) + [[0]] * 2 + [[1]] * 2
        return TitleGroups(handmade(rows, ["rap"] * 6 + ["x"] * 4), []).over_represented("rap")[0]

    assert log(4.5 / 2.5) < LEAST_LOG_ODDS < log(5.5 / 1.5)
    assert not over(4)
    assert over(5)


LISTS = np.array([[0, 5, 1, 7], [6, 0, -1, -1], [0, 1, 2, 3], [0, 6, 2, 3]], np.int32)
WITHHELD = Ragged.from_rows([[1, 3], [2, 5, 6, 7], [8], [0, 6]])
SEEDS = [[2], [], [], [4]]


@pytest.fixture(scope="module")
def challenge(train, challenge_with):
    return challenge_with(train, SEEDS)


@pytest.fixture(scope="module")
def values(challenge, groups):
    names = [
        f"{family}:{word}" for family in ("theme", "theme_popularity", "theme_withheld") for word in ("country", "rap")
    ]
    chosen = metrics_named(",".join([*names, "theme:any"]))
    return measure_lists(LISTS, challenge, WITHHELD, chosen, {"groups": groups, "challenge": challenge})


def nan_equal(found, expected):
    np.testing.assert_array_equal(found, expected)


def test_theme_is_the_share_of_the_first_tracks(values):
    nan_equal(values.values["theme:country"], [1 / 2, np.nan, np.nan, 1 / 2])
    nan_equal(values.values["theme:rap"], [np.nan, 1 / 4, np.nan, 1 / 2])


def test_any_is_the_mean_over_the_groups_of_a_playlist(values):
    assert "chill" in THEMES
    nan_equal(values.values["theme:any"], [1 / 2, 1 / 4, 0, (1 / 2 + 1 / 2) / 2])


def test_the_baseline_is_the_share_of_popular_tracks_without_seeds(values):
    # by number of playlists: 2 (in 6), 0 (4), 1 (3), 5 (3), 6 (3), ...
    nan_equal(values.values["theme_popularity:country"], [2 / 2, np.nan, np.nan, 1 / 2])
    nan_equal(values.values["theme_popularity:rap"], [np.nan, 1 / 4, np.nan, 1 / 2])


def test_the_reference_is_the_share_of_the_withheld_tracks(values):
    nan_equal(values.values["theme_withheld:country"], [1 / 2, np.nan, np.nan, 1 / 2])
    nan_equal(values.values["theme_withheld:rap"], [np.nan, 2 / 4, np.nan, 1 / 2])


def test_the_mean_is_that_of_the_group(values):
    assert values.overall("theme:country") == 1 / 2
    assert values.by_category("theme:country") == {0: 1 / 2}
    assert values.measured("theme:country").tolist() == [True, False, False, True]


def test_a_playlist_without_an_answer_has_no_track_of_the_theme(challenge, groups):
    empty = np.full_like(LISTS, -1)
    data = {"groups": groups, "challenge": challenge}
    found = measure_lists(empty, challenge, WITHHELD, metrics_named("theme:rap,theme_withheld:rap"), data)
    nan_equal(found.values["theme:rap"], [np.nan, 0, np.nan, 0])
    nan_equal(found.values["theme_withheld:rap"], [np.nan, 2 / 4, np.nan, 1 / 2])


def test_a_group_without_a_playlist_has_no_mean(challenge, groups, tmp_path):
    found = measure_lists(LISTS, challenge, WITHHELD, [metric_named("theme:disney")], {"groups": groups})
    assert np.isnan(found.overall("theme:disney"))
    assert found.by_category("theme:disney") == {}
    found.save(tmp_path / "values.parquet")
    assert np.isnan(type(found).load(tmp_path / "values.parquet").values["theme:disney"]).all()


def test_withheld_tracks_that_the_training_catalog_lacks_are_not_of_a_theme(train, groups, challenge):
    evaluation = evaluate_lists(LISTS[:1], challenge.take(np.array([0])), Ragged.from_rows([[0, 8]]))
    few = TitleGroups(train, ["country"])
    few._over_represented["country"] = groups.over_represented("country")[:5]
    assert metric_named("theme_withheld:country").values(evaluation, {"groups": few}).tolist() == [1 / 2]
