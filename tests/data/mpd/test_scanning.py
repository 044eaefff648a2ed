import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.data.mpd import workers
from harness.data.mpd.columns import columns_of
from harness.data.mpd.parsing import parse_slice
from harness.data.mpd.scanning import scanned
from harness.data.mpd.writing import write_slices
from harness.errors import DataError
from harness.synthetic import Model, generate

NAMES = st.text(max_size=12) | st.sampled_from(["", '"', "\\", "é", "日本", "😀", "\x00", "\u2028", "}]"])
SIGNS = [b"", *(bytes([sign]) for sign in b'0-.e"\\{}[],: \t\x00\x80\xc3\xed\xffutn')]
NUMBERS = st.integers(0, 30)
LAYOUTS = st.sampled_from([{}, {"indent": 4}, {"indent": 1}, {"separators": (",", ":")}, {"indent": "\t"}])


def slow(data):
    return columns_of(*parse_slice(data, "s"), 7)


def agrees(data):
    """Return whether the fast scanner accepts the slice, after checking that the slow parser agrees."""
    columns = scanned(data, 7)
    if columns is not None:
        assert columns == slow(data)
    return columns is not None


@st.composite
def entries(draw, wild_entry):
    number = draw(NUMBERS)
    names = {field: draw(NAMES) for field in ("artist_name", "track_name", "album_name")}
    entry = wild_entry(number, draw(st.integers(0, 9)), **names, duration_ms=draw(st.integers(0, 2**33)))
    return {field: entry[field] for field in draw(st.permutations(list(entry)))}


def text_of(playlists, *, ascii_only=True, **layout):
    return json.dumps({"info": {"version": "v1"}, "playlists": playlists}, ensure_ascii=ascii_only, **layout)


@settings(deadline=None)
@given(st.data())
def test_regular_slices_give_the_same_columns(wild, data):
    playlists = [
        wild.playlist(pid, [], name=data.draw(NAMES), tracks=data.draw(st.lists(entries(wild.entry), max_size=6)))
        for pid in range(data.draw(st.integers(1, 4)))
    ]
    text = text_of(playlists, ascii_only=data.draw(st.booleans()), **data.draw(LAYOUTS))
    assert agrees(text.encode("utf-8"))


REGULAR = '{"info": {"version": "v1"}, "playlists": [%s]}'
PLAYLIST = '{"name": "n", "pid": %d, "tracks": [%s]}'
FIELDS = (
    '"pos": 0',
    '"artist_name": "A"',
    '"track_uri": "spotify:track:0000000000000000000001"',
    '"artist_uri": "spotify:artist:0000000000000000000001"',
    '"track_name": "T"',
    '"album_uri": "spotify:album:0000000000000000000001"',
    '"duration_ms": 5',
    '"album_name": "B"',
)
ENTRY = "{" + ", ".join(FIELDS) + "}"


def one_entry(old="", new=""):
    assert old in ENTRY
    return (REGULAR % (PLAYLIST % (0, ENTRY.replace(old, new)))).encode("utf-8", "surrogatepass")


def test_the_plain_slice_is_regular():
    assert agrees(one_entry())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"pos": 0, ', ""),
        ('"pos": 0', '"pos": null'),
        ('"pos": 0', '"pos": -1'),
        ('"pos": 0', '"pos": 00'),
        ('"pos": 0', '"pos": 1.0'),
        ('"pos": 0', '"pos": 1e3'),
        ('"pos": 0', '"pos": 10000000000000'),
        ('"pos": 0', '"pos": "0"'),
        ('"pos": 0', '"pos": 0, "pos": 1'),
        ('"pos": 0', '"pos": 0, "more": 1'),
        ('"pos": 0', '"po\\u0073": 0'),
        ('"pos": 0,', '"pos": 0'),
        ('"pos": 0,', '"pos": 0,,'),
        ("track:0", "track:!"),
        ("track:0", "track:"),
        ("track:0", "track:é"),
        ("track:0", "track:\\u0030"),
        ("spotify:track", "spotify:local"),
        ("spotify:album", "spotify:track"),
        ('"spotify:track:0000000000000000000001"', "null"),
        ('"A"', "null"),
        ('"A"', "1"),
        ('"A"', '["A"]'),
        ('"A"', '"A'),
        ('"A"', '"\t"'),
        ('"A"', '"\\x"'),
        ('"A"', '"\\u12g4"'),
        ('"A"', '"\\ud800"'),
        ('"A"', '"\\udc00"'),
        ('"A"', '"\\ud800\\u0041"'),
        ('"A"', '"\ud800"'),
        ('"B"}', '"B",}'),
        ('"B"}', '"B"'),
        (ENTRY, ENTRY + ","),
        (ENTRY, ENTRY + ENTRY),
        (ENTRY, "null"),
        (ENTRY, ENTRY + '], "tracks": [' + ENTRY),
        (ENTRY, ENTRY + '], "other": [1'),
    ],
)
def test_irregular_entries_are_left_to_the_slow_parser(old, new):
    assert scanned(one_entry(old, new), 7) is None


