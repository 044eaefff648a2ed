"""AOTM-2011: mixes of songs with and without an id."""

import gzip

import pytest

MIXES = [
    {
        "category": "Road Trip",
        "filtered_lists": [["SOAAA1", "SOBBB2"]],
        "mix_id": 70,
        "playlist": [
            [["Ann", "One"], "SOAAA1"],
            [["Bob, Jr.", "Two Times"], None],
            [["Ann", "Three"], "SOBBB2"],
        ],
        "timestamp": "2006-01-01T00:00:00",
        "user": {"name": "someone", "mixes_posted": "3", "member_since": "2001-01-01T00:00:00"},
    },
    {"category": "Mixed", "filtered_lists": [], "mix_id": 12, "playlist": []},
    {"category": "Mixed", "mix_id": 5, "playlist": [[["bob, jr. ", "two times"], None], [[None, ""], None]]},
]


def test_a_song_is_identified_by_its_id_or_by_artist_and_title(as_json, read):
    result = read(as_json("aotm2011_playlists.json", MIXES))
    assert result.reader == "aotm"
    unmatched = "bob%2C%20jr./two%20times"
    assert result.playlists == {70: ("", ["SOAAA1", unmatched, "SOBBB2"]), 5: ("", [unmatched])}
    assert result.names == {"SOAAA1": "One", unmatched: "Two Times", "SOBBB2": "Three"}
    assert result.artists["SOAAA1"] == result.artists["SOBBB2"] == ("", "Ann")
    assert result.remarks == ["identified by artist and title: 2 entries without a song id"]
    assert result.skipped == ["playlist 12: no track"]


def test_the_file_may_be_compressed_with_gzip(as_json, read):
    path = as_json("mixes.json", MIXES)
    packed = path.with_name("mixes.json.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read(packed).playlists == read(path).playlists


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"playlist": [["Ann", "One"]]}, "`$[2].playlist[0][0]`"),
        ({"playlist": None}, "`$[2].playlist`"),
        ({"mix_id": "x"}, "`$[2].mix_id`"),
        ({"mix_id": 70}, "playlist 70 occurs twice"),
    ],
)
def test_a_fault_is_named_with_its_place(as_json, refusal, changes, words):
    assert words in refusal(as_json("m.json", [*MIXES[:2], MIXES[2] | changes]))


def test_a_truncated_file_is_refused(as_json, refusal):
    path = as_json("m.json", MIXES)
    path.write_bytes(path.read_bytes()[:-20])
    assert "is damaged or truncated" in refusal(path)
