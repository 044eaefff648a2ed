"""Filtered corpora: every rule holds, the catalog shrinks, and the record says where they come from."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from harness.data import store
from harness.data.filtering import Filter, ascii_titles, filter_corpus, filtered_playlists
from harness.errors import DataError, ParameterError


def uris_of(playlists):
    uris = playlists.catalog.tracks["uri"].to_list()
    return [[uris[track] for track in playlists.tracks.row(row)] for row in range(len(playlists))]


@pytest.fixture
def followed(handmade):
    made = handmade([[0, 1], [1, 2], [2, 0, 3], [5, 5]], ["Rock!", "  Día  de\tPlaya ", "☀", "x"])
    return replace(made, info=made.info.with_columns(num_followers=pl.Series([1, 2, 9, None], dtype=pl.Int64)))


@pytest.mark.parametrize(
    ("rules", "pids"),
    [
        ({"min_followers": 2}, [101, 102]),
        ({"max_followers": 2}, [100, 101]),
        ({"min_followers": 2, "max_followers": 2}, [101]),
        ({"min_tracks": 3}, [102]),
        ({"titles": "ascii"}, [100, 101, 103]),
    ],
)
def test_playlists_that_break_a_rule_are_left_out(followed, rules, pids):
    assert filtered_playlists(followed, Filter(**rules))[0].info["pid"].to_list() == pids


def test_a_track_that_one_playlist_repeats_occurs_in_one_playlist(followed):
    filtered, removed = filtered_playlists(followed, Filter(min_occurrences=2))
    assert uris_of(filtered) == [[f"spotify:track:{i:022d}" for i in row] for row in ([0, 1], [1, 2], [2, 0])]
    assert removed["playlists with too few tracks"] == 1
    assert removed["entries"] == 3
    assert removed["tracks"] == 3


def test_the_rules_hold_together(handmade):
    """Without 3 the second playlist is too short; without that, 2 is rare; without that, the first is too short."""
    made = handmade([[0, 1, 2], [2, 3, 4], [0, 1, 5], [0, 1, 5]])
    filtered, _ = filtered_playlists(made, Filter(min_tracks=3, min_occurrences=2))
    assert filtered.info["pid"].to_list() == [102, 103]


def test_a_random_corpus_satisfies_every_rule(playlists):
    filtered, _ = filtered_playlists(playlists, Filter(min_tracks=10, min_occurrences=3, titles="ascii"))
    matrix = filtered.tracks.matrix(filtered.catalog.n_tracks)
    assert 0 < len(filtered) < len(playlists)
    assert filtered.tracks.lengths.min() >= 10
    assert np.bincount(matrix.indices).min() >= 3
    assert filtered.info["name"].str.contains("^[0-9a-z]+( [0-9a-z]+)*$").all()


def test_names_artists_and_audio_stay_with_their_tracks(playlists):
    filtered, _ = filtered_playlists(playlists, Filter(min_tracks=60))
    old, new = playlists.catalog, filtered.catalog
    rows = [old.tracks["uri"].to_list().index(uri) for uri in new.tracks["uri"][:50]]
    ids = np.arange(50, dtype=np.int32)
    assert new.n_tracks == len(np.unique(filtered.tracks.values)) < old.n_tracks
    assert new.n_artists < old.n_artists
    assert new.artist_names(ids) == old.artist_names(np.array(rows, np.int32))
    assert new.audio[:50].equals(old.audio[rows])
    assert (new.duration_ms[:50] == old.duration_ms[rows]).all()


def test_numbers_of_shortened_playlists_are_those_of_the_remaining_entries(playlists):
    filtered, removed = filtered_playlists(playlists, Filter(min_tracks=10, min_occurrences=3))
    assert removed["entries"] > 0
    catalog = filtered.catalog
    for row, numbers in enumerate(filtered.info.iter_rows(named=True)):
        tracks = filtered.tracks.row(row)
        assert numbers["num_tracks"] == len(tracks)
        assert numbers["num_albums"] == len(set(catalog.album_of[tracks].tolist()))
        assert numbers["num_artists"] == len(set(catalog.artist_of[tracks].tolist()))
        assert numbers["duration_ms"] == catalog.duration_ms[tracks].sum(dtype=np.int64)


def test_unknown_numbers_stay_unknown_and_those_of_unshortened_playlists_unchanged(handmade):
    """Track 1 has no artist, track 2 no album, track 3 no duration; tracks from 5 on are rare."""
    made = handmade([[0, 1, 5], [0, 2, 6], [0, 3, 7], [0, 4, 8], [0, 1, 2, 3, 4]])
    stated = {"num_tracks": [9, 9, 9, None, 9], **dict.fromkeys(("num_albums", "num_artists", "duration_ms"), [9] * 5)}
    catalog = replace(
        made.catalog,
        artist_of=np.where(np.arange(9) == 1, -1, 0).astype(np.int32),
        album_of=np.where(np.arange(9) == 2, -1, 0).astype(np.int32),
        duration_ms=np.where(np.arange(9) == 3, 0, 100).astype(np.int32),
    )
    info = made.info.with_columns(**{name: pl.Series(values) for name, values in stated.items()})
    filtered, _ = filtered_playlists(replace(made, info=info, catalog=catalog), Filter(min_occurrences=2))
    assert filtered.info.select(*stated).to_dict(as_series=False) == {
        "num_tracks": [2, 2, 2, None, 9],
        "num_albums": [1, None, 1, 1, 9],
        "num_artists": [None, 1, 1, 1, 9],
        "duration_ms": [200, 200, None, 200, 9],
    }
    assert filtered.info.schema == info.schema


def test_ascii_titles_are_lower_case_letters_and_digits():
    titles = pl.Series(["Rock & Roll!!", "  Día  de\tPlaya ", "☀", None, "90's"])
    assert ascii_titles(titles).to_list() == ["rock roll", "da de playa", "", "", "90s"]


def test_the_record_has_the_original_and_the_rules(corpus):
    filtered = filter_corpus(corpus, "longer", Filter(min_tracks=20))
    source = store.open_corpus("longer").manifest.source
    assert (source["corpus"], source["fingerprint"]) == ("small", corpus.fingerprint)
    assert source["rules"] == {"min_tracks": 20}
    assert filter_corpus(corpus, "longer", Filter(min_tracks=20)).manifest == filtered.manifest
    with pytest.raises(DataError, match="is there already"):
        filter_corpus(corpus, "longer", Filter(min_tracks=21))
    assert filter_corpus(corpus, "longer", Filter(min_tracks=21), replace=True).fingerprint != filtered.fingerprint


@pytest.mark.parametrize(
    ("rules", "error", "message"),
    [
        ({"min_tracks": 10**6}, DataError, "no playlist satisfies min_tracks=1000000"),
        ({}, ParameterError, "the filter has no rule"),
    ],
)
def test_a_filter_of_nothing_or_everything_is_refused(corpus, rules, error, message):
    with pytest.raises(error, match=message):
        filter_corpus(corpus, "other", Filter(**rules))
    assert store.corpora() == ["small"]


def test_bounds_that_cross_or_followers_that_are_unknown_are_refused(handmade):
    with pytest.raises(ParameterError, match="min_followers=3 exceeds max_followers=2"):
        Filter(min_followers=3, max_followers=2)
    with pytest.raises(DataError, match="the corpus has no numbers of followers"):
        filtered_playlists(handmade([[0]]), Filter(min_followers=1))


def test_the_command_makes_the_corpus_and_info_states_its_origin(corpus, command):
    code, out, err = command("data", "filter", "small", "--as", "longer", "--min-tracks", 20, "--titles", "ascii")
    assert code == 0, err
    assert out.startswith("longer: ")
    assert "playlists with too few tracks" in err
    origin = f"filtered from small (fingerprint {corpus.fingerprint}): min_tracks=20, titles=ascii"
    assert origin in command("data", "info", "longer")[1].splitlines()
    assert command("data", "filter", "small", "--as", "small", "--min-tracks", 2)[0] == 1
