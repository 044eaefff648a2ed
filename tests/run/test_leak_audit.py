import dataclasses

import numpy as np
import polars as pl
import pytest

from harness.errors import DataError
from harness.metrics.catalogue import default_metrics
from harness.metrics.values import measure_lists
from harness.ragged import NO_ID, Ragged
from harness.run.leak_audit import audit
from harness.task.tasks import open_task
from harness.types import Playlists

CLEAN = "leak audit: no withheld entry was in the training set, no seed is in any list"


@pytest.fixture
def task(corpus):
    return open_task(corpus.name)


def answers(task, n=500):
    """Lists that begin with what was withheld."""
    challenge, withheld = task.judged
    lists = np.full((len(challenge), n), NO_ID, np.int32)
    for row in range(len(challenge)):
        lists[row, : len(withheld.row(row))] = withheld.row(row)
    return lists


def test_what_was_checked_is_one_line(task):
    assert audit(task, answers(task), None) == [f"{CLEAN}, no pid of the challenge is in the training set"]


def test_scores_far_above_all_that_was_published_are_warned_of(task):
    lists = answers(task)
    scores = measure_lists(lists, *task.judged, default_metrics())
    lines = audit(task, lists, scores)
    categories = set(scores.categories.tolist())
    assert len(lines) == 1 + len(categories)
    assert lines[1].startswith("warning: R-precision 1.000 in category ")


def test_a_seed_in_a_list_is_a_leak(task):
    lists = answers(task)
    row = int(np.flatnonzero(task.challenge.seeds.lengths)[0])
    lists[row, 0] = task.challenge.seeds.row(row)[0]
    with pytest.raises(DataError, match=r"^leak: a list has a seed"):
        audit(task, lists, None)


def with_training_playlist(task, pid, tracks):
    """The task, its first training playlist changed."""
    train = task.train
    info = train.info.with_columns(
        pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(pid, pl.Int64)).otherwise(pl.col("pid")).alias("pid")
    )
    rows = Ragged.from_rows([tracks, *(train.tracks.row(row) for row in range(1, len(train)))])
    return dataclasses.replace(task, train=Playlists(info, rows, train.catalog))


def test_a_withheld_track_in_the_training_set_is_a_leak(task):
    challenge, withheld = task.judged
    leaking = with_training_playlist(task, int(challenge.pids[0]), withheld.row(0))
    with pytest.raises(DataError, match="in the training set with a track withheld from it"):
        audit(leaking, answers(task), None)


def test_a_playlist_in_both_is_a_leak_but_for_the_beginnings_of_next_track(task):
    other = with_training_playlist(task, int(task.challenge.pids[0]), [])
    with pytest.raises(DataError, match="is both in the training set and in the challenge"):
        audit(other, answers(task), None)
    beginnings = dataclasses.replace(other, train_keeps_beginnings=True)
    assert audit(beginnings, answers(task), None) == [CLEAN]


def test_without_answers_the_lists_alone_are_checked(task):
    unknown = dataclasses.replace(task, judged=None)
    assert audit(unknown, answers(task), None) == [
        "leak audit: no seed is in any list; the withheld tracks are unknown"
    ]


def with_complete_copies(task, n):
    """The task, with n of its playlists complete in the training set, under new pids and in another order."""
    challenge, withheld = task.judged
    whole = [np.concatenate([withheld.row(row), challenge.seeds.row(row)]) for row in range(n)]
    pids = int(task.train.info["pid"].max()) + 1_000_000 + np.arange(n)
    info = task.train.info[:n].with_columns(pid=pl.Series(pids, dtype=pl.Int64))
    rows = Ragged.from_rows([*(task.train.tracks.row(row) for row in range(len(task.train))), *whole])
    return dataclasses.replace(task, train=Playlists(pl.concat([task.train.info, info]), rows, task.train.catalog))


def test_complete_playlists_of_the_challenge_under_other_pids_are_warned_of(task):
    copied = with_complete_copies(task, len(task.challenge))
    n = int((task.judged[0].seeds.lengths + task.judged[1].lengths >= 10).sum())
    (warning,) = audit(copied, answers(task), None)[1:]
    assert warning.startswith(f"warning: {n} of {n} playlists stand in the training set with all of their tracks, ")


def test_a_complete_playlist_that_stands_alone_is_coincidence(task):
    assert len(audit(with_complete_copies(task, 1), answers(task), None)) == 1
