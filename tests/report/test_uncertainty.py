import io
import json
import re

import numpy as np
import pytest
from rich.console import Console

from harness.errors import DataError
from harness.plot import comparison_charts, leaderboard_charts
from harness.report.cells import Layout, body_cells, caption, group_letter
from harness.report.comparison import Comparison, differences
from harness.report.comparison_table import show_comparison
from harness.report.formats import as_csv, as_json
from harness.report.leaderboard import leaderboards
from harness.report.page import as_html


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
    assert uncertainties(leaderboard)["a"].intervals["ndcg"] == (0, pytest.approx(3 / 9))


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


def test_a_constant_advantage_is_significantly_best(rng, entry_of, scores_of):
    values = rng.integers(100, size=50) / 128
    runs = {"better": values + 0.125, "worse": values}  # exact in binary: the deviation of the difference is 0
    (leaderboard,) = leaderboards([entry_of(name, scores_of(ndcg=each)) for name, each in runs.items()])
    assert {name: set(each.best) for name, each in uncertainties(leaderboard).items()} == {
        "better": {"ndcg"},
        "worse": set(),
    }


@pytest.fixture
def of_one_playlist(entry_of, scores_of):
    """Leaderboard of two runs that were scored on a single playlist, twice with a seed."""
    runs = [entry_of(f"als-{seed}", scores_of(ndcg=np.array([seed / 4])), params={"seed": seed}) for seed in (1, 2)]
    return leaderboards(runs)


@pytest.mark.filterwarnings("error")
def test_a_single_playlist_has_no_intervals_in_any_format(of_one_playlist):
    (leaderboard,) = of_one_playlist
    _, notes = caption(leaderboard)
    assert not any("power" in note or "intervals" in note for note in notes)
    assert "als-1 with 2 seeds: NDCG 0.3750, standard error - over playlists" in notes[-1]
    for line in body_cells(leaderboard, Layout(by_category=True))[0]:
        assert "0.5000" in line
    (first, _) = json.loads(as_json(of_one_playlist, by_category=True), parse_constant=pytest.fail)
    assert first["probability_first"] is None
    assert first["rank_interval"] == [1, 2]
    assert first["ndcg"]["interval"] == first["ndcg"]["intervals_by_category"]["2"] == [None, None]
    assert first["ndcg"]["smallest_difference"] is None
    assert "nan" not in as_csv(of_one_playlist, by_category=True).lower()
    assert "NaN" not in json.dumps(leaderboard_charts.categories(leaderboard, "ndcg").to_dict())
    assert "nan%" not in as_html(of_one_playlist)


def test_a_comparison_over_a_single_playlist_has_no_interval(of_one_playlist):
    a, b = (row.entry for row in of_one_playlist[0].rows)
    traits = of_one_playlist[0].metrics
    comparison = Comparison((a.run, b.run), "demo", 1, traits, differences(a, b))
    show_comparison(comparison, Console(file=(text := io.StringIO()), width=120))
    assert re.search(r"all playlists +0\.5000 +0\.2500 +0\.2500 +- +1\.0000 +- ", text.getvalue())
    chart = comparison_charts.differences(comparison).to_dict()
    assert '"differs": "no"' in json.dumps(chart)
    assert "NaN" not in json.dumps(chart)
