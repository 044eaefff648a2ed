"""Exportify: one CSV per playlist, with the title in the file's name."""

import csv

import pytest

URI = "spotify:track:{:022d}".format
ARTIST = "spotify:artist:{:022d}".format
OLD = ("Track URI", "Track Name", "Artist URI(s)", "Artist Name(s)", "Album URI", "Album Name", "Added At")
NEW = ("Track URI", "Track Name", "Album Name", "Artist Name(s)", "Release Date", "Duration (ms)", "Popularity")


@pytest.fixture
def export(tmp_path):
    """Write a CSV with every field in quotes, as Exportify does."""

    def write(name, header, *rows):
        path = tmp_path / "spotify_playlists" / name
        path.parent.mkdir(exist_ok=True)
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([header, *rows])
        return path

    return write


def test_a_file_is_a_playlist_with_the_title_of_its_name(export, read):
    rows = [
        (URI(1), 'He said "no", twice', f"{ARTIST(1)}, {ARTIST(2)}", "Ann, Bob", "al", "Al", "2020"),
        ("spotify:local:a:b:c:1", "Local", "", "", "", "", "2020"),
        ("", "Unavailable", "", "", "", "", "2020"),
        (URI(2), "Two", ARTIST(1), "Ann", "al", "Al", "2020"),
    ]
    result = read(export("road_trip_2020.csv", OLD, *rows))
    assert result.reader == "exportify"
    assert result.playlists == {0: ("road trip 2020", [URI(1), URI(2)])}
    assert result.names == {URI(1): 'He said "no", twice', URI(2): "Two"}
    assert result.artists == {URI(1): (ARTIST(1), "Ann"), URI(2): (ARTIST(1), "Ann")}
    assert [remark.partition(":")[2].split(" of ")[0] for remark in result.remarks] == [
        " 1 entry",
        " 1 entries without a track URI",
    ]


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("first_line", ["", "sep={}\r\n"])
def test_a_file_saved_again_with_another_separator_is_read(export, read, separator, first_line):
    path = export(
        "a.csv", NEW, (URI(1), "One", "Al", "Ann", "2020", "1", "5"), (URI(2), "T", "Al", "Bo", "2020", "1", "5")
    )
    path.write_bytes(first_line.format(separator).encode() + path.read_bytes()[3:].replace(b",", separator.encode()))
    result = read(path)
    assert (result.reader, result.playlists) == ("exportify", {0: ("a", [URI(1), URI(2)])})


@pytest.mark.parametrize(
    ("names", "first"),
    [
        ("Ann", "Ann"),
        ("Ann;Bob", "Ann"),
        ("Tyler, The Creator;Bob", "Tyler, The Creator"),
        (r"Tyler\, The Creator, Bob", "Tyler, The Creator"),
        ("Ann, Bob", "Ann"),
        ("", None),
    ],
)
def test_the_first_artist_is_the_artist(export, read, names, first):
    result = read(export("x.csv", NEW, (URI(1), "One", "Al", names, "2020", "1000", "5")))
    assert result.artists == ({URI(1): ("", first)} if first else {})


def test_a_folder_has_a_playlist_per_file_in_the_order_of_names(export, read):
    export("b.csv", NEW, (URI(2), "Two", "Al", "Ann", "2020", "1", "5"), (URI(1), "One", "Al", "Ann", "2020", "1", "5"))
    export("a.csv", OLD, (URI(1), "One", ARTIST(1), "Ann", "al", "Al", "2020"))
    folder = export("empty.csv", NEW).parent
    result = read(folder)
    assert result.playlists == {0: ("a", [URI(1)]), 1: ("b", [URI(2), URI(1)])}
    assert result.skipped == ["empty.csv: no track"]


def test_a_file_in_the_folder_with_other_columns_is_named(export, refusal):
    folder = export("a.csv", NEW, (URI(1), "One", "Al", "Ann", "2020", "1", "5")).parent
    other = export("b.csv", ("playlist", "track"), ("1", URI(1)))
    assert "has the columns playlist, track; this layout needs Track URI" in refusal(folder, other)


def test_a_table_of_playlists_is_not_taken_for_an_export(export, read):
    assert read(export("t.csv", ("playlist", "track"), ("1", URI(1)))).reader == "table"
