"""A contest made here is read like the official one."""

import json

import numpy as np
import pytest

from harness.data.challenge_set import read_answers, read_challenge
from harness.data.importing import import_corpus
from harness.errors import DataError
from harness.identities import Holdout
from harness.splits.challenge import ChallengeSplit
from harness.synthetic import Model, generate
from harness.task.contest import write_contest


@pytest.fixture(scope="module")
def contest(tmp_path_factory):
    """A corpus that fills all ten categories, and the folder of its contest."""
    playlists = generate(1_500, seed=1, model=Model.small())
    folder = tmp_path_factory.mktemp("contest")
    write_contest(playlists, folder)
    return playlists, folder


def test_a_corpus_too_small_for_a_contest_is_refused(handmade, tmp_path):
    with pytest.raises(DataError, match="a corpus of 2 playlists is too small for a contest: make one of 100 or more"):
        write_contest(handmade([[0, 1], [1, 2]]), tmp_path)


def of(challenge, ragged, row):
    return challenge.catalog.tracks["uri"][ragged.row(row)].to_list()


def test_what_was_drawn_is_found_again(contest):
    playlists, folder = contest
    draws = ChallengeSplit().cut(playlists, 0)
    split = draws.split_of(playlists, Holdout.test)
    train = import_corpus(folder, "train", n_workers=1).playlists()
    challenge = read_challenge(folder / "challenge_set.json", train.catalog)
    judged, withheld = read_answers(folder / "answers.json", challenge)
    assert sorted(set(challenge.categories.tolist())) == list(range(1, 11))
    assert challenge.categories.tolist() == split.challenge.categories.tolist()
    assert challenge.pids.tolist() == (split.challenge.pids + 1_000_000).tolist()
    assert challenge.info["name"].equals(split.challenge.info["name"])
    assert challenge.info["num_holdouts"].to_list() == split.withheld.lengths.tolist()
    for row in range(len(challenge)):
        assert of(challenge, challenge.seeds, row) == of(split.challenge, split.challenge.seeds, row)
        assert of(judged, withheld, row) == of(split.challenge, split.withheld, row)
    assert judged.catalog.n_tracks == challenge.catalog.n_tracks  # what is withheld occurs in train
    assert not np.isin(challenge.pids, train.info["pid"].to_numpy()).any()


def test_seeds_stand_where_they_stood(contest):
    playlists, folder = contest
    rows = {pid: row for row, pid in enumerate(playlists.info["pid"].to_list())}
    uris = playlists.catalog.tracks["uri"].to_list()
    for each in json.loads((folder / "challenge_set.json").read_text())["playlists"]:
        whole = playlists.tracks.row(rows[each["pid"] - 1_000_000])
        assert [uris[whole[entry["pos"]]] for entry in each["tracks"]] == [
            entry["track_uri"] for entry in each["tracks"]
        ]
        assert each["num_samples"] == len(each["tracks"])
        assert each["num_samples"] + each["num_holdouts"] == each["num_tracks"]
        assert ("name" in each) == (each.get("name") is not None)


def test_the_contest_shows_nothing_of_the_answers(contest):
    _, folder = contest
    answers = json.loads((folder / "answers.json").read_text())
    for each in json.loads((folder / "challenge_set.json").read_text())["playlists"]:
        seeds = {entry["track_uri"] for entry in each["tracks"]}
        assert not seeds & set(answers[str(each["pid"])])
    trained = {path.name for path in (folder / "data").iterdir()}
    pids = {row["pid"] for name in trained for row in json.loads((folder / "data" / name).read_text())["playlists"]}
    assert not pids & {int(pid) - 1_000_000 for pid in answers}
