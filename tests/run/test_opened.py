"""Finished runs, opened: lists, values and submission; paths and metrics as text."""

import numpy as np
import polars as pl
import pytest

import harness
from harness.errors import DataError, HarnessError, ParameterError
from harness.kit.seeds import is_member
from harness.run.runs import VALUES


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path / "runs")


@pytest.fixture
def run(corpus, folder):
    return harness.evaluate(harness.open_task(corpus.name), "popularity", options=harness.Options(folder))


def test_a_run_has_the_name_means_and_folder_of_its_record(run, folder):
    assert run.folder.name == run.name == run.record.run
    assert str(run.folder.parent) == folder
    assert run.means == run.record.means
    assert list(run.means) == ["r_precision", "ndcg", "clicks"]


def test_the_text_of_a_run_is_short(run):
    ndcg = f"{run.means['ndcg']:.5g}"
    assert repr(run).startswith(f"Run(run='{run.name}', corpus='small', challenge='challenge validation', r_precision=")
    assert f"ndcg={ndcg}" in repr(run)
    assert repr(run.record) == repr(run).replace("Run(", "RunRecord(", 1)
    assert ndcg in run._repr_html_()


def test_the_values_of_a_run_have_its_means(run):
    values = run.values()
    assert {name: values.overall(name) for name in values.values} == run.means


def test_the_lists_of_a_run_are_a_table_with_hits(run):
    challenge, withheld = run.task.judged
    submission = run.submission()
    lists = run.lists()
    assert lists.columns == ["pid", "rank", "track_uri", "track_name", "artist_name", "hit"]
    assert lists.height == len(challenge) * 500
    assert lists["track_uri"].to_list() == challenge.catalog.tracks["uri"][submission.tracks.ravel()].to_list()
    assert np.array_equal(lists["hit"].to_numpy().reshape(-1, 500), is_member(submission.tracks, withheld))
    assert lists["hit"].sum() > 0
    first = run.lists(k=3)
    assert first["rank"].to_list() == [1, 2, 3] * len(challenge)
    assert first.equals(lists.filter(lists["rank"] <= 3))


def test_the_submission_of_a_run_is_a_table_without_hits(run):
    table = run.submission().to_polars()
    assert table.equals(run.lists().drop("hit"))
    assert run.submission()._repr_html_().count("<tr>") == 11


def test_a_run_is_opened_by_name_prefix_path_or_itself(run, folder):
    for named in (run.name, "popularity", run.folder, str(run.folder)):
        opened = harness.open_run(named, folder)
        assert (opened.name, opened.record) == (run.name, run.record)
    assert harness.open_run(run) is run
    assert harness.open_run(run.name, folder).lists(2).equals(run.lists(2)), "its task is opened again"


def test_an_unknown_run_is_named(run, folder):
    with pytest.raises(ParameterError, match=f"no run 'popularty' in {folder}, did you mean"):
        harness.open_run("popularty", folder)
    assert run.folder.is_dir()


def test_a_run_without_scores_has_lists_but_no_values(run, corpus, tmp_path):
    challenge = tmp_path / "challenge_set.json"
    challenge.write_text('{"playlists": [{"pid": 9000000, "name": "x", "num_holdouts": 5, "tracks": []}]}')
    task = harness.open_task(corpus.name, challenge=str(challenge))
    unscored = harness.evaluate(task, "popularity", options=harness.Options(run.folder.parent))
    assert "hit" not in unscored.lists().columns
    with pytest.raises(DataError, match="was not scored: the withheld tracks of its challenge are unknown"):
        unscored.values()
    assert not (unscored.folder / VALUES).exists()


def test_metrics_are_accepted_by_name(folder):
    by_text = harness.Options(folder, metrics="recall@10,clicks")
    assert [metric.name for metric in by_text.metrics] == ["recall@10", "clicks"]
    mixed = harness.Options(metrics=["recall@10", by_text.metrics[1], "clicks"])
    assert mixed.metrics == by_text.metrics
    with pytest.raises(ParameterError, match="no metric 'recal@10'"):
        harness.Options(metrics=["recal@10"])


@harness.metric("hit_share", title="Hits", definition="mine")
def hit_share(evaluation):
    return evaluation.hits.mean(axis=1)


@harness.metric("hit_share@k", title="Hits@{k}", definition="mine")
def hit_share_at(evaluation, k):
    return evaluation.hits[:, :k].mean(axis=1)


@harness.metric("ndcg", title="NDCG")
def other_ndcg(evaluation):
    return evaluation.hits.mean(axis=1)


def test_a_metric_of_a_session_is_accepted_as_its_function(corpus, folder):
    task = harness.open_task(corpus.name)
    for metrics in (hit_share, [hit_share], ["hit@10", hit_share]):
        run = harness.evaluate(task, "popularity", options=harness.Options(folder, metrics=metrics))
        assert 0 < run.means["hit_share"] < 1


@pytest.mark.parametrize(
    ("metrics", "line"),
    [
        ([len], "`metrics` has len, which is no metric: name one, or put @harness.metric above it"),
        (5, "`metrics` has 5, which is no metric: name one, or put @harness.metric above it"),
        (
            [hit_share_at],
            "metric 'hit_share@k' is no single metric: name it with its number, e.g. recall@10, file.py:FUNCTION@10",
        ),
        ([other_ndcg], "a distribution registers metric 'ndcg' already: choose another name"),
    ],
)
def test_what_is_no_single_metric_is_refused(folder, metrics, line):
    with pytest.raises(HarnessError) as error:
        harness.Options(folder, metrics=metrics)
    assert str(error.value) == line


def test_a_class_in_place_of_a_name_is_refused(corpus, folder):
    @harness.recommender("mine")
    class Mine:
        pass

    task = harness.open_task(corpus.name)
    with pytest.raises(ParameterError, match=r"^recommender Mine is no name: write a registered name or 'path/to/"):
        harness.evaluate(task, Mine, options=harness.Options(folder))


def test_a_comparison_takes_runs_names_and_paths(run, folder):
    title = harness.evaluate(run.task, "title", options=harness.Options(folder))
    comparison = harness.compare(run, title)
    assert comparison.runs == (run.name, title.name)
    again = harness.compare("popularity", str(title.folder), folder)
    assert repr(again.differences) == repr(comparison.differences), "NaN included"
    (overall,) = comparison.to_polars().filter(pl.col("category").is_null(), metric="ndcg").iter_rows(named=True)
    assert (overall["mean_a"], overall["mean_b"]) == (run.means["ndcg"], title.means["ndcg"])
    assert repr(comparison).startswith(f"Comparison(runs=('{run.name}', '{title.name}'), about='small, challenge valid")


def test_a_folder_of_runs_is_shown_as_tables(run, folder):
    boards = harness.leaderboard(folder)
    assert [row.entry.run for row in boards[0].rows] == [run.name]
    assert run.name in boards._repr_html_()
    assert harness.leaderboard(f"{folder}-none")._repr_html_() == ""
