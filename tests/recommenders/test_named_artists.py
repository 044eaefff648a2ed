"""Artists named by titles: matching, shares, and their place in the lists of `title`."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from harness import ParameterError, create
from recommenders._named_artists import NamedArtists

ARTISTS = ["The Machines", "Machines", "Chill", "U2"]
ARTIST_OF = [0, 0, 1, 2, 3, 3, -1]


@pytest.fixture
def with_artists(handmade):
    """Playlists over seven tracks by the artists above; the last track has no artist."""

    def playlists(rows, names):
        train = handmade([*rows, [6]], [*names, ""])
        artists = pl.DataFrame({"uri": ARTISTS, "name": ARTISTS})
        catalog = replace(train.catalog, artists=artists, artist_of=np.array(ARTIST_OF, np.int32))
        return replace(train, catalog=catalog)

    return playlists


def fitted(train, **params):
    model = create("title", params)
    model.fit(train, None)
    return model


def named(model, title):
    return [model.artists_.names[row] for row in model.artists_.rows(title)]


def test_a_name_is_a_sequence_of_whole_words_and_the_longest_one(with_artists):
    model = fitted(with_artists([[0]], ["metro"]))
    assert named(model, "best of the machines") == ["the machines"]
    assert named(model, "machines and chill") == ["machines", "chill"]
    assert named(model, "thermachines") == []
    assert named(model, "") == []


def test_a_short_name_counts_as_a_whole_title_only(with_artists):
    model = fitted(with_artists([[0]], ["metro"]))
    assert named(model, "u2") == ["u2"]
    assert named(model, "u2 live") == []


def test_an_unseen_title_that_names_an_artist_gets_its_tracks_by_frequency(with_artists, challenge_with):
    train = with_artists([[0, 2, 4], [4, 5], [4, 0], [1]], ["abc", "abd", "machines", "xyz"])
    ranked = fitted(train).recommend(challenge_with(train, [[]], ["U2"]), 5)
    assert ranked.tracks.tolist() == [[4, 5, -1, -1, -1]]
    assert ranked.scores[0, 1] / ranked.scores[0, 0] == pytest.approx(1 / 3)


def test_the_share_is_the_mean_over_playlists_that_name_the_artist(with_artists):
    """Chill: 1 of 4 and 0 of 2 tracks; U2: 2 of 2; the mean of these and of one with 1/2 is added once."""
    train = with_artists([[3, 0, 1, 2], [0, 1], [4, 5], [0]], ["chill", "so chill", "u2", "metro"])
    artists = fitted(train).artists_
    shares = dict(zip(artists.names, artists.shares.tolist(), strict=True))
    mean = (1 / 4 + 0 + 1 + 1 / 2) / 4
    assert shares["chill"] == pytest.approx((1 / 4 + 0 + mean) / 3)
    assert shares["u2"] == pytest.approx((1 + mean) / 2)
    assert shares["the machines"] == pytest.approx(mean)


def test_a_weight_of_0_leaves_similar_titles_alone(with_artists, challenge_with):
    train = with_artists([[4, 5], [0]], ["metro", "u2 live"])
    challenge = challenge_with(train, [[]], ["u2"])
    with_names, without = (fitted(train, artist=weight).recommend(challenge, 4) for weight in (10, 0))
    assert set(without.tracks[0].tolist()) == {0, -1}
    assert set(with_names.tracks[0].tolist()) == {0, 4, 5, -1}


def test_a_catalog_without_artists_names_none(handmade):
    train = handmade([[0], [1]], ["u2", "chill"])
    catalog = replace(train.catalog, artists=train.catalog.artists.clear(), artist_of=np.full(2, -1, np.int32))
    assert fitted(replace(train, catalog=catalog)).artists_.names == []


def test_a_saved_model_gives_the_same_lists(with_artists, challenge_with, tmp_path):
    train = with_artists([[3, 0, 1, 2], [0, 1], [4, 5]], ["chill", "so chill", "u2"])
    challenge = challenge_with(train, [[], [0]], ["u2", "the machines"])
    model, loaded = fitted(train), create("title")
    model.save(tmp_path)
    loaded.load(tmp_path)
    ours, theirs = model.recommend(challenge, 5), loaded.recommend(challenge, 5)
    assert ours.tracks.tolist() == theirs.tracks.tolist()
    assert ours.scores.tolist() == theirs.scores.tolist()
    assert isinstance(loaded.artists_, NamedArtists)


def test_a_negative_weight_is_refused():
    with pytest.raises(ParameterError, match=r"artist=-1 does not fit, float, 0 to 1e\+06 is needed"):
        create("title", {"artist": -1})
