"""Similar tracks first, then tracks of the leaders of the nearest cluster."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from harness import Challenge, DataError, ParameterError, create
from harness.ragged import NO_ID

LOUD = range(10)
ROWS = [[0, 1, 2], [0, 1], [0, 4, 5, 6], [7, 8, 9], [10, 11, 12], [10, 13, 14], [15, 16], [17, 18, 19]]
FOLLOWERS = [1, 2, 3, 9, 9, 1, 2, 3]


@pytest.fixture(scope="module")
def train(handmade):
    """Playlists of loud tracks, then of quiet ones; those with 9 followers share no track with the first of each."""
    made = handmade(ROWS)
    energy = [1 - 0.01 * track if track in LOUD else 0.01 * track for track in range(20)]
    audio = pl.DataFrame({"energy": energy}, schema={"energy": pl.Float32})
    info = made.info.with_columns(num_followers=pl.Series(FOLLOWERS))
    return replace(made, info=info, catalog=replace(made.catalog, audio=audio))


def fitted(train, **params):
    model = create("audio-clusters", {"clusters": 2, "top_playlists": 1, **params})
    model.fit(train, None)
    return model


def lacking(challenge, n):
    return Challenge(challenge.info.with_columns(num_holdouts=pl.lit(n, pl.Int64)), challenge.seeds, challenge.catalog)


def test_half_is_similar_half_is_drawn_from_the_leader_and_more_similar_ones_follow(train, challenge_with):
    """0 shares two playlists with 1, one with 2, 4, 5, 6; the loud leader has 9 followers and holds 7, 8, 9."""
    lists = fitted(train).recommend(lacking(challenge_with(train, [[0], [10]]), 4), 20).tracks
    assert lists[0, :2].tolist() == [1, 2]
    assert set(lists[0, 2:4].tolist()) < {7, 8, 9}
    assert lists[0, 4:7].tolist() == [4, 5, 6]
    assert (lists[0, 7:] == NO_ID).all()
    assert set(lists[1, 2:4].tolist()) <= {12, 13, 14}, "the quiet leader's tracks are 10, 11, 12, two of them taken"


def test_the_literal_expansion_does_not_replace_listed_tracks(train, challenge_with):
    """One a step: 0 adds 1, whose most shared is 0 again: skipped, so only the leader's tracks follow."""
    challenge = lacking(challenge_with(train, [[0]]), 4)
    literal = fitted(train, step=1, expansion="seed").recommend(challenge, 20).tracks[0]
    assert literal[0] == 1
    assert set(literal[1:].tolist()) <= {7, 8, 9, NO_ID}
    assert 2 in fitted(train, step=1).recommend(challenge, 20).tracks[0]


@pytest.mark.parametrize(
    ("scaling", "leader"), [("none", {0, 1}), ("range", {14, 15}), ("standard", {14, 15}), ("reliability", {14, 15})]
)
def test_in_milliseconds_the_duration_alone_makes_the_clusters(handmade, challenge_with, scaling, leader):
    """Playlists of two equal tracks: quiet then loud, of 1 to 4 seconds each. 8 and 9 are loud and short.

    By energy, the loud playlist with most followers is 14, 15; by duration, the short one is 0, 1.
    """
    made = handmade([[track, track + 1] for track in range(0, 16, 2)])
    audio = pl.DataFrame(
        {"energy": [0] * 8 + [1] * 8, "duration_ms": [1000 * (track // 2 % 4 + 1) for track in range(16)]},
        schema={"energy": pl.Float32, "duration_ms": pl.Float32},
    )
    info = made.info.with_columns(num_followers=pl.Series([5, 1, 1, 1, 1, 1, 1, 9]))
    train = replace(made, info=info, catalog=replace(made.catalog, audio=audio))
    tracks = fitted(train, scaling=scaling).recommend(lacking(challenge_with(train, [[8]]), 3), 3).tracks[0]
    assert tracks[0] == 9
    assert set(tracks[1:].tolist()) <= leader | {NO_ID}
    assert tracks[1] in leader


def test_distances_are_weighted_by_reliability_unless_another_scaling_is_named(split):
    model = create("audio-clusters", {"clusters": 5})
    model.fit(split.train, split.challenge)
    np.testing.assert_array_equal(model.weights_, model.space_.weights(split.train.tracks, "reliability"))


def test_of_the_whole_list_half_is_similar(train, challenge_with):
    model = fitted(train, length="list", reach=6)
    tracks = model.recommend(lacking(challenge_with(train, [[0]]), 2), 20).tracks
    assert tracks.shape == (1, 6)
    assert tracks[0, :3].tolist() == [1, 2, 4]
    assert set(tracks[0, 3:].tolist()) == {7, 8, 9}


def test_all_is_similar_where_the_share_is_1(train, challenge_with):
    tracks = fitted(train, share=1).recommend(lacking(challenge_with(train, [[0]]), 9), 20).tracks[0]
    assert tracks.tolist() == [1, 2, 4, 5, 6] + [NO_ID] * 15


def test_draws_depend_on_seed_and_pid(train, challenge_with):
    challenge = lacking(challenge_with(train, [[0]] * 30), 4)
    one, again = (fitted(train).recommend(challenge, 4).tracks for _ in range(2))
    other = fitted(train, seed=1).recommend(challenge, 4).tracks
    assert (one == again).all()
    assert len(np.unique(one[:, 2:], axis=0)) > 1
    assert (one[:, 2:] != other[:, 2:]).any()


def test_no_known_seed_gives_an_empty_list(train, challenge_with):
    assert (fitted(train).recommend(lacking(challenge_with(train, [[]]), 4), 5).tracks == NO_ID).all()


def test_mini_batches_give_lists_too(split):
    model = create("audio-clusters", {"mini_batch_from": 100, "clusters": 5})
    model.fit(split.train, split.challenge)
    assert len(model.centres_) == 5
    assert (model.recommend(split.challenge, 10).lengths > 0).mean() > 0.8


def test_without_audio_features_the_error_names_the_remedy(train):
    bare = replace(train, catalog=replace(train.catalog, audio=None))
    with pytest.raises(DataError, match="join a file of them to the corpus with `harness data features FILE"):
        fitted(bare)


@pytest.mark.parametrize("params", [{"clusters": 0}, {"step": 0}, {"top_playlists": 0}, {"share": 0}, {"share": 1.5}])
def test_values_without_a_meaning_are_refused(params):
    with pytest.raises(ParameterError, match=next(iter(params))):
        create("audio-clusters", params)
