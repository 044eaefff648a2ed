"""Melon: playlists of song numbers, and names from the file of songs beside them."""

import pytest

PLAYLISTS = [
    {"tags": ["락"], "id": 61, "plylst_title": "여행", "songs": [5, 7, 5], "like_cnt": 71, "updt_date": "2013-12-19"},
    {"tags": [], "id": 9, "plylst_title": "", "songs": [], "like_cnt": 0, "updt_date": "2014-12-19"},
    {"tags": [], "id": 3, "plylst_title": "cut \ud83c", "songs": [7, 8], "like_cnt": 0, "updt_date": "2014-12-19"},
]
SONGS = [
    {"id": 5, "song_name": "Five", "artist_id_basket": [1, 2], "artist_name_basket": ["Ann", "Bob"], "album_id": 4},
    {"id": 7, "song_name": "Seven", "artist_id_basket": [], "artist_name_basket": []},
    {"id": 99, "song_name": "Not in a playlist", "artist_id_basket": [3], "artist_name_basket": ["Eve"]},
]
ROWS = {61: ("여행", ["5", "7", "5"]), 3: ("cut \ufffd", ["7", "8"])}


def test_a_file_gives_playlists_without_names(as_json, read):
    result = read(as_json("train.json", PLAYLISTS))
    assert (result.reader, result.playlists) == ("melon", ROWS)
    assert result.names == {"5": "", "7": "", "8": ""}
    assert result.skipped == ["playlist 9: no track"]
    assert result.remarks == [
        "replaced by U+FFFD: characters cut in two: 1",
        "names are unknown: import the folder with train.json and song_meta.json to have them",
    ]


def test_a_folder_gives_names_and_first_artists_too(as_json, read, tmp_path):
    as_json("melon/train.json", PLAYLISTS)
    as_json("melon/song_meta.json", SONGS)
    as_json("melon/val.json", [{"tags": [], "id": 1, "plylst_title": "", "songs": [1]}])
    result = read(tmp_path / "melon")
    assert (result.reader, result.playlists) == ("melon", ROWS)
    assert result.names == {"5": "Five", "7": "Seven", "8": ""}
    assert result.artists == {"5": ("1", "Ann")}


@pytest.mark.parametrize(
    ("songs", "words"),
    [(["a"], "`$[0].songs[0]`"), ([2**63], "`$[0].songs[0]`"), ([-1], ">= 0"), (None, "`$[0].songs`")],
)
def test_a_fault_is_named_with_its_place(as_json, refusal, songs, words):
    line = refusal(as_json("train.json", [PLAYLISTS[0] | {"songs": songs}]))
    assert words in line
    assert 'this layout needs a list of {"id": 1, "plylst_title"' in line


def test_a_fault_of_the_songs_names_their_file(as_json, refusal, tmp_path):
    as_json("train.json", PLAYLISTS)
    songs = as_json("song_meta.json", [{"song_name": "x"}])
    assert "missing required field `id`" in refusal(tmp_path, songs)
