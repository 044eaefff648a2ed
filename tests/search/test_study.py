"""A study on every part of a corpus, and the follower groups of the stratified split in it."""

from collections import Counter

import numpy as np
import polars as pl
import pytest

from harness.data import store
from harness.errors import DataError
from harness.identities import Holdout, LocalSplit, TrainingSample
from harness.metrics.catalogue import metrics_named
from harness.run.options import Options
from harness.run.runs import read_record
from harness.search.parts import Part
from harness.search.study import study, study_tasks
from harness.splits.training_sample import training_sample
from harness.task.split_options import SplitOptions
from harness.task.tasks import task_again
from harness.types import Playlists

N_COMMON = 300
STRATIFIED = SplitOptions("stratified")


@pytest.fixture
def titled(home, playlists):  # noqa: ARG001 - the corpus is kept in that folder
    """`playlists`: 300 of the 600 have the title `Common`, with 1 to 300 followers, the others a title each."""
    names = ["Common!" if row < N_COMMON else f"title {row}" for row in range(len(playlists))]
    followers = [7 * row % N_COMMON + 1 if row < N_COMMON else 1 for row in range(len(playlists))]
    info = playlists.info.with_columns(name=pl.Series(names), num_followers=pl.Series(followers, dtype=pl.Int64))
    return store.write_corpus(Playlists(info, playlists.tracks, playlists.catalog), "titled", {"kind": "test"})


@pytest.fixture
def tasks(titled):
    return study_tasks(titled.name, STRATIFIED, list(Part))


@pytest.mark.parametrize("part", [Part.validation, Part.test])
def test_each_follower_group_of_a_common_title_gives_its_tenth_to_a_holdout(titled, tasks, part):
    info = titled.playlists().info.filter(pl.col("pid").is_in(tasks[part].challenge.pids.tolist()))
    followers = info.filter(pl.col("name") == "Common!")["num_followers"].to_numpy()
    group_size = N_COMMON // 10
    assert Counter(((followers - 1) // group_size).tolist()) == dict.fromkeys(range(10), group_size // 10)


def test_all_parts_have_the_same_training_set(tasks):
    pids = [task.train.info["pid"].to_list() for task in tasks.values()]
    assert pids[0] == pids[1] == pids[2]


def test_the_training_part_consists_of_training_playlists_cut_like_the_holdout(tasks):
    task = tasks[Part.train]
    challenge, withheld = task.judged
    assert isinstance(task.challenge_id, TrainingSample)
    assert len(challenge) == len(tasks[Part.validation].challenge)
    assert set(challenge.seeds.lengths.tolist()) == {1}
    row_of = {pid: row for row, pid in enumerate(task.train.info["pid"].to_list())}
    for i, pid in enumerate(challenge.pids.tolist()):
        first, *rest = task.train.tracks.row(row_of[pid]).tolist()
        assert challenge.seeds.row(i).tolist() == [first]
        assert set(withheld.row(i).tolist()) <= set(rest) - {first}
        assert len(withheld.row(i))


def test_a_study_measures_every_part_and_its_runs_can_be_opened_again(tasks, tmp_path):
    options = Options(tmp_path, metrics=metrics_named("r_precision,course:match:share,course:diff:share"))
    studied = study(tasks, "popularity", {}, options)
    assert [one.part for one in studied] == list(Part)
    for one in studied:
        record = read_record(tmp_path / one.record.run)
        assert record.challenge == one.record.challenge == tasks[one.part].challenge_id
        again = task_again(record.corpus, record.challenge)
        assert again.challenge.info.equals(tasks[one.part].challenge.info)
    assert studied[0].record.audit == [
        "leak audit: no seed is in any list; the withheld tracks are in the training set by intention"
    ]
    assert len({one.record.run for one in studied}) == len(Part)


def test_what_is_learnt_by_heart_is_better_on_training_playlists(tasks, tmp_path):
    options = Options(tmp_path, metrics=metrics_named("r_precision"))
    train, validation, _ = study(tasks, "playlist-knn", {"neighbours": ["1"]}, options)
    assert train.values.overall("r_precision") > 2 * validation.values.overall("r_precision")


def test_a_part_is_a_holdout_or_a_training_sample(tasks):
    assert {Part(holdout) for holdout in Holdout} == set(Part) - {Part.train}
    assert isinstance(tasks[Part.test].challenge_id, LocalSplit)
    assert [task.challenge_id.label for task in tasks.values()] == [
        *("stratified train", "stratified validation", "stratified test")
    ]


def test_another_split_has_a_training_part_too(corpus, tmp_path):
    for split in ("challenge", "next-track"):
        task = study_tasks(corpus.name, SplitOptions(split), [Part.train])[Part.train]
        assert np.isin(task.challenge.pids, task.train.info["pid"].to_numpy()).all()
        (one,) = study({Part.train: task}, "popularity", {}, Options(tmp_path))
        assert one.record.challenge.split == split


def test_a_training_set_too_small_is_refused(handmade, challenge_with):
    train = handmade([[0, 1]])
    with pytest.raises(DataError, match="inner draw"):
        training_sample(train, challenge_with(train, [[0]]))
