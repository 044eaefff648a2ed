"""The lists of a recommender are checked: each violation names the playlist and the rule."""

import numpy as np
import polars as pl
import pytest

from harness.errors import ContractError
from harness.ragged import NO_ID, Ragged
from harness.run.contract import check
from harness.types import Catalog, Challenge, Ranked

N_TRACKS = 10
"""Of the training catalog; the challenge's own seed 10 is unknown to it."""


@pytest.fixture(scope="module")
def challenge():
    uris = pl.DataFrame({"uri": [f"t{i}" for i in range(12)], "name": [""] * 12})
    nothing = np.full(12, NO_ID, np.int32)
    info = pl.DataFrame(
        {"pid": [70, 71, 72], "name": ["a", None, ""], "num_holdouts": [1, 1, 1], "category": [0, 0, 0]}
    )
    catalog = Catalog(uris, uris, uris, nothing, nothing, np.zeros(12, np.int32))
    return Challenge(info, Ragged.from_rows([[0, 10], [], [1]]), catalog)


def ranked(*rows, scores=None):
    tracks = np.array(rows, np.int32)
    return Ranked(tracks, np.ones(tracks.shape, np.float32) if scores is None else np.array(scores, np.float32))


VALID = ([1, 2, 3], [0, 9, NO_ID], [NO_ID, NO_ID, NO_ID])


def refusal(challenge, answer, k=3):
    with pytest.raises(ContractError) as caught:
        check(answer, challenge, N_TRACKS, k, "mine")
    return str(caught.value)


def test_a_valid_answer_is_given_back(challenge):
    answer = ranked(*VALID)
    assert check(answer, challenge, N_TRACKS, 3, "mine") is answer
    assert check(answer, challenge, N_TRACKS, 500, "mine") is answer, "a list may be narrower than k"
    infinite = ranked(*VALID, scores=[[np.inf, 1, -np.inf]] * 3)
    assert check(infinite, challenge, N_TRACKS, 3, "mine") is infinite


def test_another_type_is_refused(challenge):
    assert refusal(challenge, np.array(VALID)) == "mine: recommend must return harness.Ranked, not ndarray"


@pytest.mark.parametrize(("rows", "k"), [(VALID[:2], 3), (VALID, 2), ((*VALID, VALID[0]), 3)])
def test_another_shape_is_refused(challenge, rows, k):
    assert refusal(challenge, ranked(*rows), k) == (
        f"mine: lists of shape ({len(rows)}, 3) for 3 playlists and k = {k}; "
        "return one row per playlist, at most k wide"
    )


@pytest.mark.parametrize(
    ("row", "rank", "track", "rule"),
    [
        ([1, 10, 3], 2, 10, "is not an id of the training catalog (0 to 9)"),
        ([1, 2, -2], 3, -2, "is not an id of the training catalog (0 to 9)"),
        ([1, NO_ID, 3], 2, -1, "comes before a track: only the end of a list may be -1"),
        ([1, 2, 0], 3, 0, "is a seed of the playlist"),
        ([5, 6, 5], 3, 5, "occurs twice in the list"),
    ],
)
def test_a_faulty_track_is_named_with_playlist_rank_and_rule(challenge, row, rank, track, rule):
    assert refusal(challenge, ranked(row, *VALID[1:])) == f"mine: playlist 70, rank {rank}: track {track} {rule}"


def test_a_score_of_nan_is_refused_but_not_beside_no_track(challenge):
    scores = [[1, 1, 1], [1, np.nan, np.nan], [np.nan] * 3]
    assert refusal(challenge, ranked(*VALID, scores=scores)) == "mine: playlist 71, rank 2: track 9 has the score NaN"
    scores[1][1] = 1
    check(ranked(*VALID, scores=scores), challenge, N_TRACKS, 3, "mine")


def test_a_score_above_the_one_before_it_is_refused_but_not_beside_no_track(challenge):
    scores = [[3, 2, 2], [1, 2, 5], [0, 1, 2]]
    assert refusal(challenge, ranked(*VALID, scores=scores)) == (
        "mine: playlist 71, rank 2: track 9 has a higher score than the track before it: lists are best first"
    )
    scores[1] = [2, 2, 5]
    check(ranked(*VALID, scores=scores), challenge, N_TRACKS, 3, "mine")


def test_the_first_playlist_at_fault_is_named_and_the_others_are_counted(challenge):
    answer = ranked([1, 2, 3], [4, 4, 5], [6, 6, 6])
    assert refusal(challenge, answer) == (
        "mine: playlist 71, rank 2: track 4 occurs twice in the list (and in 1 more playlists)"
    )


def test_a_challenge_without_playlists_takes_an_empty_answer(challenge):
    nobody = challenge.take(np.zeros(3, np.bool_))
    check(Ranked.empty(0, 3), nobody, N_TRACKS, 3, "mine")
    check(Ranked.empty(3, 0), challenge, N_TRACKS, 3, "mine")
