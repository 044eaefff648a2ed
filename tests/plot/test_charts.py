"""Charts for notebooks: they show the numbers of the leaderboard and of the comparison, and they render."""

import json

import numpy as np
import pytest

from harness import extras, plot
from harness.errors import MissingExtraError, ParameterError
from harness.identities import ChallengeKey, CorpusId
from harness.metrics.catalogue import metric_named
from harness.metrics.values import MetricValues
from harness.report.comparison import Comparison, differences
from harness.report.entry import Entry
from harness.report.leaderboard import leaderboards

NAMES = ("r_precision", "ndcg", "clicks")


def entry(run, shift, *, costs=(1.0, 2.0, 3 * 1024**2)):
    noise = np.random.default_rng(3).uniform(0, 0.2, 40) + 0.05 * np.random.default_rng(len(run)).uniform(0, 1, 40)
    values = {name: noise + (10 if name == "clicks" else shift) for name in NAMES}
    traits = {name: metric_named(name).traits for name in NAMES}
    scores = MetricValues(np.arange(40), np.arange(40) % 2 + 1, values, traits)
    return Entry(run, run, {}, CorpusId("demo", "d0"), ChallengeKey("challenge", "s0"), scores, *costs)


@pytest.fixture(scope="module")
def entries():
    return [entry("one", 0.5), entry("three", 0.3, costs=(5.0, 5.0, 1024**2)), entry("unknown", 0.1, costs=(None,) * 3)]


@pytest.fixture(scope="module")
def board(entries):
    return leaderboards(entries)[0]


@pytest.fixture(scope="module")
def comparison(entries):
    rows = differences(entries[0], entries[1])
    traits = {name: metric_named(name).traits for name in NAMES}
    return Comparison(("one", "three"), "demo, challenge", 40, traits, rows)


def data_of(chart):
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows]


def rendered(chart):
    import vl_convert

    return vl_convert.vegalite_to_svg(json.dumps(chart.to_dict()))


def test_categories_are_means_and_intervals(board):
    chart = plot.categories(board, "ndcg")
    row = next(row for row in data_of(chart) if (row["run"], row["category"][0]) == ("one", "2"))
    first = board.rows[0]
    assert row["mean"] == pytest.approx(first.entry.metric_values.by_category("ndcg")[2])
    assert (row["low"], row["high"]) == first.uncertainty.by_category[2]["ndcg"]
    assert "NDCG" in rendered(chart)


def test_a_spread_has_the_share_of_playlists_of_each_run(board):
    chart = plot.spread(board, "ndcg")
    shares = [row["share"] for row in data_of(chart) if row["run"] == "one" and "share" in row]
    assert sum(shares) == pytest.approx(1, abs=1e-3)
    assert "share of playlists" in rendered(chart)


@pytest.mark.parametrize(
    ("cost", "expected"), [("seconds", {"one": 3.0, "three": 10.0}), ("memory", {"one": 3, "three": 1})]
)
def test_costs_leave_out_runs_without_costs(board, cost, expected):
    chart = plot.costs(board, "ndcg", cost=cost)
    assert {row["run"]: row["cost"] for row in data_of(chart)} == expected
    assert "Pareto front" in json.dumps(chart.to_dict())
    rendered(chart)


def test_differences_are_those_of_the_comparison(comparison):
    chart = plot.differences(comparison, "ndcg")
    rows = [row for row in data_of(chart) if "difference" in row]
    assert rows[0]["category"] == "all playlists"
    of_metric = [row for row in comparison.differences if row.metric == "ndcg"]
    assert [row["difference"] for row in rows] == [row.difference for row in of_metric]
    assert [row["differs"] for row in rows] == ["yes"] * 3
    assert "above 0: A is better" in rendered(chart)
    assert "below 0: A is better" in rendered(plot.differences(comparison, "clicks"))


@pytest.mark.parametrize("draw", [plot.categories, plot.spread, plot.costs])
def test_a_chart_of_a_leaderboard_has_the_first_ranking_metric_by_default(board, draw):
    assert draw([board]).to_dict() == draw(board, "r_precision").to_dict()


def test_wrong_choices_are_named(board, comparison, entries):
    other = leaderboards(
        [*entries, Entry("x", "x", {}, CorpusId("other", "d1"), ChallengeKey("challenge", "s0"), None)]
    )
    with pytest.raises(ParameterError, match="2 leaderboards: pass one of them"):
        plot.categories(other)
    with pytest.raises(ParameterError, match="no values of metric 'ndgc', did you mean 'ndcg'"):
        plot.spread(board, "ndgc")
    with pytest.raises(ParameterError, match="no values of metric 'recall@10'"):
        plot.differences(comparison, "recall@10")
    with pytest.raises(ParameterError, match="no cost 'second', did you mean 'seconds'"):
        plot.costs(board, cost="second")
    unscored = leaderboards([Entry("x", "x", {}, CorpusId("other", "d1"), ChallengeKey("challenge", "s0"), None)])
    with pytest.raises(ParameterError, match="nothing to draw: no run was scored"):
        plot.categories(unscored)
    unknown = leaderboards([entry("unknown", 0.1, costs=(None,) * 3)])
    with pytest.raises(ParameterError, match="no run that was measured by 'ndcg' has known costs"):
        plot.costs(unknown, "ndcg")


def test_without_the_extra_there_is_one_clear_line(board, comparison, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    for draw, value in ((plot.categories, board), (plot.differences, comparison)):
        with pytest.raises(MissingExtraError, match=r"run pip install 'playlist-harness\[page\]'"):
            draw(value)
