"""30Music: lines of five fields separated by tabs."""

import json

import pytest

from harness.data.importing import import_corpus


def line(number, properties, *tracks, kind="playlist"):
    text = properties if isinstance(properties, str) else json.dumps(properties)
    links = {"subjects": [{"type": "user", "id": 4}], "objects": [{"type": "track", "id": i} for i in tracks] or [[]]}
    return f"{kind}\t{number}\t1216609221\t{text}\t{json.dumps(links)}\n"


PLAYLISTS = [
    line(7, {"ID": 1, "Title": "my favorites", "numtracks": 3, "duration": 9}, 30, 10, 30),
    line(3, '{"ID":2,"Title":"12" mixes \\ more","numtracks":1,"duration":9}', 20),
    line(9, {"ID": 3, "Title": "nothing", "numtracks": 0, "duration": 0}),
    line(4, {"ID": 4, "Title": None, "numtracks": 1, "duration": 9}, 40),
]
TRACKS = [
    line(10, {"duration": -1, "playcount": 4, "MBID": None, "name": "Caf%C3%A9+Ann/_/Ten+%26+More"}, kind="track"),
    line(20, '{"duration":-1,"name":"broken " name"}', kind="track"),
    line(30, {"duration": -1, "name": "only+a+title"}, kind="track"),
    line(50, {"duration": -1, "name": "X/_/not+in+a+playlist"}, kind="track"),
]
ROWS = {7: ("my favorites", ["30", "10", "30"]), 3: ('12" mixes \\ more', ["20"]), 4: ("", ["40"])}


@pytest.fixture
def folder(tmp_path):
    entities = tmp_path / "30music" / "entities"
    entities.mkdir(parents=True)
    (entities / "playlist.idomaar").write_text("".join(PLAYLISTS))
    (entities / "tracks.idomaar").write_text("".join(TRACKS))
    return entities.parent


def test_a_folder_gives_playlists_titles_and_names(folder, read):
    result = read(folder)
    assert (result.reader, result.playlists) == ("30music", ROWS)
    assert result.names == {"10": "Ten & More", "20": "", "30": "only a title", "40": ""}
    assert result.artists == {"10": ("", "Café Ann")}
    assert result.skipped == ["playlist 9: no track"]


def test_the_file_of_playlists_gives_them_without_names(folder, read):
    result = read(folder / "entities" / "playlist.idomaar")
    assert result.playlists == ROWS
    assert set(result.names.values()) == {""}
    assert result.remarks == [
        "names are unknown: import the folder with playlist.idomaar and tracks.idomaar to have them"
    ]


def test_a_changed_file_of_tracks_is_another_corpus(folder):
    first = import_corpus(folder, "x")
    with (folder / "entities" / "tracks.idomaar").open("a") as file:
        file.write(line(40, {"name": "Bob/_/Forty"}, kind="track"))
    assert import_corpus(folder, "x", replace=True).fingerprint != first.fingerprint


@pytest.mark.parametrize(
    ("damaged", "words"),
    [
        ("playlist\t1\t5\n", "line 5: not the five fields"),
        ("playlist\tx\t5\t{}\t{}\n", "line 5: not the five fields"),
        ('playlist\t1\t5\t{}\t{"objects":[{"id":\n', "line 5: damaged links"),
        (line(7, {}, 10), "playlist 7 occurs twice"),
    ],
)
def test_a_damaged_line_is_named(folder, refusal, damaged, words):
    path = folder / "entities" / "playlist.idomaar"
    path.write_text("".join(PLAYLISTS) + damaged)
    assert words in refusal(folder, path)
