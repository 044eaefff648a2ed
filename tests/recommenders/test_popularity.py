"""Popularity: the most frequent tracks."""

from harness import Ragged, create

ROWS = [[0, 1, 1, 2], [1, 2], [3, 1, 2], [4]]
"""Entries: track 1 four, track 2 three, tracks 0, 3 and 4 one each."""


def fitted(train, challenge):
    model = create("popularity")
    model.fit(train, challenge)
    return model


def test_tracks_come_by_their_entries_and_equal_ones_by_their_number(handmade, challenge_with):
    train = handmade(ROWS)
    challenge = challenge_with(train, [[], [1, 3]])
    ranked = fitted(train, challenge).recommend(challenge, 4)
    assert ranked.tracks.tolist() == [[1, 2, 0, 3], [2, 0, 4, -1]]
    assert ranked.scores.tolist() == [[4, 3, 1, 1], [3, 1, 1, 0]]


def test_a_candidates_score_is_its_number_of_entries(handmade, challenge_with):
    train = handmade(ROWS)
    challenge = challenge_with(train, [[], [1, 3]])
    scores = fitted(train, challenge).score(challenge, Ragged.from_rows([[4, 1], [2]]))
    assert scores.tolist() == [1, 4, 3]


def test_frequent_seeds_do_not_shorten_the_list(handmade, challenge_with):
    train = handmade([list(range(20))] * 2)
    challenge = challenge_with(train, [list(range(12)), []])
    assert fitted(train, challenge).recommend(challenge, 8).tracks.tolist() == [
        list(range(12, 20)),
        list(range(8)),
    ]


def test_tracks_beyond_the_training_catalog_score_0(handmade, challenge_with):
    train = handmade(ROWS)
    challenge = challenge_with(train, [[]])
    scores = fitted(train, challenge).score(challenge, Ragged.from_rows([[1, 1_000, 0]]))
    assert scores.tolist() == [4, 0, 1]
