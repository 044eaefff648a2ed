"""Challenge files and answers files of any size and kind."""

import json

import numpy as np
import polars as pl
import pytest

from harness.data.challenge_set import read_answers, read_challenge, read_incomplete, write_answers, write_challenge
from harness.errors import DataError
from harness.rules import CATEGORIES


@pytest.fixture
def catalog(source, wild):
    """The catalog of tracks 0 to 22."""
    return wild.imported(source).playlists().catalog


@pytest.fixture
def write(tmp_path):
    """Write a challenge file, or the answers to it."""

    def to_file(content, name="challenge_set.json", encoding="utf-8"):
        path = tmp_path / name
        path.write_text(json.dumps(content), encoding=encoding)
        return path

    return to_file


@pytest.fixture
def incomplete(wild):
    """One incomplete playlist of these seeds, shown at these places."""

    def of(pid, seeds, places=None, **fields):
        places = range(len(seeds)) if places is None else places
        tracks = [wild.entry(seed, pos) for seed, pos in zip(seeds, places, strict=True)]
        return {"pid": pid, "num_holdouts": 5, "num_samples": len(seeds), "tracks": tracks} | fields

    return of


def uris(challenge, row):
    return challenge.catalog.tracks["uri"][challenge.seeds.row(row)].to_list()


def test_a_written_challenge_is_read_back(split, tmp_path):
    """Seeds, titles, withheld tracks and categories of a draw, over its own catalog."""
    from harness.ragged import Ragged

    n_seeds = split.challenge.seeds.lengths
    first = np.arange(int(n_seeds.sum()), dtype=np.int32) - np.repeat(split.challenge.seeds.indptr[:-1], n_seeds)
    is_random = np.repeat(np.isin(split.challenge.categories, (8, 10)), n_seeds)
    places = np.where(is_random, first * 2, first).astype(np.int32)
    write_challenge(split, tmp_path / "c.json", positions=Ragged(split.challenge.seeds.indptr, places))
    write_answers(split, tmp_path / "a.json")
    challenge = read_challenge(tmp_path / "c.json", split.train.catalog)
    assert challenge.catalog is split.train.catalog
    assert challenge.seeds.values.tolist() == split.challenge.seeds.values.tolist()
    assert challenge.info.equals(split.challenge.info.select(challenge.info.columns).cast(challenge.info.schema))
    judged, withheld = read_answers(tmp_path / "a.json", challenge)
    assert judged.catalog is split.train.catalog
    assert withheld.indptr.tolist() == split.withheld.indptr.tolist()
    assert withheld.values.tolist() == split.withheld.values.tolist()


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda category: str(category.number))
def test_each_category_follows_from_its_fields(catalog, write, incomplete, category):
    places = range(category.n_seeds) if category.order == "first" else range(1, category.n_seeds + 1)
    title = {"name": "x"} if category.titled else {}
    path = write({"playlists": [incomplete(1_000_000, [i % 23 for i in range(category.n_seeds)], places, **title)]})
    assert read_challenge(path, catalog).categories.tolist() == [category.number]


def test_without_pos_the_kinds_of_25_and_100_seeds_are_unknown(catalog, write, incomplete):
    rows = [incomplete(i, [1] * n, [None] * n, name="x") for i, n in enumerate((0, 1, 5, 10, 25, 100))]
    challenge = read_challenge(write({"playlists": rows}), catalog)
    assert challenge.categories.tolist() == [1, 2, 3, 5, 0, 0]


def test_other_kinds_are_category_0(catalog, write, incomplete):
    rows = [
        incomplete(1, [1, 2, 3], name="odd number"),
        incomplete(2, []),
        incomplete(3, [1]),
        incomplete(4, [1, 2, 3, 4, 5], [0, 1, 2, 3, 9], name="five at random"),
        incomplete(5, list(range(10)), range(1, 11)),
    ]
    challenge = read_challenge(write({"playlists": rows}), catalog)
    assert challenge.categories.tolist() == [0] * 5
    assert challenge.names == ["odd number", "", "", "five at random", ""]
    assert challenge.info["name"].null_count() == 3


def test_ten_untitled_seeds_are_no_category_in_a_file_without_categories(catalog, write, incomplete):
    of_six, other = [incomplete(1_000_000 + row, list(range(n)), range(n)) for row, n in enumerate((10, 9))]
    third = incomplete(1_000_002, list(range(12)), range(12))
    assert read_challenge(write({"playlists": [of_six, other]}), catalog).categories.tolist() == [6, 0]
    assert read_challenge(write({"playlists": [of_six, other, third]}), catalog).categories.tolist() == [0, 0, 0]


