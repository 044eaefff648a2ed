"""Lengths of a category's playlists follow the published figures, in exact arithmetic."""

import math

import numpy as np
import pytest

from harness.rules import CATEGORIES, Category, Lengths
from harness.splits.lengths import nearest, target_lengths


def category(*parts):
    return Category(1, 0, "first", True, tuple(parts))


@pytest.mark.parametrize("given", CATEGORIES, ids=lambda each: each.number)
@pytest.mark.parametrize("n", [1, 7, 1_000])
def test_lengths_rise_and_stay_in_the_range(given, n):
    lengths = target_lengths(given, n)
    assert len(lengths) == n
    assert lengths == sorted(lengths)
    assert all(any(part.least <= length <= part.most for part in given.lengths) for length in lengths)


@pytest.mark.parametrize("given", CATEGORIES, ids=lambda each: each.number)
def test_a_thousand_lengths_have_the_published_mean_and_spread(given):
    lengths = target_lengths(given, 1_000)
    mean = sum(float(part.share) * float(part.mean) for part in given.lengths)
    square = sum(float(part.share) * (float(part.sd) ** 2 + float(part.mean) ** 2) for part in given.lengths)
    found = sum(lengths) / 1_000
    spread = math.sqrt(sum((length - found) ** 2 for length in lengths) / 1_000)
    assert abs(found - mean) < 0.02 * mean
    assert abs(spread - math.sqrt(square - mean**2)) < 0.06 * spread


def test_an_even_distribution_is_cut_at_its_quantiles():
    even = category(Lengths("1", 1, 5, "3", "1.4142135623730951"))
    assert target_lengths(even, 5) == [1, 2, 3, 4, 5]
    assert target_lengths(even, 1) == [3]
    assert target_lengths(even, 2) == [2, 4]


def test_parts_get_their_shares():
    three_quarters = Lengths("0.75", 1, 5, "3", "1.4142135623730951")
    a_quarter = Lengths("0.25", 11, 15, "13", "1.4142135623730951")
    assert target_lengths(category(three_quarters, a_quarter), 4) == [1, 3, 5, 13]


def test_the_lengths_never_change():
    assert target_lengths(CATEGORIES[0], 10) == [12, 15, 19, 23, 26, 30, 34, 38, 42, 47]
    assert target_lengths(CATEGORIES[2], 10) == [16, 29, 41, 52, 57, 63, 69, 76, 85, 94]


def test_the_nearest_lengths_are_taken_each_playlist_once():
    rows, lengths = np.array([7, 3, 5, 1]), np.array([10, 12, 12, 20])
    assert nearest([12, 12, 12, 12], rows, lengths).tolist() == [3, 5, 7, 1], "of equally near lengths the shorter"
    assert nearest([11, 11], rows, lengths).tolist() == [7, 3]


def test_a_playlist_shorter_than_the_least_is_never_taken():
    rows, lengths = np.array([7, 3]), np.array([10, 12])
    assert nearest([10, 10], rows, lengths, [11, 11]).tolist() == [3, -1]