@pytest.mark.parametrize("bad", [b"\xff", b"\x80", b"\xc0\xaf", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"])
def test_invalid_utf8_is_left_to_the_slow_parser(bad):
    assert scanned(one_entry().replace(b'"A"', b'"' + bad + b'"'), 7) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        REGULAR % "",
        REGULAR % (PLAYLIST % (0, ENTRY)) + "x",
        REGULAR % (PLAYLIST % (0, ENTRY)) + "{}",
        "\ufeff" + REGULAR % (PLAYLIST % (0, ENTRY)),
        REGULAR % (PLAYLIST % (0, ENTRY) + ", " + PLAYLIST % (0, ENTRY)),
        REGULAR % (PLAYLIST % (-1, ENTRY)),
        REGULAR % '{"pid": 0}',
        REGULAR % (PLAYLIST % (0, ENTRY)).replace('"pid": 0, ', ""),
        (REGULAR % (PLAYLIST % (0, ENTRY)))[:-1] + ', "playlists": []}',
        REGULAR % (PLAYLIST % (0, ENTRY)).replace('"name"', '"tr\\u0061cks": [], "name"'),
        (REGULAR % (PLAYLIST % (0, ENTRY))).replace('"v1"', '"}, "playlists": [{"'),
    ],
)
def test_irregular_files_are_left_to_the_slow_parser(text):
    assert scanned(text.encode(), 7) is None


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_mutated_slice_gives_the_same_columns_or_is_left_to_the_slow_parser(data):
    entry = ENTRY.replace('"A"', '"\\u00e9é\\ud83d\\ude00😀"')
    other = ENTRY.replace("1", "2").replace('"pos": 0', '"pos": 1')
    content = bytearray((REGULAR % ", ".join(PLAYLIST % (pid, f"{entry}, {other}") for pid in range(2))).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content) - 1))
        piece = data.draw(st.sampled_from(SIGNS))
        content[start : start + data.draw(st.integers(0, 2))] = piece
    try:
        agrees(bytes(content))
    except DataError:
        pytest.fail("the fast scanner accepts a slice that the slow parser refuses")


def test_a_generated_slice_is_regular_and_its_mutations_give_the_same_columns(tmp_path):
    [path] = write_slices(generate(60, 3, Model.small()), tmp_path)
    content = path.read_bytes()
    assert agrees(content)
    rng = random.Random(5)
    for _ in range(60):
        mutated = bytearray(content)
        mutated[rng.randrange(len(content))] = rng.randrange(256)
        agrees(bytes(mutated))


def test_large_slices_are_scanned(tmp_path, monkeypatch, wild):
    source = wild.three_slices(tmp_path / "source")
    expected = wild.imported(source, "slow")
    scans = []
    monkeypatch.setattr(workers, "MIN_BYTES", 1)
    monkeypatch.setattr(workers, "scanned", lambda *arguments: scans.append(scanned(*arguments)) or scans[-1])
    corpus = wild.imported(source, "fast")
    assert [columns is None for columns in scans] == [False] * 3
    assert corpus.manifest.fingerprint == expected.manifest.fingerprint
