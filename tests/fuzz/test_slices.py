"""Mutated slices: read, or refused in one line; never another exception."""

import json

import numpy as np

from harness.data.mpd.columns import columns_of
from harness.data.mpd.parsing import parse_slice
from harness.errors import DataError

NAMES = ("Title", "Björk", "日本 😀", 'a "quote"', "back\\slash", "", "\u2028", "x" * 300)
VALUES = (
    "null",
    "NaN",
    "-1",
    "1.5",
    "1e400",
    "true",
    '"7"',
    "[]",
    "{}",
    '"\\ud83c"',
    '"\\u0000"',
    "00",
    '"a,b"',
    "9" * 25,
)
KEYS = ("pid", "name", "tracks", "track_uri", "pos", "artist_uri", "album_uri", "duration_ms", "track_name", "more")


def entry(number, pos):
    return {
        "pos": pos,
        "artist_name": NAMES[number % 5],
        "track_uri": f"spotify:track:{number:022d}",
        "artist_uri": f"spotify:artist:{number % 5:022d}",
        "track_name": NAMES[number % len(NAMES)],
        "album_uri": f"spotify:album:{number % 7:022d}",
        "duration_ms": 1_000 + number,
        "album_name": NAMES[number % 7],
    }


def slice_bytes(rng):
    """A sound slice of a few playlists, in one of the layouts that are found."""
    playlists = [
        {
            "name": NAMES[int(rng.integers(len(NAMES)))],
            "collaborative": "false",
            "pid": pid,
            "modified_at": 1_500_000_000,
            "num_tracks": 5,
            "num_followers": 1,
            "tracks": [entry(int(number), pos) for pos, number in enumerate(rng.integers(0, 12, rng.integers(0, 6)))],
            "duration_ms": 5_000,
        }
        for pid in range(int(rng.integers(1, 4)))
    ]
    layout = ({"indent": 4}, {"indent": 4}, {}, {"separators": (",", ":")})[int(rng.integers(4))]
    content = {"info": {"generated_on": "2017", "slice": "0-999", "version": "v1"}, "playlists": playlists}
    return json.dumps(content, ensure_ascii=bool(rng.integers(2)), **layout).encode()


def with_structure(data, rng):
    """The slice with one value or key replaced, so that the text stays JSON most of the time."""
    text = data.decode()
    key = KEYS[int(rng.integers(len(KEYS)))]
    places = [place for place in range(len(text)) if text.startswith(f'"{key}":', place)]
    if not places:
        return data
    start = places[int(rng.integers(len(places)))]
    if rng.random() < 0.3:
        other = KEYS[int(rng.integers(len(KEYS)))]
        return f'{text[:start]}"{other}"{text[start + len(key) + 2 :]}'.encode()
    start += len(key) + 3
    value = VALUES[int(rng.integers(len(VALUES)))]
    ends = [text.find(sign, start) for sign in ",}\n"]
    end = min((place for place in ends if place >= 0), default=len(text))
    return f"{text[:start]} {value}{text[end:]}".encode()


def fuzzed(number, mutated):
    rng = np.random.default_rng([2, number])
    data = slice_bytes(rng)
    kind = rng.integers(4)
    if kind in {1, 3}:
        data = with_structure(data, rng)
    if kind in {2, 3}:
        data = mutated(data, rng, most=2)
    return data


def plain(data, *, skip_bad=False):
    return columns_of(*parse_slice(data, "s", skip_bad=skip_bad), 7)


def test_a_slice_is_read_or_refused_in_one_line(mutated, n_files):
    n_read = n_refused = 0
    for number in range(n_files):
        data = fuzzed(number, mutated)
        try:
            plain(data)
            n_read += 1
        except DataError as error:
            n_refused += 1
            assert str(error).isprintable(), f"file {number}: {str(error)!r}"  # noqa: PT017 - most files raise nothing
        plain(data, skip_bad=True)
    assert n_read > n_files / 5
    assert n_refused > n_files / 5


def test_the_fuzzer_makes_the_same_files_each_time(mutated):
    assert [fuzzed(number, mutated) for number in range(20)] == [fuzzed(number, mutated) for number in range(20)]
