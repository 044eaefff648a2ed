import numpy as np
import pytest

from harness.errors import DataError
from harness.metrics.evaluation import Evaluation, evaluate_lists
from harness.ragged import Ragged


def judged_of(tracks, withheld, n_tracks=10):
    return Evaluation(np.array(tracks, np.int32), Ragged.from_rows(withheld), np.full(n_tracks, -1, np.int32))


def test_hits_opening_and_answers_follow_from_lists_and_withheld_tracks():
    evaluation = judged_of([[4, 2, 7], [1, -1, -1], [-1, -1, -1]], [[7, 4], [0, 1, 2, 3], [5]])
    assert evaluation.hits.tolist() == [[True, False, True], [True, False, False], [False] * 3]
    assert evaluation.opening.tolist() == [[True, True, False], [True] * 3, [True, False, False]]
    assert evaluation.n_withheld.tolist() == [2, 4, 1]
    assert evaluation.answered.tolist() == [True, True, False]


def test_a_withheld_track_that_stands_twice_counts_once_and_keeps_the_order():
    evaluation = judged_of([[1, 2]], [[8, 1, 8, 0, 1]])
    assert evaluation.withheld.row(0).tolist() == [8, 1, 0]
    assert evaluation.n_withheld.tolist() == [3]


def test_arrays_cannot_be_written_to():
    evaluation = judged_of([[1, 2]], [[1]])
    for array in (evaluation.tracks, evaluation.hits, evaluation.opening, evaluation.n_withheld, evaluation.answered):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize(
    ("tracks", "withheld", "message"),
    [
        ([[1, 2]], [[1], [2]], "1 lists for 2 playlists: one row per playlist is needed"),
        ([[1, 10]], [[1]], "tracks must lie between -1 and 9, the catalog's last row"),
        ([[1, -2]], [[1]], "tracks must lie between -1 and 9, the catalog's last row"),
        ([[1, 2]], [[10]], "tracks must lie between -1 and 9, the catalog's last row"),
        ([[1, 2]], [[]], "row 0 has no withheld track"),
        ([[3, 4], [1, 1]], [[1], [1]], "row 1: a track occurs twice in the list; it must occur once"),
    ],
)
def test_what_does_not_agree_cannot_be_judged(tracks, withheld, message):
    with pytest.raises(DataError) as caught:
        judged_of(tracks, withheld)
    assert str(caught.value) == message


@pytest.mark.parametrize(("withheld", "more"), [([[1], []], ""), ([[], []], " (as have 1 more)")])
def test_a_playlist_without_withheld_tracks_is_named(withheld, more, challenge_of):
    tracks = np.array([[1], [2]], np.int32)
    with pytest.raises(DataError) as caught:
        evaluate_lists(tracks, challenge_of([0] * 5, 2, first_pid=1_000_006), Ragged.from_rows(withheld))
    first = 1_000_006 + withheld.index([])
    assert str(caught.value) == f"playlist {first} has no withheld track{more}: leave it out of the challenge"
