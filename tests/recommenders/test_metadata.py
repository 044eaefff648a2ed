"""Artists and albums as further playlists, and artists in place of unknown seeds."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from harness import create
from harness.data.catalog_entries import extend
from harness.data.mpd.schema import Entry
from harness.ragged import NO_ID, Ragged
from recommenders import _metadata
from recommenders._metadata import seed_columns, with_metadata

MEMBERS = {
    "item-knn": {},
    "item-knn, 5 neighbours": {"neighbours": 5},
    "playlist-knn": {},
    "slim": {"l2": 1.0, "l1": 0.0, "dropout": 0.0},
    "als": {"factors": 8, "regularization": 1.0},
}
ARTISTS, ALBUMS = [0, 0, 0, 1, 1, 2, NO_ID], [0, 0, 1, 2, 2, 3, NO_ID]


@pytest.fixture
def train(handmade):
    """Tracks 0 to 2 by artist 0, 3 and 4 by artist 1, 5 by artist 2, 6 by nobody; 2 and 4 are in no playlist."""
    return owned(handmade([[0, 1, 5, 0], [1, 5], [3, 5], [6, 3, 1]]), ARTISTS, ALBUMS)


def owned(playlists, artists, albums):
    """The playlists with these artists and albums of their tracks, among four of each."""
    owners = pl.DataFrame({"uri": [f"spotify:artist:{i}" for i in range(4)], "name": [f"artist {i}" for i in range(4)]})
    n_tracks = playlists.catalog.n_tracks
    artist_of, album_of = np.array(artists[:n_tracks], np.int32), np.array(albums[:n_tracks], np.int32)
    catalog = replace(playlists.catalog, artists=owners, albums=owners, artist_of=artist_of, album_of=album_of)
    return replace(playlists, catalog=catalog)


def rows_of(ragged):
    return [ragged.row(i).tolist() for i in range(len(ragged))]


def test_artists_and_albums_become_playlists_of_their_tracks_in_the_training_set(handmade):
    train = owned(handmade([[0, 1, 5], [1, 2], [3, 6]]), ARTISTS, ALBUMS)
    playlists, n_columns = with_metadata(train, metadata=True)
    rows = rows_of(playlists)
    assert rows[:3] == [[0, 1, 5], [1, 2], [3, 6]]
    assert rows[3:7] == [[1, 0, 2, 7], [3, 8], [5, 9], []], "track 4 is in no playlist, and artist 3 has no track"
    assert rows[7:] == [[1, 0], [], [], []], "an album with one track connects nothing"
    assert n_columns == 7 + 4


def test_without_metadata_nothing_is_added(train):
    playlists, n_columns = with_metadata(train, metadata=False)
    assert playlists is train.tracks
    assert n_columns == train.catalog.n_tracks


def test_of_an_artist_with_many_tracks_the_most_frequent_ones_count(handmade, monkeypatch):
    monkeypatch.setattr(_metadata, "LONGEST", 2)
    train = owned(handmade([[0, 2], [2, 1], [1, 2]]), [0, 0, 0], [0, 0, 0])
    assert rows_of(with_metadata(train, metadata=True)[0])[3] == [2, 1, 3]


def test_unknown_seeds_become_the_columns_of_their_artists(train, challenge_with):
    known = np.array([True, True, False, True, False, True, True, True, True, True, False])
    challenge = challenge_with(train, [[2, 0, 4, 2], [6, 0, 0], []])
    columns = rows_of(seed_columns(challenge, known, 7))
    assert columns == [[7, 0, 8, 11], [6, 0, 11], []], "a repeated seed counts once"


def test_a_seed_beyond_the_catalog_of_the_training_set_becomes_its_artist(train, challenge_with):
    uris = [f"spotify:artist:{i}" for i in (1, 9)]
    entries = [Entry(track_uri=f"spotify:track:new {i}", artist_uri=uri) for i, uri in enumerate(uris)]
    catalog, ids = extend(train.catalog, entries)
    challenge = challenge_with(train, [[3]])
    challenge = replace(challenge, seeds=Ragged.from_rows([[*ids, 3]]), catalog=catalog)
    known = np.ones(7 + 4, np.bool_)
    assert rows_of(seed_columns(challenge, known, 7)) == [[8, 11, 3]]


@pytest.mark.parametrize("member", MEMBERS)
def test_a_track_that_shares_only_its_artist_with_the_seed_is_recommended(handmade, challenge_with, member):
    """Track 0 is by the artist of track 1, which no playlist has with it."""
    train = owned(handmade([[0, 2], [1, 3]]), [0, 0, 1, 2], [NO_ID] * 4)
    challenge = challenge_with(train, [[1]])
    lists = {metadata: answered(member, train, challenge, metadata) for metadata in (True, False)}
    assert 0 in lists[True][0].tolist()
    if member != "als":
        assert 0 not in lists[False][0].tolist()


@pytest.mark.parametrize("member", MEMBERS)
def test_an_unknown_seed_is_answered_by_its_artist_and_is_never_listed(train, challenge_with, member):
    challenge = challenge_with(train, [[4], [2, 6], [4, 4, 4]])
    lists = answered(member, train, challenge, metadata=True)
    assert lists[0, 0] == 3, "the only known track of artist 1"
    assert {0, 1} <= set(lists[1].tolist())
    assert set(lists.ravel().tolist()) <= {0, 1, 3, 5, 6, NO_ID}, "neither unknown tracks nor columns of artists"
    assert (lists[0] == lists[2]).all()
    assert (answered(member, train, challenge, metadata=False)[0] == NO_ID).all()


def answered(member, train, challenge, metadata):
    value = float(metadata) if member == "als" else metadata
    model = create(member.partition(",")[0], {**MEMBERS[member], "metadata": value})
    model.fit(train, challenge)
    return model.recommend(challenge, 6).tracks
