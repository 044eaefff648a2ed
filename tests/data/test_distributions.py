"""Distributions and histograms of numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data.distributions import BINS, Histogram, distribution, doubling_edges, even_edges

NUMBERS = st.lists(st.floats(-(2.0**40), 2.0**40), min_size=1, max_size=50).map(np.array)
WHOLE = st.lists(st.integers(-(2**40), 2**63 - 1), min_size=1, max_size=50).map(lambda each: np.array(each, float))


def test_unknown_values_do_not_count():
    found = distribution(np.array([1.0, np.nan, 3.0]))
    assert (found.n_known, found.mean, found.deviation) == (2, (1 + 3) / 2, 1.0)
    assert found.quantiles["50 %"] == 1
    assert found.quantiles["100 %"] == 3


def test_without_known_values_there_is_no_distribution():
    assert distribution(np.array([np.nan])) is None
    assert distribution(np.array([])) is None


@given(NUMBERS)
def test_bins_of_equal_width_contain_every_value(values):
    histogram = Histogram.of(values, even_edges(values))
    assert sum(histogram.counts) == len(values)
    assert len(histogram.counts) <= BINS


@given(WHOLE)
def test_doubling_bins_contain_every_value(values):
    assert sum(Histogram.of(values, doubling_edges(values)).counts) == len(values)


@pytest.mark.parametrize("largest", [0, 1, 2, 3, 4, 71_643])
def test_doubling_bins_end_above_the_largest_value(largest):
    edges = doubling_edges(np.array([0.0, largest]))
    assert edges[-1] > largest
    assert edges[-2] <= max(largest, 1)
    assert edges[:2] == [0, 1]
    assert edges[2:] == [2 * edge for edge in edges[1:-1]]


def test_whole_numbers_of_a_small_range_have_a_bin_each():
    histogram = Histogram.of(np.array([3.0, 4, 4, 7]), even_edges(np.array([3.0, 4, 4, 7])))
    assert histogram.edges == [2.5, 3.5, 4.5, 5.5, 6.5, 7.5]
    assert histogram.counts == [1, 2, 0, 0, 1]