def test_num_holdouts_is_given_derived_or_unknown(catalog, write, incomplete):
    rows = [
        incomplete(1, [1], num_holdouts=7, num_tracks=20),
        incomplete(2, [1, 2], num_holdouts=None, num_tracks=20),
        incomplete(3, [1], num_holdouts=None),
    ]
    assert read_challenge(write({"playlists": rows}), catalog).info["num_holdouts"].to_list() == [7, 20 - 2, 0]


def test_numbers_that_contradict_the_tracks_are_named(catalog, write, incomplete):
    sound = [
        incomplete(1, [1], num_holdouts=7, num_tracks=8),
        incomplete(2, [1, 2], num_holdouts=None, num_tracks=2),
        incomplete(3, [1], num_samples=None),
    ]
    assert read_incomplete(write({"playlists": sound}), catalog)[1] == ()
    wrong = [
        incomplete(12, [1], num_samples=5),
        incomplete(11, [1], num_holdouts=7, num_tracks=20),
        incomplete(13, [1, 2], num_holdouts=None, num_tracks=1),
    ]
    path = write({"playlists": [*sound, *wrong]})
    (warning,) = read_incomplete(path, catalog)[1]
    assert warning == (
        f"warning: challenge {path}: playlist 11 and 2 more with numbers that contradict its tracks (playlist 11: "
        "num_samples 1, num_holdouts 7, num_tracks 20, but the number of tracks listed is 1); correct the file or "
        "download it again"
    )


def test_seeds_are_ordered_by_pos(catalog, write, incomplete, wild):
    challenge = read_challenge(write({"playlists": [incomplete(1, [4, 5, 6], [8, 2, 5])]}), catalog)
    assert uris(challenge, 0) == [wild.uri(i) for i in (5, 6, 4)]


def test_a_repeated_seed_is_kept(catalog, write, incomplete, wild):
    challenge = read_challenge(write({"playlists": [incomplete(1, [4, 4, 6])]}), catalog)
    assert uris(challenge, 0) == [wild.uri(i) for i in (4, 4, 6)]


def test_unknown_seeds_follow_the_catalog(catalog, write, incomplete, wild):
    rows = [incomplete(1, [3, 70, 71]), incomplete(2, [71, 4])]
    rows[0]["tracks"][1] |= {"duration_ms": 2**40}
    rows[1]["tracks"][0]["artist_uri"] = "spotify:artist:nobody"
    challenge = read_challenge(write({"playlists": rows}), catalog)
    n = catalog.n_tracks
    assert challenge.catalog.n_tracks == n + 2
    assert challenge.catalog.tracks[:n].equals(catalog.tracks)
    assert challenge.catalog.tracks["uri"][n:].to_list() == [wild.uri(70), wild.uri(71)]
    assert (
        challenge.seeds.row(0)[1:].tolist()
        == [n, n + 1]
        == [challenge.seeds.values.tolist()[1], challenge.seeds.row(1)[0]]
    )
    artists = challenge.catalog.artists["uri"]
    assert [artists[int(i)] for i in challenge.catalog.artist_of[n:]] == [
        f"spotify:artist:{i % 7:022d}" for i in (70, 71)
    ]
    assert challenge.catalog.album_of[n:].tolist() == [-1, -1]
    assert challenge.catalog.duration_ms[n:].tolist() == [2**31 - 1, 1_071]


def test_an_unknown_seed_of_an_artist_without_uri_is_known_by_name(tmp_path, write, incomplete, wild):
    tracks = [wild.entry(1, 0, artist_uri=None), wild.entry(2, 1)]
    wild.write_slice(tmp_path / "s" / "mpd.slice.0-999.json", [wild.playlist(7, [], tracks=tracks)])
    catalog = wild.imported(tmp_path / "s").playlists().catalog
    rows = [incomplete(1, [8, 9])]
    rows[0]["tracks"][0]["artist_uri"] = None
    challenge = read_challenge(write({"playlists": rows}), catalog)
    assert challenge.catalog.artist_of.tolist() == [0, 1, 0, 1]  # 8 is by "Artist 1" as 1 is, 9 by the artist of 2


def test_a_byte_order_mark_changes_nothing(catalog, write, incomplete, wild):
    challenge = read_challenge(write({"playlists": [incomplete(1, [4])]}, encoding="utf-8-sig"), catalog)
    _, withheld = read_answers(write({"1": [wild.uri(5)]}, "a.json", encoding="utf-8-sig"), challenge)
    assert withheld.values.tolist() == [catalog.tracks["uri"].to_list().index(wild.uri(5))]


