"""Tracks of playlists with the same or a similar title."""

import numpy as np
import pytest

from harness import ParameterError, Ragged, create


def answer(train, challenge, k=5, **params):
    model = create("title", params)
    model.fit(train, challenge)
    return model.recommend(challenge, k)


def test_an_exact_title_counts_its_playlists_and_not_their_entries(handmade, challenge_with):
    train = handmade([[0, 1, 1], [1, 2], [3]], ["Chill", "chill!", "metro"])
    challenge = challenge_with(train, [[]], ["CHILL"])
    ranked = answer(train, challenge, neighbours=0)
    assert ranked.tracks.tolist() == [[1, 0, 2, -1, -1]]
    assert ranked.scores[0].tolist() == pytest.approx([2 / 2, 1 / 2, 1 / 2, 0, 0])


def test_similar_titles_stand_beside_the_exact_one(handmade, challenge_with):
    train = handmade([[0], [0, 1], [2]], ["chill", "chill", "chilled"])
    challenge = challenge_with(train, [[]], ["chill"])
    exact, both = (answer(train, challenge, neighbours=n) for n in (0, 300))
    assert exact.tracks.tolist() == [[0, 1, -1, -1, -1]]
    assert both.tracks.tolist() == [[0, 1, 2, -1, -1]]
    own = 1 / 2**0.5
    assert both.scores[0, :2].tolist() == pytest.approx([1 + 2 * own, 1 / 2 + own])
    assert 0 < both.scores[0, 2] < 1


def test_an_unseen_title_is_answered_by_similar_titles_only(handmade, challenge_with):
    train = handmade([[0], [1]], ["summer 2017", "folk"])
    challenge = challenge_with(train, [[]], ["summer"])
    assert answer(train, challenge).tracks.tolist() == [[0, -1, -1, -1, -1]]
    assert answer(train, challenge, neighbours=0).tracks.tolist() == [[-1] * 5]


@pytest.mark.parametrize("title", ["🔥", "🔥🔥", "音楽", "Été", "...", "<script>", "a"])
def test_emoji_other_scripts_and_punctuation_alone_are_titles(handmade, challenge_with, title):
    train = handmade([[0], [1]], [title, "country roads"])
    assert answer(train, challenge_with(train, [[]], [title])).tracks[0, 0] == 0


def test_emoji_resemble_each_other(handmade, challenge_with):
    train = handmade([[0], [1]], ["🔥🔥🔥", "🌊🌊🌊"])
    assert answer(train, challenge_with(train, [[]], ["🔥🔥"])).tracks[0].tolist() == [0, -1, -1, -1, -1]


@pytest.mark.parametrize("title", [None, "", "  ", "zqx"])
def test_a_playlist_without_a_title_of_use_gets_an_empty_list(handmade, challenge_with, title):
    train = handmade([[0], [1]], ["chill", ""])
    assert answer(train, challenge_with(train, [[]], [title])).lengths.tolist() == [0]


def test_untitled_training_playlists_are_ignored(handmade, challenge_with):
    train = handmade([[0], [1]], ["", "..."])
    assert answer(train, challenge_with(train, [[], []], ["", "..."])).tracks[:, 0].tolist() == [-1, 1]


def test_seeds_are_left_out_and_titles_are_answered_each_for_itself(handmade, challenge_with):
    train = handmade([[0, 1], [2, 3]], ["chill", "metro"])
    challenge = challenge_with(train, [[0], [], [3]], ["chill", "chill", "metro"])
    assert answer(train, challenge).tracks[:, :2].tolist() == [[1, -1], [0, 1], [2, -1]]


def test_only_the_most_similar_titles_count(handmade, challenge_with):
    train = handmade([[0], [1], [2]], ["rock classics", "rock", "rocks"])
    challenge = challenge_with(train, [[]], ["rock"])
    assert answer(train, challenge, neighbours=1, exact=0).tracks[0].tolist() == [1, -1, -1, -1, -1]
    assert set(answer(train, challenge, neighbours=3, exact=0).tracks[0, :3].tolist()) == {0, 1, 2}


def test_a_candidate_outside_all_similar_titles_scores_nothing(handmade, challenge_with):
    train = handmade([[0], [1]], ["chill", "metro"])
    challenge = challenge_with(train, [[], []], ["chill", None])
    model = create("title")
    model.fit(train, challenge)
    scores = model.score(challenge, Ragged.from_rows([[1, 0], [0]]))
    assert scores.tolist() == pytest.approx([0, 2, 0])
    assert scores.dtype == np.float32


def test_a_negative_number_of_neighbours_is_refused():
    with pytest.raises(ParameterError, match="neighbours=-5 does not fit, int, 0 to 2147483647 is needed"):
        create("title", {"neighbours": -5})
