"""Visible parts of a challenge as further training playlists."""

from dataclasses import replace

import numpy as np
import polars as pl

from harness import create
from harness.ragged import NO_ID
from recommenders._visible_parts import with_visible_parts


def test_seeds_that_the_training_set_knows_become_playlists(handmade, challenge_with):
    train = handmade([[0, 1, 2], [2, 3], [4, 0]]).take(np.array([0, 1]))
    challenge = challenge_with(train, [[0, 3], [1, 4, 3], [4], [2, 4], []], [None, "rock", "a", "b", "c"])
    extended = with_visible_parts(train, challenge)
    assert [extended.tracks.row(i).tolist() for i in range(len(extended))] == [[0, 1, 2], [2, 3], [0, 3], [1, 3]]
    assert extended.info["name"].to_list()[2:] == ["", "rock"]
    assert extended.info["pid"].to_list() == [100, 101, 1_000_000, 1_000_001]
    assert extended.catalog is train.catalog


def test_a_visible_part_in_the_training_set_is_not_added_again(handmade, challenge_with):
    train = handmade([[0, 1, 2], [2, 3], [3, 4]])
    challenge = challenge_with(train, [[2, 0, 1], [3, 2], [0, 3], [1, 2]])
    challenge = replace(challenge, info=challenge.info.with_columns(pid=pl.Series([7, 8, 9, 100])))
    extended = with_visible_parts(train, challenge)
    assert [extended.tracks.row(i).tolist() for i in range(3, len(extended))] == [[0, 3]]
    assert with_visible_parts(train, challenge.take(np.array([0, 1, 3]))) is train


def test_a_blend_learns_from_the_visible_parts_of_other_playlists(handmade, challenge_with):
    """Only the second playlist of the challenge has tracks 1 and 2 together."""
    train = handmade([[0, 1], [2, 3]])
    challenge = challenge_with(train, [[1], [2, 1]])
    lists = {}
    for visible in (True, False):
        params = {"members": ["item-knn"], "item-knn.metadata": "false", "visible": visible, "weights": {"item-knn": 1}}
        model = create("blend", params)
        model.fit(train, challenge)
        lists[visible] = model.recommend(challenge, 3).tracks[0].tolist()
    assert lists == {True: [0, 2, NO_ID], False: [0, NO_ID, NO_ID]}


def test_an_empty_challenge_adds_nothing(handmade, challenge_with):
    train = handmade([[0, 1]])
    assert with_visible_parts(train, challenge_with(train, [])) is train
    nothing = train.take(np.array([], int))
    assert with_visible_parts(nothing, challenge_with(train, [[], [0]])) is nothing
