"""Fixtures: a small challenge, lists for it, and their file."""

import numpy as np
import pytest

from harness.identities import Holdout
from harness.rules import TRACKS_PER_PLAYLIST
from harness.splits.challenge import ChallengeSplit
from harness.submission.header import Team
from harness.submission.submission import Submission
from harness.submission.writer import write_submission


@pytest.fixture(scope="session")
def team():
    return Team("Ünïted 🎧", "team@example.org", "creative")


@pytest.fixture(scope="session")
def challenge(playlists):
    """Ten incomplete playlists, one a category; the first has no seeds."""
    return ChallengeSplit(per_category=1).cut(playlists, 0).split_of(playlists, Holdout.test).challenge


@pytest.fixture(scope="session")
def tracks(challenge):
    """Lists that keep every rule, (n, 500)."""
    rng = np.random.default_rng(7)
    every_track = np.arange(challenge.catalog.n_tracks)
    free = [np.setdiff1d(every_track, challenge.seeds.row(row)) for row in range(len(challenge))]
    return np.array([rng.permutation(each)[:TRACKS_PER_PLAYLIST] for each in free], np.int32)


@pytest.fixture(scope="session")
def submission(challenge, tracks):
    return Submission(challenge, tracks)


@pytest.fixture(scope="session")
def valid(submission, team, tmp_path_factory):
    """The bytes of a valid submission in AIcrowd's form, plain."""
    path = tmp_path_factory.mktemp("valid") / "submission.csv"
    write_submission(submission, path, form="aicrowd", team=team)
    return path.read_bytes()
