"""Values in notebooks: short texts without tracks or arrays, escaped HTML, tables in polars and pandas."""

import numpy as np
import polars as pl
import pytest

from harness import notebook
from harness.data import store
from harness.errors import MissingExtraError
from harness.identities import ChallengeKey, CorpusId, Holdout
from harness.metrics.catalogue import metric_named
from harness.metrics.evaluation import evaluate_lists
from harness.metrics.values import MetricValues
from harness.report.comparison import Comparison, Difference
from harness.report.entry import Entry
from harness.report.leaderboard import leaderboards
from harness.splits.challenge import ChallengeSplit
from harness.task.split_options import SplitOptions
from harness.task.tasks import local_task
from harness.types import Challenge, Playlists, Ranked, Split

LONGEST = 400
HOSTILE = '<img src=x onerror="x()"> \u202e\x1b'


@pytest.fixture
def values(playlists, split):
    """One value of each kind that a notebook may show, by its type's name."""
    task = local_task(store.write_corpus(playlists, "small", {"kind": "test"}), SplitOptions())
    holdouts = ChallengeSplit().cut(playlists, 0)
    lists = np.arange(len(split.challenge) * 20, dtype=np.int32).reshape(-1, 20) % 100
    evaluation = evaluate_lists(lists, split.challenge, split.withheld)
    names = ("r_precision", "ndcg", "clicks")
    metrics = {name: metric_named(name) for name in names}
    scores = MetricValues(
        split.challenge.pids,
        split.challenge.categories,
        {name: metric.compute(evaluation) for name, metric in metrics.items()},
        {name: metric.traits for name, metric in metrics.items()},
    )
    entries = [
        Entry(f"{name}-1", name, {"k": 5}, CorpusId("c", "f"), ChallengeKey("challenge", "s"), scores)
        for name in ("a", "b")
    ]
    difference = Difference("ndcg", None, (0.2, 0.1), 0.1, (0.0, 0.2), 0.04, 0.5, 3, 2, 1)
    comparison = Comparison(("a-1", "b-1"), "c, challenge", 6, {"ndcg": metrics["ndcg"].traits}, (difference,))
    ranked = Ranked(lists, np.zeros(lists.shape, np.float32))
    return {
        type(value).__name__: value
        for value in (
            *(task, split, playlists, split.challenge, split.withheld, playlists.catalog, holdouts, holdouts.test),
            *(evaluation, scores, ranked, entries[0], leaderboards(entries)[0], comparison),
        )
    }


def test_the_text_of_every_value_is_short_and_names_no_withheld_track(values, split):
    uris = split.challenge.catalog.tracks["uri"]
    for name, value in values.items():
        text = repr(value)
        assert text.startswith(f"{name}(")
        assert len(text) < LONGEST, name
        assert "array" not in text, name
        assert "spotify:" not in text, name
    withheld_only = np.setdiff1d(split.withheld.values, split.challenge.seeds.values)
    shown = "".join(values[name]._repr_html_() for name in ("Task", "Split", "Challenge", "Ragged", "Evaluation"))
    assert not [uri for uri in uris[withheld_only].to_list() if uri in shown]


def test_the_text_of_a_value_states_its_facts(values, playlists, split):
    counts = f"n_playlists=600, n_entries={len(playlists.tracks.values)}, n_tracks={playlists.catalog.n_tracks}"
    assert repr(playlists) == f"Playlists({counts})"
    sizes = f"n_train={len(split.train)}, n_playlists={len(split.challenge)}, n_withheld={len(split.withheld.values)}"
    assert repr(split) == f"Split({sizes})"
    assert repr(values["Task"]).startswith("Task(corpus='small', challenge='challenge validation', n_train=")
    assert repr(values["Comparison"]).endswith("n_playlists=6, differences={ndcg: 0.1})")
    assert "runs=['a-1', 'b-1']" in repr(values["Leaderboard"])


def test_tables_have_one_row_per_entry(playlists, split):
    table = playlists.to_polars()
    assert table.columns == ["pid", "title", "position", "track_uri", "track_name", "artist_name"]
    assert table.height == len(playlists.tracks.values)
    row, place = 7, 2
    track = int(playlists.tracks.row(row)[place])
    pid, title = playlists.info.select("pid", "name").row(row)
    expected = (pid, title, place, *playlists.catalog.tracks.select("uri", "name").row(track))
    found = table.row(int(playlists.tracks.indptr[row]) + place)
    assert found == (*expected, playlists.catalog.artist_names(np.array([track], np.int32))[0])
    assert split.challenge.to_polars().height == len(split.challenge.seeds.values)