def test_answers_are_distinct_and_may_be_unknown(catalog, write, incomplete, wild):
    challenge = read_challenge(write({"playlists": [incomplete(1, [4]), incomplete(2, [])]}), catalog)
    answers = {"2": [wild.uri(80), wild.uri(3), wild.uri(80)], "1": [wild.uri(80)]}
    judged, withheld = read_answers(write(answers, "a.json"), challenge)
    assert judged.catalog.n_tracks == catalog.n_tracks + 1
    assert withheld.lengths.tolist() == [1, 2]
    assert withheld.row(0).tolist() == withheld.row(1)[:1].tolist() == [catalog.n_tracks]


FAULTS = {
    "no pid": (
        lambda rows: rows[1].pop("pid"),
        ", playlist at index 1: the playlist has no pid; fix the file or download it again",
    ),
    "no tracks": (
        lambda rows: rows[1].pop("tracks"),
        ", playlist 2: the playlist has no tracks; fix the file or download it again",
    ),
    "no URI": (
        lambda rows: rows[1]["tracks"][0].pop("track_uri"),
        ", playlist 2: track 0 has no track_uri; fix the file or download it again",
    ),
    "one pid": (
        lambda rows: rows[1].update(pid=1),
        ", playlist 1: another playlist of the file has the same pid; fix the file or download it again",
    ),
    "a negative number": (
        lambda rows: rows[1].update(num_holdouts=-3),
        ", playlist 2: the playlist: num_holdouts: expected `int` >= 0; fix the file or download it again",
    ),
    "nothing": (lambda rows: rows.clear(), " holds no playlist; pass another file"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_a_challenge_has_its_message(catalog, write, incomplete, fault):
    rows = [incomplete(1, [4, 5]), incomplete(2, [6])]
    FAULTS[fault][0](rows)
    path = write({"playlists": rows})
    with pytest.raises(DataError) as caught:
        read_challenge(path, catalog)
    assert str(caught.value) == f"challenge {path}{FAULTS[fault][1]}"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", ": the JSON is truncated at byte 1; copy or decompress the file again"),
        (b"[]", ": the file is JSON, but not a challenge: expected `object`, got `array`; pass another file"),
        (b"{}", ": the file is JSON, but not a challenge: has no playlists; pass another file"),
    ],
)
def test_a_file_that_is_not_a_challenge_is_refused(catalog, tmp_path, data, words):
    path = tmp_path / "challenge_set.json"
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        read_challenge(path, catalog)
    assert str(caught.value) == f"challenge {path}{words}"


def test_a_missing_challenge_is_refused(catalog, tmp_path):
    with pytest.raises(DataError, match=r"^no challenge file .*; pass a challenge_set.json$"):
        read_challenge(tmp_path / "challenge_set.json", catalog)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"1": ["u"]}, ": no withheld track of playlist 2; pass the answers of the whole challenge"),
        ({}, ": no withheld track of playlist 1 and 1 more; pass the answers of the whole challenge"),
        ({"1": ["u"], "2": []}, ": no withheld track of playlist 2; pass the answers of the whole challenge"),
        ({"1": ["u"], "2": ["u"], "3": ["u"]}, ": playlist 3 not in the challenge; pass the answers of this challenge"),
        ({"1": ["u"], "2": ["u", ""]}, ", playlist 2: track 1 is an empty URI"),
    ],
)
def test_each_fault_of_answers_has_its_message(catalog, write, incomplete, answers, words):
    challenge = read_challenge(write({"playlists": [incomplete(1, [4]), incomplete(2, [])]}), catalog)
    path = write(answers, "a.json")
    with pytest.raises(DataError) as caught:
        read_answers(path, challenge)
    assert str(caught.value) == f"answers {path}{words}"


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"1": "u"}', b'{"1": [5]}', b"\xff"])
def test_a_file_that_is_not_an_answers_file_is_refused(catalog, write, incomplete, tmp_path, data):
    challenge = read_challenge(write({"playlists": [incomplete(1, [4])]}), catalog)
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"^answers .*: expected a JSON object, pid -> list of track URIs \("):
        read_answers(path, challenge)
    with pytest.raises(DataError, match=r"^no answers file "):
        read_answers(tmp_path / "none.json", challenge)


def test_the_title_may_be_empty(catalog, write, incomplete):
    info = read_challenge(write({"playlists": [incomplete(1, [4], name="")]}), catalog).info
    assert info.select("name", "category").row(0) == ("", 2)
    assert info.schema["name"] == pl.String
