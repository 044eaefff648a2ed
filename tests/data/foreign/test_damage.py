"""Damaged files of every layout: playlists or one line, never another exception."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data.importing import read_playlists
from harness.data.readers import reader_named
from harness.errors import DataError

URI = "spotify:track:{:022d}".format
ITEM = {"track": {"trackName": "T", "artistName": "A", "trackUri": URI(1)}, "episode": None, "addedDate": "2020"}
LINKS = '{"subjects":[{"type":"user","id":4}],"objects":[{"type":"track","id":5}]}'
SOURCES = {
    "30music": ("playlist.idomaar", f'playlist\t7\t12\t{{"ID":1,"Title":"t","numtracks":1}}\t{LINKS}\n'),
    "aotm": ("a.json", json.dumps([{"mix_id": 7, "playlist": [[["Ann", "One"], "SO1"], [["Bob", "2"], None]]}])),
    "exportify": ("e.csv", f'"Track URI","Track Name","Artist Name(s)"\n"{URI(1)}","a, b","Ann;Bob"\n"","x",""\n'),
    "melon": ("train.json", json.dumps([{"id": 61, "plylst_title": "t", "songs": [5, 7], "tags": ["x"]}])),
    "recbole": ("a.inter", "session_id:token\titem_id_list:token_seq\titem_id:token\n1\t10 11\t12\n1\t10\t11\n"),
    "sessions": ("s.txt", "SessionId\tItemId\tTime\n1\t10\t1.5\n1\t11\t2\n"),
    "spotify-account": ("Playlist1.json", json.dumps({"playlists": [{"name": "Road", "items": [ITEM, ITEM]}]})),
}
PIECES = [
    b"",
    b"null",
    b"NaN",
    b"1e999",
    b'"',
    b"{}",
    b"[]",
    b"-1",
    b"9" * 20,
    b"\\ud83c",
    b"\xff",
    b"\n",
    b"\t",
    b"\0",
]
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), st.sampled_from(PIECES)), min_size=1, max_size=3)


@pytest.mark.parametrize("name", SOURCES)
def test_a_damaged_file_gives_playlists_or_one_line(name, tmp_path_factory):
    folder = tmp_path_factory.mktemp("damaged")
    file, text = SOURCES[name]
    reader = reader_named(name)
    (folder / file).write_text(text)
    assert read_playlists(reader, folder / file)[0]

    @given(EDITS)
    def check(edits):
        data = text.encode()
        for place, n_removed, piece in edits:
            start = int(place * len(data))
            data = data[:start] + piece + data[start + n_removed :]
        (folder / file).write_bytes(data)
        with contextlib.suppress(DataError):
            read_playlists(reader, folder / file)

    check()
