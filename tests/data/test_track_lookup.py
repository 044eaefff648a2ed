"""Tracks and titles are found by what people type."""

import numpy as np
import polars as pl
import pytest

from harness.data.track_lookup import Lookup, comparable
from harness.ragged import Ragged
from harness.types import Catalog, Playlists

TRACKS = [
    ("Hexagone", "Renaud"),  # in 2 playlists
    ("Hexagone", "Other Renauds"),  # in 3
    ("Live: Hexagone, Paris", "Renaud"),  # in 4
    ("Don't Stop Me Now", "Queen"),
    ("Déjà Vu", "Beyoncé"),
    ("東京", "椎名林檎"),
    ("!!!", "!!!"),
    ("", ""),
]
ROWS = [[0, 1, 2, 3], [0, 1, 2, 4], [1, 2, 5, 6], [2, 7]]


@pytest.fixture
def lookup():
    n = len(TRACKS)
    uris = [f"spotify:track:{i:022d}" for i in range(n)]
    names, artists = zip(*TRACKS, strict=True)
    frame = pl.DataFrame({"uri": artists, "name": artists})
    of = np.arange(n, dtype=np.int32)
    of[-1] = -1
    catalog = Catalog(pl.DataFrame({"uri": uris, "name": names}), frame, frame, of, of, np.zeros(n, np.int32))
    info = pl.DataFrame({"pid": range(4), "name": ["Road Trip!", "road trip", "夏", ""]})
    return Lookup(Playlists(info, Ragged.from_rows(ROWS), catalog))


@pytest.mark.parametrize(
    ("text", "tracks"),
    [
        ("hexagone", [1, 0, 2]),  # both exact, the more frequent first; then the name that only holds it
        ("renaud hexagone", [0, 2, 1]),
        ("HEXAGONE renaud", [0, 2, 1]),
        ("hexa paris", [2]),
        ("dont stop", [3]),
        ("deja vu", [4]),
        ("beyonce", [4]),
        ("東京", [5]),
        ("!!!", [6]),
        ("nothing", []),
        ("  ", []),
    ],
)
def test_a_search_puts_the_exact_name_first_and_then_the_frequent(lookup, text, tracks):
    assert lookup.search(text).tolist() == tracks


@pytest.mark.parametrize(
    "text",
    [
        "spotify:track:0000000000000000000003",
        "0000000000000000000003",
        " https://open.spotify.com/track/0000000000000000000003?si=abc ",
        "https://open.spotify.com/intl-fr/track/0000000000000000000003",
    ],
)
def test_a_track_is_known_by_uri_identifier_and_address(lookup, text):
    assert lookup.by_uri(text) == 3


def test_an_unknown_uri_gives_none(lookup):
    assert lookup.by_uri("spotify:track:0000000000000000000099") is None
    assert lookup.by_uri("Hexagone") is None


def test_similar_names_are_ranked_by_similarity_then_frequency(lookup):
    assert lookup.nearest_names("hexagon")[:2] == [1, 0]
    assert lookup.nearest_names("don't stop me now quen") == [3]
    assert lookup.nearest_names("xyzxyzxyz") == []


def test_similar_uris_differ_by_a_few_characters(lookup):
    assert lookup.nearest_uris("spotify:track:000000000000000000003") == [
        3,
        2,
        1,
    ]  # those one digit further away: the most frequent of them
    assert lookup.nearest_uris("Hexagone") == []


def test_titles_are_known_by_their_normalised_form(lookup):
    assert lookup.has_title("ROAD  TRIP")
    assert lookup.has_title("夏")
    assert not lookup.has_title("road")
    assert lookup.nearest_titles("raod trip") == [("road trip", 2)]


def test_a_track_without_name_is_shown_by_its_uri(lookup):
    assert (lookup.name(7), lookup.artist(7), lookup.album(7)) == ("spotify:track:0000000000000000000007", "", "")


def test_names_are_compared_without_case_accents_and_punctuation():
    names = pl.Series(["AC/DC", "  Sigur Rós ", "L\u2019été", "...", None])
    assert comparable(names).to_list() == ["ac dc", "sigur ros", "lete", "...", ""]
