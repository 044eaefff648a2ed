"""Intervals, tests and ranks: compared with SciPy where it has them, otherwise by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.statistics.uncertainty import bootstrap, compare, normal_intervals, ranks, seed_spread, smallest_difference

HIGHER = np.array([True, True, False])


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def one(values):
    """One run, one metric."""
    return np.asarray(values, float)[None, None]


def test_intervals_agree_with_scipy(rng):
    values = rng.gamma(2.0, size=400)
    ours = bootstrap(one(values), np.ones(400, int)).intervals()[:, 0, 0]
    theirs = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=9_999, random_state=1)
    assert ours == pytest.approx(tuple(theirs.confidence_interval), rel=0.01)


def test_a_draw_holds_as_many_playlists_of_each_category():
    categories = np.repeat([1, 2, 9], [5, 7, 11])
    drawn = bootstrap(one(categories == 2), categories, n_draws=50).draws
    assert drawn == pytest.approx(np.full((50, 1, 1), 7 / 23))


def test_strata_narrow_the_interval_where_categories_differ(rng):
    categories = np.repeat([1, 2], 100)
    values = one(rng.normal(categories * 10.0, 1))
    with_strata = np.ptp(bootstrap(values, categories).intervals())
    without = np.ptp(bootstrap(values, np.ones(200, int)).intervals())
    assert with_strata < without / 3


def test_without_draws_intervals_are_nearly_those_of_the_bootstrap(rng):
    categories = np.repeat([1, 2], [300, 500])
    values = rng.gamma(2.0, size=(2, 800)) * categories
    drawn = bootstrap(values[None], categories).intervals()[:, 0]
    assert normal_intervals(values, categories) == pytest.approx(drawn, rel=0.005)
    error = (
        300**2 * values[:, :300].var(axis=1, ddof=1) / 300 + 500**2 * values[:, 300:].var(axis=1, ddof=1) / 500
    ) ** 0.5
    expected = values.mean(axis=1) + 1.959964 * error / 800
    assert normal_intervals(values, categories)[1] == pytest.approx(expected)


@pytest.mark.parametrize("size", [2, 3, 7])
def test_the_deviation_of_the_draws_is_the_unbiased_stratified_one(rng, size):
    categories = np.repeat(np.arange(1, 6), size)
    values = rng.gamma(2.0, size=(2, 1, 5 * size)) * categories
    strata = (values[0, 0] - values[1, 0]).reshape(5, size)
    expected = np.sqrt((strata.var(axis=1, ddof=1) / size).sum()) / 5
    drawn = bootstrap(values, categories, n_draws=40_000).draws
    assert (drawn[:, 0, 0] - drawn[:, 1, 0]).std() == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(("size", "at_least"), [(1, 0.90), (2, 0.89), (3, 0.92), (7, 0.935)])
def test_intervals_cover_with_few_playlists_of_a_category(size, at_least):
    rng, n_times = np.random.default_rng(1), 400
    categories = np.repeat(np.arange(10), size)
    samples = rng.normal(size=(n_times, 1, 1, 10 * size))
    intervals = np.array([bootstrap(each, categories, n_draws=400).intervals()[:, 0, 0] for each in samples])
    covered = (intervals[:, 0] <= 0) & (intervals[:, 1] >= 0)
    assert at_least <= covered.mean() <= 0.95


def test_categories_with_a_single_playlist_are_one_stratum(rng):
    values = rng.normal(size=(1, 1, 10))
    each_its_own, all_one = np.arange(10), np.zeros(10, int)
    found = bootstrap(values, each_its_own, n_draws=20_000).intervals()
    assert found == pytest.approx(bootstrap(values, all_one, n_draws=20_000).intervals(), abs=0.02)
    for of in (normal_intervals(values[0], each_its_own), normal_intervals(values[0], all_one)):
        assert of[:, 0] == pytest.approx(
            values.mean() + np.array([-1, 1]) * 1.959964 * values.std(ddof=1) / np.sqrt(10)
        )


def test_the_only_category_with_a_single_playlist_joins_the_smallest_other_one(rng):
    alone, joined = np.repeat([1, 2, 3], [1, 9, 4]), np.repeat([3, 2, 3], [1, 9, 4])
    values = rng.normal(size=(2, 1, 14))
    assert normal_intervals(values[0], alone) == pytest.approx(normal_intervals(values[0], joined))
    assert smallest_difference(values, alone) == pytest.approx(smallest_difference(values, joined))
    sample = bootstrap(values, alone, n_draws=20_000)
    assert sample.draws.std(axis=0) == pytest.approx(bootstrap(values, joined).draws.std(axis=0), rel=0.03)
    assert set(sample.by_category) == {1, 2, 3}
    assert np.isnan(sample.by_category[1].intervals()).all()
    assert np.isfinite(sample.by_category[3].intervals()).all()


@pytest.mark.filterwarnings("error")
def test_a_single_playlist_has_no_interval(rng):
    values, category = rng.normal(size=(3, 3, 1)), np.array([5])
    sample = bootstrap(values, category, n_draws=50)
    assert np.isnan(sample.intervals()).all()
    assert np.isnan(sample.difference(0, 1)[1]).all()
    assert np.isnan(normal_intervals(values[0], category)).all()
    assert np.isnan(smallest_difference(values, category)).all()
    assert np.isnan(seed_spread(values[:, 0])[0])
    found = ranks(sample, HIGHER)
    assert (found.low.tolist(), found.high.tolist()) == ([1, 1, 1], [3, 3, 3])
    assert np.isnan(found.first).all()


def test_pairs_agree_with_scipys_permutation_test(rng):
    a = rng.normal(0, 1, 60)
    b = a + rng.normal(0.25, 1, 60)
    ours = compare(np.stack([a, b])[:, None])
    theirs = stats.permutation_test(
        (a, b),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        random_state=1,
    )
    assert ours.p[0, 1, 0] == pytest.approx(theirs.pvalue, abs=0.015)
    assert ours.p[1, 0, 0] == ours.p[0, 1, 0]


def test_effects_are_mean_over_deviation_and_point_at_the_better(rng):
    values = rng.normal(size=(2, 1, 50))
    difference = values[0, 0] - values[1, 0]
    effects = compare(values, n_draws=10).effect[..., 0]
    expected = difference.mean() / difference.std(ddof=1)
    assert effects == pytest.approx(np.array([[np.nan, expected], [-expected, np.nan]]), nan_ok=True)


@pytest.mark.parametrize("gap", [np.zeros(9), np.full(9, 0.1), np.array([0.1])])
def test_without_deviation_between_playlists_there_is_no_effect(rng, gap):
    values = rng.normal(size=len(gap))
    assert np.isnan(compare(np.stack([values + gap, values])[:, None], n_draws=10).effect).all()


def test_holm_multiplies_the_smallest_p_value_by_their_number_and_is_monotone(rng):
    values = rng.normal(size=(4, 1, 40)) + np.array([0, 0.3, 0.6, 0.9])[:, None, None]
    tested = compare(values, n_draws=2_000)
    rows, columns = np.triu_indices(4, 1)
    p, adjusted = tested.p[rows, columns, 0], tested.adjusted[rows, columns, 0]
    order = np.argsort(p)
    expected = np.minimum(np.maximum.accumulate(p[order] * np.arange(6, 0, -1)), 1)
    assert adjusted[order] == pytest.approx(expected)


def test_equal_runs_never_differ_significantly(rng):
    same = rng.normal(size=100)
    tested = compare(np.stack([same, same])[:, None], n_draws=100)
    assert (tested.p == 1).all()


def test_too_few_draws_for_the_pairs_are_said(rng):
    values = rng.normal(size=(20, 1, 30))
    assert not compare(values, n_draws=1_000).resolvable
    assert compare(values[:3], n_draws=1_000).resolvable


def test_ranks_follow_the_borda_sum_and_lie_in_their_intervals(rng):
    quality = np.array([0.5, 0.3, 0.1])
    values = rng.normal(np.stack([quality, quality, -quality], axis=1)[:, :, None], 1, size=(3, 3, 400))
    found = ranks(bootstrap(values, np.ones(400, int), n_draws=500), HIGHER)
    assert found.rank.tolist() == [1, 2, 3]
    assert (found.low <= found.rank).all()
    assert (found.rank <= found.high).all()
    assert found.first.sum() == pytest.approx(1)
    assert found.first[0] > found.first[1]


def test_runs_that_are_equal_share_the_first_place(rng):
    same = rng.normal(size=(1, 3, 50))
    found = ranks(bootstrap(np.concatenate([same, same]), np.ones(50, int), n_draws=20), HIGHER)
    assert found.rank.tolist() == [1, 1]
    assert found.first.tolist() == [0.5, 0.5]


def test_the_smallest_difference_is_the_textbooks(rng):
    values = rng.normal(size=(2, 1, 400))
    error = (values[0, 0] - values[1, 0]).std(ddof=1) / 20
    expected = (1.959964 + 0.841621) * error
    assert smallest_difference(values, np.ones(400, int)) == pytest.approx([expected], rel=1e-5)
    assert np.isnan(smallest_difference(values[:1], np.ones(400, int))).all()


def test_runs_that_are_equal_say_nothing_of_the_smallest_difference(rng):
    values = rng.normal(size=(2, 1, 400))
    same = np.concatenate([values, values[1:], values[1:], values[1:]])
    categories = np.ones(400, int)
    assert smallest_difference(same, categories) == pytest.approx(smallest_difference(values, categories))
    assert np.isnan(smallest_difference(values[[0, 0]], categories)).all()


def test_spread_over_seeds_and_playlists_are_separate():
    playlists, seeds = np.array([0.0, 1.0, 2.0]), np.array([[-1.0], [1.0]])
    of_playlists, of_seeds = seed_spread(playlists + seeds)
    assert of_playlists == pytest.approx(1 / np.sqrt(3))
    assert of_seeds == pytest.approx(np.sqrt(2))


def test_the_same_seed_gives_the_same_draws(rng):
    values, categories = rng.normal(size=(2, 1, 30)), np.ones(30, int)
    first, again = (bootstrap(values, categories, n_draws=300, seed=3).draws for _ in range(2))
    assert (first == again).all()
    assert (bootstrap(values, categories, n_draws=300, seed=4).draws != first).any()


@pytest.mark.slow
def test_intervals_cover_and_tests_err_as_often_as_they_say():
    rng = np.random.default_rng(1)
    categories, n_times = np.repeat([1, 2, 3, 4], 100), 3_000
    covered = rejected = 0
    for seed in range(n_times):
        both = rng.gamma(1.0, size=(1, 1, 400)) * categories + rng.gamma(1.0, size=(2, 1, 400))
        sample = bootstrap(both, categories, n_draws=1_000, seed=seed)
        low, high = sample.difference(0, 1)[1][:, 0]
        covered += low <= 0 <= high
        rejected += compare(both, n_draws=1_000, seed=seed).p[0, 1, 0] <= 0.05
    assert covered / n_times == pytest.approx(0.95, abs=0.015)
    assert rejected / n_times == pytest.approx(0.05, abs=0.015)
