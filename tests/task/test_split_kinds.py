"""Runs on every kind of split: its default metrics, its record, and no leaderboard across kinds."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from harness.data import store
from harness.errors import DataError, HarnessError, ParameterError, RegistryError
from harness.identities import Holdout, as_builtins
from harness.metrics.catalogue import metrics_named
from harness.report.entries import leaderboard
from harness.report.foreign import SubmissionTarget, checked_against, scored, task_of
from harness.run import runs
from harness.run.options import Options
from harness.run.pipeline import evaluate
from harness.splits.plugins import create_split
from harness.task.split_options import SplitOptions
from harness.task.tasks import open_task, task_again, training_task
from harness.types import Catalog, Playlists

DEFAULTS = {
    "challenge": ["r_precision", "ndcg", "clicks"],
    "next-track": ["hit@10", "ndcg@10", "clicks"],
    "stratified": ["r_precision", "ndcg", "clicks"],
}


@pytest.fixture
def options(tmp_path):
    return Options(tmp_path / "runs")


@pytest.fixture
def untitled(playlists):
    """`playlists` without titles and artists, their tracks named as another service does, stored as `foreign`."""
    catalog = playlists.catalog
    n_tracks = catalog.n_tracks
    none = pl.DataFrame(schema={"uri": pl.String, "name": pl.String})
    tracks = pl.DataFrame({"uri": [f"track_{i}" for i in range(n_tracks)], "name": [""] * n_tracks})
    unknown = np.full(n_tracks, -1, np.int32)
    info = playlists.info.select("pid", pl.lit("").alias("name"))
    foreign = Playlists(info, playlists.tracks, Catalog(tracks, none, none, unknown, unknown, np.zeros_like(unknown)))
    return store.write_corpus(foreign, "foreign", {"kind": "test"})


@pytest.mark.parametrize("kind", DEFAULTS)
@pytest.mark.parametrize("holdout", Holdout)
def test_a_run_is_measured_by_what_suits_its_split_and_its_record_finds_it_again(corpus, options, kind, holdout):
    task = open_task(corpus.name, options=SplitOptions(kind, holdout, seed=3))
    record = evaluate(task, "popularity", options=options)
    assert list(record.definitions) == DEFAULTS[kind]
    challenge = record.challenge
    assert (challenge.split, challenge.holdout, challenge.seed) == (kind, holdout, 3)
    again = task_again(record.corpus, challenge)
    assert again.challenge_id == task.challenge_id
    assert again.challenge.pids.tolist() == task.challenge.pids.tolist()
    (board,) = leaderboard(options.runs)
    assert (board.challenge.label, list(board.ranked_by)) == (f"{kind} {holdout} seed 3", DEFAULTS[kind])


def test_splits_and_holdouts_stand_on_boards_of_their_own(corpus, options):
    for kind in DEFAULTS:
        for holdout in Holdout:
            evaluate(open_task(corpus.name, options=SplitOptions(kind, holdout)), "popularity", options=options)
    boards = leaderboard(options.runs)
    assert sorted(board.challenge.label for board in boards) == sorted(
        f"{kind} {holdout}" for kind in DEFAULTS for holdout in Holdout
    )
    assert [len(board.rows) for board in boards] == [1] * 6


def test_further_metrics_of_a_next_track_are_columns_and_give_no_points(corpus, options):
    task = open_task(corpus.name, options=SplitOptions(split="next-track"))
    for name, metrics in (("popularity", None), ("item-knn", metrics_named("hit@1,r_precision,clicks,ndcg@10,hit@10"))):
        evaluate(task, name, options=Options(options.runs, metrics=metrics))
    (board,) = leaderboard(options.runs)
    assert board.ranked_by == ("hit@10", "ndcg@10", "clicks")
    assert list(board.definitions) == ["hit@10", "ndcg@10", "clicks", "r_precision", "hit@1"]


def test_metrics_that_are_no_defaults_rank_where_nothing_else_was_measured(corpus, options):
    for kind in ("challenge", "next-track"):
        task = open_task(corpus.name, options=SplitOptions(split=kind))
        evaluate(task, "popularity", options=Options(options.runs, metrics=metrics_named("hit@3")))
    assert [board.ranked_by for board in leaderboard(options.runs)] == [("hit@3",)] * 2


def test_metrics_named_later_are_added_to_the_stored_values(corpus, options):
    task = open_task(corpus.name, options=SplitOptions(split="next-track"))
    first = evaluate(task, "popularity", options=options)
    added = evaluate(task, "popularity", options=Options(options.runs, metrics=metrics_named("hit@100")))
    assert added.run == first.run
    assert set(added.means) == {"hit@10", "ndcg@10", "clicks", "hit@100"}
    assert first.means.items() <= added.means.items()


@pytest.mark.parametrize("kind", DEFAULTS)
def test_a_corpus_without_titles_and_spotify_runs_is_validated_and_scored(untitled, options, kind):
    task = open_task(untitled.name, options=SplitOptions(split=kind))
    for name in ("title", "playlist-knn"):
        record = evaluate(task, name, options=options)
        path = options.runs / record.run / runs.SUBMISSION
        found = task_of(path, SubmissionTarget())
        assert checked_against(found, strict_corpus=True).corpus == "strict"
        entry, _ = scored(path, found, None)
        assert {name: entry.metric_values.overall(name) for name in record.means} == record.means


def test_neighbours_find_next_tracks_that_popularity_does_not(corpus, options):
    task = open_task(corpus.name, options=SplitOptions(split="next-track"))
    popularity = evaluate(task, "popularity", options=options).means
    for name in ("item-knn", "playlist-knn", "co-occurrence"):
        means = evaluate(task, name, options=options).means
        assert means["clicks"] < popularity["clicks"] - 5
        assert means["hit@10"] >= popularity["hit@10"]


def test_an_unknown_split_is_refused(corpus):
    with pytest.raises(RegistryError, match=r"no split 'stratifed', did you mean 'stratified'\?"):
        open_task(corpus.name, options=SplitOptions(split="stratifed"))


@pytest.mark.parametrize("name", ["per_category", "keep_repeats"])
@pytest.mark.parametrize("split", ["next-track", "stratified"])
def test_parameters_of_the_challenge_go_with_no_other_split(corpus, split, name):
    with pytest.raises(ParameterError, match=f"split '{split}' has no parameter '{name}'; it has "):
        open_task(corpus.name, options=SplitOptions(split=split, params={name: 3}))


@pytest.mark.parametrize("holdout", [*Holdout, "train"])
def test_a_record_finds_the_split_of_a_file_again(corpus, options, tmp_path, monkeypatch, holdout):
    source = Path(__file__).parents[1] / "plugin" / "half_split.py"
    (tmp_path / "mine.py").write_text(source.read_text().replace("half-split", "my-half"))
    monkeypatch.chdir(tmp_path)
    chosen = SplitOptions("./mine.py:HalfSplit", Holdout.validation, params={"every": 20})
    if holdout == "train":
        task = training_task(store.open_corpus(corpus.name), chosen)
    else:
        task = open_task(corpus.name, options=replace(chosen, holdout=holdout))
    challenge = evaluate(task, "popularity", options=options).challenge
    assert (challenge.split, challenge.plugin) == ("my-half", f"{tmp_path / 'mine.py'}:HalfSplit")
    monkeypatch.chdir("/")
    assert task_again(task.corpus, challenge).challenge_id == task.challenge_id
    (board,) = leaderboard(options.runs)
    assert list(board.ranked_by) == ["recall@100", "ndcg"]


def test_the_record_of_a_registered_split_names_no_file(corpus, options):
    task = open_task(corpus.name, options=SplitOptions("next-track"))
    challenge = evaluate(task, "popularity", options=options).challenge
    assert "plugin" not in as_builtins(challenge)


def test_a_split_whose_holdouts_have_another_name_is_refused(corpus, tmp_path):
    source = Path(__file__).parents[1] / "plugin" / "half_split.py"
    (tmp_path / "right.py").write_text(source.read_text().replace("half-split", "my-half"))
    task = open_task(corpus.name, options=SplitOptions(f"{tmp_path / 'right.py'}:HalfSplit"))
    assert task.challenge_id.split == "my-half"
    wrong = source.read_text().replace('split("half-split"', 'split("my-half"')
    (tmp_path / "wrong.py").write_text(wrong)
    line = "split 'my-half' cuts holdouts of a split 'half-split': make the name in Holdouts 'my-half'"
    for _ in range(2):  # nothing was stored
        with pytest.raises(RegistryError) as error:
            open_task(corpus.name, options=SplitOptions(f"{tmp_path / 'wrong.py'}:HalfSplit"))
        assert str(error.value) == line


def _half_split(folder, old, new):
    """A file with the split of the guide, changed in one place."""
    source = (Path(__file__).parents[1] / "plugin" / "half_split.py").read_text()
    assert old in source
    (folder / "changed.py").write_text(source.replace(old, new))
    return SplitOptions(f"{folder / 'changed.py'}:HalfSplit")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "for holdout in (0, 1)",
            "for holdout in (0, 0)",
            r"split 'half-split': playlist \d+ is both in validation and in test \(\d+ are\): use each in one",
        ),
        (
            "position == holdout",
            "position < -1",
            "split 'half-split', validation: no playlist is held out: change the split's parameters or use a larger .+",
        ),
        (
            "rows[usable],",
            "rows[usable] + len(playlists),",
            r"split 'half-split', validation: rows has \d+: the corpus has rows 0 to \d+",
        ),
        (
            "rows[usable],",
            "rows[usable] * 0,",
            r"split 'half-split', validation: playlist \d+ is held out more than once: make rows distinct",
        ),
        (
            "withheld.take(usable)",
            "seeds.take(usable)",
            r"split 'half-split', validation: playlist \d+ has a withheld track that is also a seed: no list may .+",
        ),
        (
            "withheld.take(usable)",
            "withheld.from_rows([[*row, *row] for row in map(withheld.row, usable)])",
            r"split 'half-split', validation: playlist \d+ has a track withheld twice: make withheld tracks distinct",
        ),
        (
            "withheld.take(usable)",
            "withheld.from_rows([[10**9]] * len(usable))",
            r"split 'half-split', validation: withheld has track 1000000000: the catalog has 0 to \d+",
        ),
        (
            "withheld.take(usable)",
            "harness.Ragged.empty(len(usable))",
            r"split 'half-split', validation: playlist \d+ has no withheld track: leave it in the training set",
        ),
        (
            "positions.take(usable)",
            "harness.Ragged.empty(len(usable))",
            "split 'half-split', validation: positions and seeds have rows of different lengths: give each seed .+",
        ),
        (
            'return harness.Holdouts("half-split", seed, {"every": self.every}, *holdouts, {}, {})',
            "return None",
            "split 'half-split': `cut` returned NoneType: return harness.Holdouts",
        ),
        (
            "*holdouts, {}, {})",
            "None, None, {}, {})",
            "split 'half-split', validation: NoneType stands for the holdout: give Holdouts a harness.LocalChallenge",
        ),
        (
            "seed, {",
            "seed, {'n': np.int64(3), ",
            r"split 'half-split': params, omitted or dropped of Holdouts is no JSON \(.*int64.*\): convert NumPy .+",
        ),
        (
            'metrics=("recall@100", "ndcg"))\nclass HalfSplit:\n',
            'metrics=("ndcg",), train_keeps_beginnings=True)\nclass HalfSplit:\n    training = lambda *a: a["a"]\n',
            r"split 'half-split': TypeError: tuple indices must be .+ \(changed.py, line \d+\)",
        ),
        ("(0, 1)\n", "{}['a']\n", r"split 'half-split': KeyError: 'a' \(changed.py, line \d+\)"),
        (
            "rows[usable],",
            "rows[usable].astype(float),",
            r"split 'half-split': rows must be 1-dimensional int64, not .+ float64 \(changed.py, line \d+\)",
        ),
    ],
)
def test_a_split_that_breaks_a_rule_is_refused_each_time(corpus, tmp_path, old, new, line):
    options = _half_split(tmp_path, old, new)
    for _ in range(2):
        with pytest.raises(HarnessError) as error:
            open_task(corpus.name, options=options)
        assert re.fullmatch(line, str(error.value))


@pytest.mark.parametrize("kind", ["challenge", "next-track", "stratified"])
def test_a_corpus_that_is_too_small_is_reported_with_the_split(handmade, kind):
    small = store.write_corpus(handmade([[0, 1, 2]] * 5), "small", {"kind": "test"})
    with pytest.raises(DataError, match=f"^split '{kind}': a corpus of 5 playlists is too small [^()]+$"):
        open_task(small.name, options=SplitOptions(kind))


def test_the_challenge_split_may_withhold_tracks_that_are_seeds(corpus):
    task = open_task(corpus.name, options=SplitOptions("challenge", params={"keep_repeats": True}))
    assert np.isin(task.judged[1].pairs, task.challenge.seeds.pairs).any()


@pytest.mark.parametrize("every", [0, 1, 2])
def test_the_split_of_the_guide_refuses_parameters_that_leave_no_training_set(every):
    file = Path(__file__).parents[1] / "plugin" / "half_split.py"
    with pytest.raises(ParameterError, match=f"every={every} does not fit, int, at least 3 is needed"):
        create_split(f"{file}:HalfSplit", {"every": every})
