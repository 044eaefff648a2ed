import numpy as np
import pytest

from harness.errors import DataError
from harness.report.cells import group_letter
from harness.report.leaderboard import leaderboards


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def uncertainties(leaderboard):
    return {row.entry.run: row.uncertainty for row in leaderboard.rows}


def test_runs_without_significant_difference_share_a_group_and_a_worse_run_begins_the_next(rng, entry_of, scores_of):
    values = rng.uniform(size=500)
    runs = {
        "a": values + 0.2,
        "b": values + 0.2 + rng.normal(0, 0.3, 500) - 0.01,
        "c": values,
        "d": values - 0.1,
    }
    (leaderboard,) = leaderboards([entry_of(name, scores_of(ndcg=each)) for name, each in runs.items()])
    found = uncertainties(leaderboard)
    assert [found[name].group for name in "abcd"] == [1, 1, 2, 3]
    assert found["c"].ranks == (3, 3)
    assert found["a"].ranks == (1, 2)
    assert found["a"].first + found["b"].first == pytest.approx(1)
    assert not any(each.best for each in found.values())


def test_the_interval_is_that_of_the_mean(rng, entry_of, scores_of):
    values = rng.normal(0.4, 0.1, 400)
    (leaderboard,) = leaderboards([entry_of("a", scores_of(ndcg=values))])
    low, high = uncertainties(leaderboard)["a"].intervals["ndcg"]
    error = values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - 1.96 * error, values.mean() + 1.96 * error), abs=error / 10)
    assert uncertainties(leaderboard)["a"].by_category[2]["ndcg"] == (low, high)
    assert leaderboard.uncertainty.smallest == {}


def test_a_run_alone_has_the_intervals_that_it_has_beside_others(rng, entry_of, scores_of):
    values, others = (scores_of(ndcg=rng.uniform(size=60), clicks=rng.uniform(0, 51, 60)) for _ in range(2))
    (alone,) = leaderboards([entry_of("a", values)])
    (beside,) = leaderboards([entry_of("a", values), entry_of("b", others)])
    for of in (lambda each: each.intervals, lambda each: each.by_category[2]):
        for metric, interval in of(uncertainties(alone)["a"]).items():
            assert interval == pytest.approx(of(uncertainties(beside)["a"])[metric], rel=1e-12)


def test_the_interval_of_rare_hits_does_not_leave_the_scale(entry_of, scores_of):
    (leaderboard,) = leaderboards([entry_of("a", scores_of(ndcg=np.r_[1.0, np.zeros(9)]))])
    assert uncertainties(leaderboard)["a"].intervals["ndcg"] == (0, pytest.approx(0.3))


def test_a_metric_that_only_some_runs_measured_has_intervals_for_those_runs_only(rng, entry_of, scores_of):
    more = scores_of(ndcg=rng.uniform(size=50), r_precision_tracks=rng.uniform(size=50), r_precision=np.ones(50))
    usual = scores_of(ndcg=rng.uniform(size=50), r_precision=np.ones(50))
    (leaderboard,) = leaderboards([entry_of("more", more), entry_of("usual", usual)])
    found = uncertainties(leaderboard)
    assert set(found["usual"].intervals) == {"ndcg", "r_precision"}
    assert set(found["more"].intervals) == {"ndcg", "r_precision", "r_precision_tracks"}


def test_runs_on_other_playlists_are_refused(entry_of, scores_of):
    with pytest.raises(
        DataError, match=r"^run b was scored on other playlists than a; delete its folder and run again$"
    ):
        leaderboards([entry_of("a", scores_of(ndcg=np.ones(3))), entry_of("b", scores_of(ndcg=np.ones(4)))])


def test_spread_over_seeds_is_separate_from_spread_over_playlists(entry_of, scores_of):
    playlists = np.array([0.0, 0.5, 1.0])
    runs = [
        entry_of(f"als-{seed}", scores_of(ndcg=playlists + shift), params={"seed": seed, "factors": 8})
        for seed, shift in enumerate((-0.1, 0.1))
    ]
    other = entry_of("als-9", scores_of(ndcg=playlists), params={"seed": 0, "factors": 9})
    (leaderboard,) = leaderboards([*runs, other])
    (spread,) = leaderboard.uncertainty.seeds
    assert (spread.run, spread.n_seeds) == ("als-0", 2)
    assert spread.by_metric["ndcg"] == pytest.approx((0.5, 0.5 / np.sqrt(3), np.sqrt(2) / 10))


def test_groups_are_lettered_like_spreadsheet_columns():
    assert [group_letter(n) for n in (1, 2, 26, 27, 52, 53)] == ["A", "B", "Z", "AA", "AZ", "BA"]
