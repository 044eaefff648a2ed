"""A submission that violates a rule cannot be constructed."""

import numpy as np
import pytest

from harness.errors import SubmissionError
from harness.ragged import NO_ID
from harness.submission.submission import Submission


def refusal(challenge, tracks):
    with pytest.raises(SubmissionError) as error:
        Submission(challenge, tracks)
    return str(error.value)


def uri(challenge, track):
    return challenge.catalog.tracks["uri"][int(track)]


def test_lists_that_keep_every_rule_are_held_read_only(challenge, tracks):
    held = Submission(challenge, tracks).tracks
    assert np.array_equal(held, tracks)
    assert not held.flags.writeable


def test_a_list_is_as_long_as_the_rules_say(challenge, tracks):
    assert "has shape (10, 500) int32, not (10, 499) int32" in refusal(challenge, tracks[:, 1:])
    assert "not (10, 500) int64" in refusal(challenge, tracks.astype(np.int64))
    assert "not (9, 500) int32" in refusal(challenge, tracks[1:])


def test_a_missing_track_is_refused(challenge, tracks):
    lists = tracks.copy()
    lists[3, -1] = NO_ID
    assert refusal(challenge, lists) == (
        f"playlist {challenge.pids[3]}, track 500 (id -1) is missing: a list has 500 tracks"
    )


def test_an_id_outside_the_catalog_is_refused(challenge, tracks):
    lists = tracks.copy()
    n_tracks = challenge.catalog.n_tracks
    lists[2, 6] = n_tracks
    assert refusal(challenge, lists) == (
        f"playlist {challenge.pids[2]}, track 7 (id {n_tracks}) is not a track: ids of the catalog are below {n_tracks}"
    )


def test_a_repeated_track_is_refused_at_its_second_position(challenge, tracks):
    lists = tracks.copy()
    lists[[4, 6], 9] = lists[[4, 6], 2]
    assert refusal(challenge, lists) == (
        f"playlist {challenge.pids[4]}, track 10 ({uri(challenge, lists[4, 2])}) occurs earlier in the list: "
        "the tracks of a list are distinct (also broken in 1 more playlists)"
    )


def test_a_seed_is_refused(challenge, tracks):
    lists = tracks.copy()
    row = int(np.flatnonzero(challenge.seeds.lengths)[-1])
    lists[row, 0] = challenge.seeds.row(row)[0]
    assert refusal(challenge, lists) == (
        f"playlist {challenge.pids[row]}, track 1 ({uri(challenge, lists[row, 0])}) is a seed: "
        "a list has none of its playlist's seeds"
    )


def test_the_seed_of_another_playlist_is_allowed(challenge, tracks):
    lists = tracks.copy()
    others = np.setdiff1d(challenge.seeds.row(9), np.union1d(challenge.seeds.row(1), lists[1]))
    lists[1, 0] = others[0]
    Submission(challenge, lists)
