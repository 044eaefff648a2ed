"""Confidence: isotonic curves by hand, kinds of playlists, and estimates that hold on playlists they never saw."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.errors import DataError
from harness.statistics.confidence import BIN_EDGES, LEAST_PLAYLISTS, fit_confidence, reliability

N_RANKS = 100
TRUE = 0.6 / np.sqrt(np.arange(1, N_RANKS + 1))
"""Probability of a hit at each rank of the simulated lists of one seed; half of that with 10 seeds."""


def simulated(n, seed):
    rng = np.random.default_rng(seed)
    n_seeds = np.where(np.arange(n) % 2, 10, 1)
    return rng.random((n, N_RANKS)) < TRUE / np.where(n_seeds == 10, 2, 1)[:, None], n_seeds


def test_a_curve_is_the_nearest_one_that_never_rises():
    hits = np.zeros((60, 4), np.bool_)
    for rank, n in enumerate((12, 36, 6, 0)):
        hits[:n, rank] = True
    (curve,) = fit_confidence(hits, np.zeros(60, np.int64)).curves
    assert curve.tolist() == pytest.approx([(12 / 60 + 36 / 60) / 2, (12 / 60 + 36 / 60) / 2, 6 / 60, 0])


def test_each_number_of_seeds_has_a_curve_if_it_has_enough_playlists():
    n_seeds = np.repeat([0, 1, 5, 10, 25, 100], [60, 20, 20, 20, 70, 30])
    found = fit_confidence(np.eye(len(n_seeds), 3, dtype=np.bool_), n_seeds)
    assert LEAST_PLAYLISTS == 50
    assert found.curve_of.tolist() == [0, 1, 1, 1, 2, 2]
    assert found.n_playlists.tolist() == [60, 60, 100]
    assert found.basis(0) == (60, (0,))
    assert found.basis(5) == (60, (1, 5, 10))


def test_few_playlists_share_one_curve():
    found = fit_confidence(np.ones((3, 2), np.bool_), np.array([0, 1, 100]))
    assert (found.curve_of.tolist(), found.n_playlists.tolist()) == ([0, 0, 0], [3])


def test_an_unseen_number_of_seeds_has_the_nearest_curve():
    hits, n_seeds = np.zeros((200, 2), np.bool_), np.repeat([1, 10], 100)
    hits[100:] = True
    found = fit_confidence(hits, n_seeds)
    assert found.of(np.array([0, 2, 6, 500])).tolist() == [[0, 0], [0, 0], [1, 1], [1, 1]]


def test_without_a_playlist_nothing_is_fitted():
    with pytest.raises(DataError, match="there is no playlist"):
        fit_confidence(np.zeros((0, 5), np.bool_), np.zeros(0, np.int64))


def test_estimates_hold_on_playlists_that_they_were_not_fitted_on():
    confidence = fit_confidence(*simulated(1_000, 0))
    hits, n_seeds = simulated(1_000, 1)
    estimates = confidence.of(n_seeds)
    assert np.abs(estimates[:2] - TRUE / np.array([[1], [2]])).mean() < 0.02
    found = reliability(estimates, hits)
    assert found.calibration_error < 0.01
    n_covered = sum(low <= each.expected <= high for each in found.bins for low, high in [each.interval])
    assert n_covered >= len(found.bins) - 1
    assert found.brier < found.brier_of_mean


@pytest.mark.parametrize("fault", [lambda p: 1.5 * p, lambda p: p**2, lambda p: np.full_like(p, 0.5)])
def test_estimates_that_are_off_are_seen(fault):
    hits, n_seeds = simulated(1_000, 1)
    found = reliability(fault(fit_confidence(*simulated(1_000, 0)).of(n_seeds)), hits)
    assert found.calibration_error > 0.03
    assert sum(low <= each.expected <= high for each in found.bins for low, high in [each.interval]) <= 1


def test_bins_by_hand():
    estimates = np.array([[0.5, 0.05], [0.5, 0.0], [0.5, 0.5], [0.5, 0.5]])
    hits = np.array([[True, False], [False, False], [True, False], [False, True]])
    found = reliability(estimates, hits)
    bins = [(each.low, each.high, each.n_tracks) for each in found.bins]
    assert bins == [(0, 0.005, 1), (0.02, 0.05, 1), (0.4, 0.6, 6)]
    last = found.bins[-1]
    assert (last.expected, last.observed) == (0.5, 0.5)
    half = 1.96 * np.sqrt((1 - 0.5) ** 2 + (0 - 0.5) ** 2 + 0 + 0) / 6
    assert last.interval == pytest.approx((0.5 - half, 0.5 + half))
    assert found.calibration_error == pytest.approx((1 * 0 + 1 * 0.05 + 6 * 0) / 8)
    assert found.brier == pytest.approx((6 * 0.5**2 + 0.05**2 + 0) / 8)
    assert found.brier_of_mean == pytest.approx(3 / 8 * 5 / 8)


@example([0.05, 0.05, 0.05], 0)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.integers(0, 9))
def test_every_track_is_in_one_bin(estimates, seed):
    hits = np.random.default_rng(seed).random((1, len(estimates))) < 0.5
    found = reliability(np.array([estimates]), hits)
    assert sum(each.n_tracks for each in found.bins) == len(estimates)
    assert all(each.low <= each.expected <= each.high for each in found.bins)
    assert all(0 <= each.interval[0] <= each.interval[1] <= 1 for each in found.bins)
    assert list(BIN_EDGES) == sorted(BIN_EDGES)