def test_an_unknown_artist_is_null(handmade):
    playlists = handmade([[0, 1]])
    catalog = playlists.catalog
    unknown = type(catalog)(
        catalog.tracks,
        catalog.artists,
        catalog.albums,
        np.array([-1, 0], np.int32),
        catalog.album_of,
        catalog.duration_ms,
    )
    assert unknown.describe(np.array([0, 1, 0], np.int32))["artist_name"].to_list() == [None, "x", None]


def test_values_and_leaderboards_are_tables(values):
    scores = values["MetricValues"].to_polars()
    assert scores.columns == ["pid", "category", "r_precision", "ndcg", "clicks"]
    assert scores["ndcg"].to_numpy().tolist() == values["MetricValues"].values["ndcg"].tolist()
    board = values["Leaderboard"].to_polars()
    assert board["run"].to_list() == ["a-1", "b-1"]
    assert board["rank"].to_list() == [1, 1]
    assert board["ndcg"].to_list() == [pytest.approx(scores["ndcg"].mean())] * 2
    assert (board["ndcg_low"] <= board["ndcg"]).all()
    assert board["params"].to_list() == ['{"k": 5}'] * 2
    (row,) = values["Comparison"].to_polars().iter_rows(named=True)
    assert (row["metric"], row["difference"], row["low"], row["wins"]) == ("ndcg", 0.1, 0.0, 3)


def test_pandas_has_the_same_table(values):
    pytest.importorskip("pandas")
    board = values["Leaderboard"]
    assert (
        pl.from_pandas(board.to_pandas())
        .select("run", "ndcg", "params")
        .equals(board.to_polars().select("run", "ndcg", "params"))
    )


def test_without_pandas_there_is_one_clear_line(playlists, monkeypatch):
    monkeypatch.setattr(notebook, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError) as caught:
        playlists.to_pandas()
    assert str(caught.value) == "pandas is not installed: run pip install pandas, or use to_polars()"


@pytest.mark.parametrize("name", ["Playlists", "Challenge", "MetricValues", "Leaderboard", "Comparison"])
def test_html_shows_the_first_rows_only(values, name):
    html = values[name]._repr_html_()
    assert html.count("<tr>") == 1 + min(values[name].to_polars().height, notebook.ROWS_SHOWN)
    assert len(html) < 10_000


def test_html_escapes_every_text(handmade):
    playlists = handmade([[0, 1, 2]], [HOSTILE])
    challenge = Challenge(
        pl.DataFrame({"pid": [1], "name": [HOSTILE], "num_holdouts": [1], "category": [0]}),
        playlists.tracks,
        playlists.catalog,
    )
    board = leaderboards(
        [Entry(HOSTILE, HOSTILE, {HOSTILE: 1}, CorpusId(HOSTILE, ""), ChallengeKey(HOSTILE, ""), None)]
    )[0]
    for value in (playlists, challenge, board):
        html = value._repr_html_()
        assert "<img" not in html
        assert "&lt;img" in html
        assert "\u202e" not in html
        assert "\x1b" not in html


def test_the_first_rows_of_many_playlists_do_not_need_the_whole_table(playlists, monkeypatch):
    heights = []
    whole = Playlists.to_polars

    def counted(self):
        heights.append(len(self))
        return whole(self)

    monkeypatch.setattr(Playlists, "to_polars", counted)
    playlists._repr_html_()
    assert heights == [notebook.ROWS_SHOWN]


def test_empty_values_have_texts_and_tables(handmade):
    empty = handmade([[0]]).take(np.array([], np.int64))
    assert repr(empty) == "Playlists(n_playlists=0, n_entries=0, n_tracks=1)"
    assert empty.to_polars().height == 0
    assert empty._repr_html_().count("<tr>") == 1


def test_a_holdout_names_no_tracks(playlists):
    holdouts = ChallengeSplit().cut(playlists, 0)
    assert isinstance(holdouts.split_of(playlists, Holdout.test), Split)
    assert repr(holdouts).startswith("Holdouts(split='challenge', seed=0, n_validation=")
