"""Numbers of the challenge: the ten categories and the constants agree with each other and with the sources."""

from decimal import Decimal

import pytest

from harness import rules
from harness.rules import BEST_R_PRECISION, CATEGORIES

LABELS = {
    1: "title only",
    2: "first 1",
    3: "first 5",
    4: "first 5, no title",
    5: "first 10",
    6: "first 10, no title",
    7: "first 25",
    8: "random 25",
    9: "first 100",
    10: "random 100",
}

MOST_LENGTH = 250
"""Longest playlist of the MPD (its statistics)."""


def test_there_are_ten_categories_in_order_with_the_labels_of_the_official_table():
    assert {category.number: category.label for category in CATEGORIES} == LABELS
    assert [category.number for category in CATEGORIES] == list(range(1, 11))


def test_the_official_challenge_has_10_000_playlists():
    assert len(CATEGORIES) * rules.OFFICIAL_PLAYLISTS_PER_CATEGORY == 10_000


def test_only_categories_4_and_6_hide_the_title():
    assert [category.number for category in CATEGORIES if not category.titled] == [4, 6]


def test_only_categories_8_and_10_have_random_seeds():
    assert [category.number for category in CATEGORIES if category.order == "random"] == [8, 10]


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda category: category.number)
def test_shares_of_lengths_add_up_to_1(category):
    assert sum(Decimal(lengths.share) for lengths in category.lengths) == 1


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda category: category.number)
def test_lengths_leave_a_track_to_withhold_and_their_mean_lies_in_the_range(category):
    for lengths in category.lengths:
        assert category.n_seeds < lengths.least < Decimal(lengths.mean) < lengths.most <= MOST_LENGTH
        assert 0 < Decimal(lengths.sd) < lengths.most - lengths.least


def test_every_category_has_a_best_score_between_0_and_1():
    assert list(BEST_R_PRECISION) == [category.number for category in CATEGORIES]
    assert all(0 < score < 1 for score in BEST_R_PRECISION.values())


def test_the_worst_clicks_are_one_more_than_the_last_pages_number():
    last_page = (rules.TRACKS_PER_PLAYLIST - 1) // rules.TRACKS_PER_PAGE
    assert last_page == 49
    assert rules.WORST_CLICKS == rules.TRACKS_PER_PLAYLIST // rules.TRACKS_PER_PAGE + 1 == 51
