"""Tables written by spreadsheets and other tools: read as intended, or refused with row, column and value."""

import gzip
import json

import numpy as np
import pytest

from harness.data.challenge_set import read_challenge, read_incomplete, read_judged
from harness.data.importing import read_playlists
from harness.data.npy_lists import read_lists
from harness.data.readers import reader_of
from harness.data.track_ids import canonical_uri, canonical_uris
from harness.errors import DataError

URI = "spotify:track:{:022d}".format
ADDRESS = f"https://open.spotify.com/intl-de/track/{1:022d}?si=x"


def read_sessions(path):
    return read_playlists(reader_of(path), path)


@pytest.fixture
def rows(tmp_path):
    """The playlists of a text saved as a table: pid -> tracks."""

    def read(text, name="t.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        playlists = read_sessions(path)[0]
        uris = playlists.catalog.tracks["uri"]
        pids = playlists.info["pid"].to_list()
        return {pid: uris[playlists.tracks.row(row)].to_list() for row, pid in enumerate(pids)}

    return read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("playlist,track\n500.0,a\n501.0,b\n", {500: ["a"], 501: ["b"]}),
        ("playlist,track\n5,a\n5 ,b\n 5,c\n3,d\n", {5: ["a", "b", "c"], 3: ["d"]}),
        ("playlist,track\n9223372036854775807,a\n", {2**63 - 1: ["a"]}),
        ("playlist,track\r\r\n1,a\r\r\n1,b\r\r\n", {1: ["a", "b"]}),
        ("playlist,track\r1,a\r1,b\r", {1: ["a", "b"]}),
        ("playlist, track\n1, a\n", {1: ["a"]}),
        ('playlist,track,title\n1,a,"12"" mix"\n', {1: ["a"]}),
        ('playlist,track,title\n1,a,"two\nlines"\n1,b,\n', {1: ["a", "b"]}),
        (f"playlist,track\n1,{ADDRESS}\n1,{URI(1)}\n1,{1:022d}\n", {1: [URI(1)] * 3}),
        (f"playlist,track\n1,spotify:local:a:b:c:1\n1,{URI(2)}\n", {1: [URI(2)]}),
        ("playlist,track\n1,None\n1,b\n", {1: ["None", "b"]}),
        ("playlist,track,name\n1,a,x\n\n,,\n  \n1,b,\n\n", {1: ["a", "b"]}),
    ],
)  # fmt: skip
def test_a_table_is_read_as_intended(rows, text, expected):
    assert rows(text) == expected


def test_a_tsv_has_no_quoting(rows):
    assert rows('playlist\ttrack\ttitle\n1\ta\t"Heroes\n2\tb\tx"\n', "t.tsv") == {1: ["a"], 2: ["b"]}


@pytest.mark.parametrize("separator", [";", "\t", "|", ","])
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.csv.gz"])
@pytest.mark.parametrize("first_line", ["", "sep={}\n", '"sep={}"\r\n'])
def test_a_table_with_another_separator_than_its_ending_says_is_read(rows, separator, name, first_line):
    lines = ["playlist|track|title", "1|a|x", "1|b|", "2|a|y"]
    text = first_line.format(separator) + "".join(f"{line.replace('|', separator)}\n" for line in lines)
    content = gzip.compress(text.encode()) if name.endswith(".gz") else text
    assert rows(content, name) == {1: ["a", "b"], 2: ["a"]}


def test_a_table_with_semicolons_has_quoting(rows):
    assert rows('playlist;track;"my; title"\n1;a;"x; ""y"""\n') == {1: ["a"]}


