"""Theme metrics of a run: true titles, shared groups, and what is refused before anything is fitted."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from harness.data import store
from harness.errors import DataError
from harness.metrics.catalogue import metric_named, metrics_named
from harness.metrics.metric import metric
from harness.metrics.theme import THEMES
from harness.metrics.values import MetricValues
from harness.run import metric_data as module
from harness.run.metric_data import check_metrics, metric_data
from harness.run.options import Options
from harness.run.pipeline import evaluate
from harness.task.tasks import open_task


@pytest.fixture
def task(corpus):
    return open_task(corpus.name)


def test_titles_are_the_true_ones_even_where_the_challenge_hides_them(task, playlists):
    groups = metric_data(task, [metric_named("theme:any")])["groups"]
    name_of = dict(playlists.info.select("pid", "name").iter_rows())
    assert list(groups.titles) == [name_of[pid] for pid in task.challenge.pids.tolist()]
    assert any(not shown and true for shown, true in zip(task.challenge.names, groups.titles, strict=True))


def test_runs_of_one_task_share_the_groups(task):
    assert metric_data(task, [metric_named("theme:any")])["groups"] is module._groups(task)


def test_all_themes_are_measured_and_popularity_reaches_its_own_baseline(task, tmp_path):
    metrics = metrics_named("theme:all,theme_popularity:any,r_precision")
    record = evaluate(task, "popularity", options=Options(tmp_path, metrics=metrics))
    values = MetricValues.load(tmp_path / record.run / "values.parquet")
    assert set(values.values) >= {f"theme:{word}" for word in THEMES}
    assert values.measured("theme:any").any()
    assert record.means.keys() == {name for name in values.values if values.measured(name).any()}
    assert 0 < record.means["theme:any"] <= 1
    assert record.means["theme:any"] == pytest.approx(record.means["theme_popularity:any"], abs=0.05)
    again = evaluate(task, "popularity", options=Options(tmp_path, metrics=metrics))
    assert again == record


@metric("title_length", title="Length", needs=("groups",), informative=True)
def title_length(evaluation, *, groups):
    """Characters of the true title."""
    assert len(evaluation) == len(groups.titles)
    return np.array([len(title) for title in groups.titles], np.float64)


def test_a_metric_without_a_word_can_need_the_groups(task, tmp_path):
    record = evaluate(task, "popularity", options=Options(tmp_path, metrics=[title_length]))
    titles = metric_data(task, [metric_named("theme:any")])["groups"].titles
    assert record.means["title_length"] == pytest.approx(sum(map(len, titles)) / len(titles))


def test_a_word_that_no_title_has_is_refused(task):
    with pytest.raises(DataError) as caught:
        check_metrics(task, [metric_named("theme:xylophone")])
    assert str(caught.value) == (
        "metric 'theme:xylophone' (log-odds): no playlist of the challenge has 'xylophone' in its title "
        "(0 training playlists do): take another word"
    )


def test_a_corpus_without_titles_is_refused(playlists):
    info = playlists.info.with_columns(name=pl.lit(" "))
    store.write_corpus(replace(playlists, info=info), "untitled", {"kind": "test"})
    with pytest.raises(DataError) as caught:
        check_metrics(open_task("untitled", options=None), [metric_named("theme:any")])
    assert str(caught.value) == (
        "metric 'theme:any' (log-odds) needs titles, and corpus 'untitled' has none: leave it out"
    )
