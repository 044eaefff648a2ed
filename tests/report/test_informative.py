"""Informative metrics and totals of all lists are columns; they never rank, test or mark a run."""

import json

import pytest

from harness.metrics.catalogue import metric_named
from harness.metrics.values import MetricValues
from harness.report.cells import Layout, body_cells, caption, header_cells
from harness.report.comparison import differences, shared_metrics
from harness.report.formats import as_csv, as_json, as_latex, as_markdown
from harness.report.leaderboard import leaderboards
from harness.report.page import as_html
from harness.report.page_charts import charts


def objects(entries):
    return {row["run"]: row for row in json.loads(as_json(leaderboards(entries), by_category=True))}


def test_an_informative_metric_gives_no_points_and_no_star(entry_of):
    worse, better = {"ndcg": 0.1, "course:numf": 900}, {"ndcg": 0.2, "course:numf": 5}
    (leaderboard,) = leaderboards([entry_of("worse", worse), entry_of("better", better)])
    assert leaderboard.ranked_by == ("ndcg",)
    assert [(row.entry.run, row.rank) for row in leaderboard.rows] == [("better", 1), ("worse", 2)]
    assert not any("course:numf" in row.uncertainty.best for row in leaderboard.rows)
    assert header_cells(leaderboard).count("numf") == 1
    assert caption(leaderboard)[1][0].endswith("; ranked by ndcg; informative, without points: course:numf")
    assert objects([entry_of("better", better)])["better"]["course:numf"]["higher_is_better"] is None


@pytest.mark.parametrize("names", [("course:numf",), ("coverage@10",), ("course:numf", "coverage@10")])
@pytest.mark.parametrize("n_runs", [1, 2])
def test_where_nothing_ranks_runs_stand_by_name_without_a_rank(entry_of, names, n_runs):
    found = [entry_of(run, dict.fromkeys(names, value)) for run, value in (("b", 3), ("a", 2))[:n_runs]]
    (leaderboard,) = leaderboards(found)
    assert leaderboard.ranked_by == ()
    assert [(row.entry.run, row.rank, row.points) for row in leaderboard.rows] == [
        (run, None, None) for run in sorted(entry.run for entry in found)
    ]
    assert all(lines[0][:2] == ["-", "-"] for lines in body_cells(leaderboard, Layout(best=True)))
    note = caption(leaderboard)[1][0]
    assert note.endswith(f"; not ranked; informative, without points: {', '.join(names)}")
    for write in (as_json, as_csv, as_markdown, as_latex, as_html):
        assert write([leaderboard])


def test_a_total_has_no_interval_and_is_the_sum(entry_of):
    found = [entry_of("a", {"ndcg": 0.1, "distinct_lists@10": 0.5}), entry_of("b", {"ndcg": 0.2, "coverage@10": 0.125})]
    by_run = objects(found)
    total = by_run["a"]["distinct_lists@10"]
    assert (total["sum"], total["interval"], total["by_category"]) == (4 * 0.5, None, {"1": 1, "10": 1})
    assert "mean" not in total
    (leaderboard,) = leaderboards(found)
    column = header_cells(leaderboard).index("Lists@10")
    assert {lines[0][2]: lines[0][column] for lines in body_cells(leaderboard, Layout(by_category=True))} == {
        "a": "2",
        "b": "-",
    }


def test_a_column_never_mixes_two_definitions(entry_of):
    first, second = (entry_of(run, {"ndcg": 0.1, "hit@5": 1}) for run in "ab")
    known = second.metric_values
    traits = known.traits | {
        "hit@5": type(known.traits["hit@5"])(**vars(known.traits["hit@5"]) | {"definition": "old"})
    }
    changed = MetricValues(known.pids, known.categories, known.values, traits)
    assert list(shared_metrics(first.metric_values, changed)) == ["ndcg"]


def test_a_comparison_counts_no_wins_of_an_informative_metric(entry_of):
    worse, better = {"ndcg": 0.1, "course:numf": 900, "clicks": 9}, {"ndcg": 0.2, "course:numf": 5, "clicks": 3}
    found = differences(entry_of("worse", worse), entry_of("better", better))
    outcomes = {each.metric: (each.wins, each.ties, each.losses) for each in found if each.category is None}
    assert outcomes == {"ndcg": (0, 0, 4), "course:numf": (None, None, None), "clicks": (0, 0, 4)}
    overall = next(each for each in found if each.metric == "course:numf")
    assert (overall.means, overall.difference) == ((900, 5), 895)


def test_an_informative_metric_has_no_cost_chart_with_a_best_run(entry_of):
    (leaderboard,) = leaderboards([entry_of("a", {"ndcg": 0.1, "course:numf": 900})])
    views = {view: list(by_metric) for view, by_metric in charts(leaderboard).items()}
    both, ranking = ["ndcg", "course:numf"], ["ndcg"]
    assert views == {"categories": both, "spread": both, "seconds": ranking, "memory": ranking}


def test_what_a_comparison_tests_are_means(entry_of):
    entry = entry_of("a", {"ndcg": 0.1, "distinct_lists@10": 0.5, "course:numf": 3})
    assert list(shared_metrics(entry.metric_values, entry.metric_values)) == ["ndcg", "course:numf"]


def test_a_metric_that_no_plug_in_brings_is_shown_by_its_stored_traits(entry_of):
    known = entry_of("a", {"ndcg": 0.1}).metric_values
    gone = type(known.traits["ndcg"])(name="gone", family="gone", definition="theirs", title="Gone", digits=1)
    values = MetricValues(known.pids, known.categories, {"gone": known.values["ndcg"] * 50}, {"gone": gone})
    (leaderboard,) = leaderboards([entry_of("a", values)])
    assert "Gone" in header_cells(leaderboard)
    assert "5.0 (5.0-5.0)" in body_cells(leaderboard)[0][0]
    assert metric_named("ndcg").traits.title == "NDCG"