def test_lines_are_counted_from_the_line_that_names_the_separator(rows):
    with pytest.raises(DataError, match=r"line 4: more fields than the 2 columns"):
        rows("sep=;\nplaylist;track\n1;a\n1;b;c\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("playlist,track\n1,a\n1.00E+05,b\n", "row 2: '1.00E+05' in column playlist"),
        ("playlist,track\n1e5,a\n2e5,b\n", "row 1: '1e5' in column playlist"),
        ("playlist,track\n9007199254740992.0,a\n", "row 1: '9007199254740992.0' in column playlist"),
        (f"playlist,track\n1,{URI(1)}\n1,nan\n", "row 2: no value in column track but 'nan'"),
        ("playlist,track\n1,7\n1,NaN\n", "row 2: no value in column track but 'NaN'"),
        ('playlist,track,name\n1,a,x\n1,b,12" mix\n', "line 3: a quote inside an unquoted field"),
        ('playlist,track,name\n1,a,"x" - y\n', "line 2: text after the closing quote"),
        (
            'playlist,track,name\n1,a,"x\n2,b,y\n3,c,z"\n',
            "line 2: a field begins with a quote that is closed only after complete rows",
        ),
        ('playlist,track,name\n1,a,"x\n', "line 2: a field begins with a quote that is never closed"),
        ("playlist,track\n1,a\n1,b,c\n", "line 3: more fields than the 2 columns"),
        ("playlist,track\n1,a\n".encode("utf-16"), "is UTF-16, not UTF-8"),
        (b"playlist,track\n1,a\n1,\xe9\n", "line 3: a text is not UTF-8"),
    ],
)
def test_an_ambiguous_or_damaged_table_is_refused_with_its_row(rows, text, words):
    with pytest.raises(DataError) as caught:
        rows(text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "truncate" not in str(caught.value)


def test_gzip_is_bounded_and_checked(rows):
    packed = gzip.compress(b"playlist,track\n1,a\n")
    assert rows(packed, "t.csv.gz") == {1: ["a"]}
    for content, words in (
        (gzip.compress(packed), "compressed with gzip twice"),
        (packed[:3] + b"\xe0" + packed[4:], "unknown header flags"),
        (gzip.compress(b"\n" * (9 << 20)), "decompresses to more than"),
        (gzip.compress(b"playlist,track\n" + b"1,\n" * 2_100_000), "decompresses to 2,100,001 rows"),
        (packed[:-9], "is truncated"),
    ):
        with pytest.raises(DataError, match=words):
            rows(content, "t.csv.gz")


def test_all_keys_of_unknown_json_lines_are_named(rows):
    with pytest.raises(DataError, match="but pid, tracks"):
        rows('{"pid": 0, "tracks": ["a"]}\n', "t.jsonl")


@pytest.mark.parametrize("opcodes", [b"\x80\x04Nr\x80\xd1\xf0\x08.", b"\x80\x04Np150000000\n.", b"\x80\x04}."])
def test_a_pickle_is_refused_before_it_allocates_memory(tmp_path, opcodes):
    with (tmp_path / "l.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|O", "fortran_order": False, "shape": (1,)})
        file.write(opcodes)
    with pytest.raises(DataError, match="the pickle is damaged or"):
        read_lists(tmp_path / "l.npy")


def test_one_text_and_a_column_of_texts_have_the_same_canonical_form():
    import polars as pl

    address = f"HTTPS://open.spotify.com/track/{5:022d}#x"
    texts = [f" {URI(1)} ", f"{3:022d}", address, "spotify:episode:1", f"{4:022d}?si=x", "a b"]
    assert canonical_uris(pl.Series(texts))[0].to_list() == [canonical_uri(text) for text in texts]
    assert canonical_uri(address) == URI(5)


def test_answers_are_canonical_and_their_contradictions_are_named(tmp_path, source, wild):
    catalog = wild.imported(source).playlists().catalog
    seeds = [wild.entry(1, 0), wild.entry(2, 1)]
    content = {"playlists": [{"pid": 9_000_000, "name": "x", "num_holdouts": 4, "tracks": seeds}]}
    (tmp_path / "c.json").write_text(json.dumps(content))
    challenge = read_challenge(tmp_path / "c.json", catalog)
    answers = [f"{3:022d}", f"https://open.spotify.com/track/{4:022d}", f"{URI(3)} ", URI(1)]
    (tmp_path / "a.json").write_text(json.dumps({"9000000": answers}))
    judged, withheld, notes = read_judged(tmp_path / "a.json", challenge)
    assert judged.catalog.tracks["uri"][withheld.row(0)].to_list() == [URI(3), URI(4), URI(1)]
    assert len(notes) == 1
    assert "(playlist 9000000: 1), which no submission may contain" in notes[0]
    (tmp_path / "a.json").write_text(json.dumps({"9000000": answers[:1]}))
    notes = read_judged(tmp_path / "a.json", challenge)[2]
    assert "(playlist 9000000: 1 of 4)" in notes[0]


def test_lone_surrogates_are_replaced_and_counted(tmp_path, source, wild):
    (tmp_path / "t.jsonl").write_text(r'{"playlist": 1, "track": "a", "playlist_name": "x\ud83c"}')
    assert read_sessions(tmp_path / "t.jsonl")[1]["remarks"] == ["replaced by U+FFFD: characters cut in two: 1"]
    content = {"playlists": [{"pid": 9_000_000, "name": "\ud83c", "num_holdouts": 4, "tracks": [wild.entry(1, 0)]}]}
    (tmp_path / "c.json").write_text(json.dumps(content))
    challenge, notes = read_incomplete(tmp_path / "c.json", wild.imported(source).playlists().catalog)
    assert challenge.info["name"].to_list() == ["\ufffd"]
    assert notes == (f"challenge {tmp_path / 'c.json'}: replaced by U+FFFD: characters cut in two: 1",)
