"""Compiled scanner: the entries of a slice in the official layout, without a Python object each.

Any irregularity ends the scan: strictness here costs time only, leniency would cost correctness. The bytes end in
`PADDING` zeros, which no token contains, so that no loop runs past them.
"""

# ruff: noqa: PLR2004 - the numbers are signs of JSON and the bounds of UTF-8

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from harness.kit.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Numbers = NDArray[np.int32]
    Places = NDArray[np.int64]


PADDING = 64
"""More than the longest run of bytes that is looked at without a look for the end."""

_QUOTE, _COMMA, _COLON, _BACKSLASH, _BLANK = 34, 44, 58, 92, 32
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = 123, 125, 91, 93
_BLANKS = np.uint64(0x2020202020202020)
_QUOTES, _BACKSLASHES = np.uint64(0x2222222222222222), np.uint64(0x5C5C5C5C5C5C5C5C)
_ONES, _HIGH_BITS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_DIGITS = 22
_MOST_DIGITS = 12
_MAX = 2**31 - 1

_FIELDS = (
    b"pos",
    b"artist_name",
    b"track_uri",
    b"artist_uri",
    b"track_name",
    b"album_uri",
    b"duration_ms",
    b"album_name",
)
_POS, _ARTIST_NAME, _TRACK, _ARTIST, _TRACK_NAME, _ALBUM, _DURATION, _ALBUM_NAME = range(8)
_ALL = 2**8 - 1
_KEYS = np.array([list((name + b'"').ljust(16, b"\0")) for name in _FIELDS], np.uint8).view("<u8").astype(np.uint64)
_MASKS = np.array([list(b"\xff" * (len(name) + 1) + bytes(15 - len(name))) for name in _FIELDS], np.uint8)
_MASKS = _MASKS.view("<u8").astype(np.uint64)
_KEY_LENGTHS = np.array([len(name) + 1 for name in _FIELDS])
"""With the quote at their end."""

_TRACK_PREFIX = np.frombuffer(b"spotify:track:", np.uint8)
_ARTIST_PREFIX = np.frombuffer(b"spotify:artist:", np.uint8)
_ALBUM_PREFIX = np.frombuffer(b"spotify:album:", np.uint8)
_IS_DIGIT = np.array([chr(sign).isalnum() and sign < 128 for sign in range(256)])
_IS_BLANK = np.array([sign in b" \t\r\n" for sign in range(256)])
_IS_PLAIN = np.array([32 <= sign < 128 and sign not in b'"\\' for sign in range(256)])
_IS_BARE = np.array([(chr(sign).isalnum() and sign < 128) or sign in b"+-." for sign in range(256)])
_TRACKS_KEY = np.frombuffer(b'tracks"', np.uint8)


class Found(NamedTuple):
    """What is known of distinct tracks, artists or albums: places in the bytes, and a hash table of them."""

    digits: Places
    name: Places
    name_end: Places
    words: NDArray[np.uint64]
    table: Numbers


class Scan(NamedTuple):
    """What a scan writes down; the arrays are as long as a slice of so many bytes could ask for.

    Attributes:
        lengths, cuts: of each playlist; its `tracks` array is bytes[cuts[i, 0]:cuts[i, 1]].
        codes, pos: of each entry.
        tracks, artists, albums: in the order in which the tracks appear first.
        durations, artist_of, album_of: of each distinct track.
    """

    lengths: Numbers
    cuts: Places
    codes: Numbers
    pos: Numbers
    tracks: Found
    artists: Found
    albums: Found
    durations: Numbers
    artist_of: Numbers
    album_of: Numbers


@compiled
def scan_playlists(data: Bytes, at: int, scan: Scan) -> tuple[int, int, int, int, int, int]:
    """Scan from behind the bracket that opens the playlists to behind the one that closes them.

    Returns:
        The place behind, -1 if something is irregular; numbers of playlists, entries, tracks, artists, albums.
    """
    starts, ends = np.zeros(8, np.int64), np.zeros(8, np.int64)
    counts = np.zeros(5, np.int64)
    at = _skip_blank(data, at)
    while data[np.uint64(at)] == _OPEN:
        at = _playlist(data, at + 1, scan, counts, starts, ends)
        if at < 0:
            break
        at = _skip_blank(data, at)
        if data[np.uint64(at)] == _CLOSE_LIST:
            return at + 1, counts[0], counts[1], counts[2], counts[3], counts[4]
        if data[np.uint64(at)] != _COMMA:
            break
        at = _skip_blank(data, at + 1)
    return -1, 0, 0, 0, 0, 0


@compiled
def _playlist(data: Bytes, at: int, scan: Scan, counts: Places, starts: Places, ends: Places) -> int:
    """Scan one playlist; outside its tracks only where values begin and end: they are decoded by others."""
    n_before, has_tracks = counts[1], False
    while True:
        at = _skip_blank(data, at)
        if data[np.uint64(at)] != _QUOTE:
            return -1
        is_tracks = _begins(data, at + 1, _TRACKS_KEY)
        at = _key_end(data, at + 1)
        at = _skip_blank(data, at + 1) if at >= 0 else 0
        if data[np.uint64(at)] != _COLON:
            return -1
        at = _skip_blank(data, at + 1)
        if is_tracks:
            if has_tracks:
                return -1
            has_tracks = True
            scan.cuts[counts[0], 0] = at
            at = _entries(data, at, scan, counts, starts, ends)
            scan.cuts[counts[0], 1] = at
        else:
            at = _simple_end(data, at)
        if at < 0:
            return -1
        at = _skip_blank(data, at)
        if data[np.uint64(at)] == _CLOSE:
            break
        if data[np.uint64(at)] != _COMMA:
            return -1
        at += 1
    scan.lengths[counts[0]] = counts[1] - n_before
    counts[0] += 1
    return at + 1 if has_tracks else -1


@compiled
def _entries(data: Bytes, at: int, scan: Scan, counts: Places, starts: Places, ends: Places) -> int:
    if data[np.uint64(at)] != _OPEN_LIST:
        return -1
    at = _skip_blank(data, at + 1)
    if data[np.uint64(at)] == _CLOSE_LIST:
        return at + 1
    while data[np.uint64(at)] == _OPEN:
        at = _entry(data, at + 1, starts, ends)
        if at < 0:
            return -1
        scan.codes[counts[1]] = _track(data, scan, counts, starts, ends)
        scan.pos[counts[1]] = starts[_POS]
        counts[1] += 1
        at = _skip_blank(data, at)
        if data[np.uint64(at)] == _CLOSE_LIST:
            return at + 1
        if data[np.uint64(at)] != _COMMA:
            return -1
        at = _skip_blank(data, at + 1)
    return -1


@compiled
def _entry(data: Bytes, at: int, starts: Places, ends: Places) -> int:
    """Find the values of one entry, each field exactly once; the place behind it, -1 if it is irregular."""
    seen, field = 0, -1
    while True:
        at = _skip_blank(data, at)
        if data[np.uint64(at)] != _QUOTE:
            return -1
        field = _field(data, at + 1, field)
        if field < 0 or seen >> field & 1:
            return -1
        seen |= 1 << field
        at = _skip_blank(data, at + 1 + _KEY_LENGTHS[field])
        if data[np.uint64(at)] != _COLON:
            return -1
        at = _skip_blank(data, at + 1)
        if field in (_POS, _DURATION):
            starts[field], at = _number(data, at)
        else:
            starts[field] = at + 1
            at = _text_end(data, at, field)
            ends[field] = at - 1
        if at < 0:
            return -1
        at = _skip_blank(data, at)
        if data[np.uint64(at)] == _CLOSE:
            return at + 1 if seen == _ALL else -1
        if data[np.uint64(at)] != _COMMA:
            return -1
        at += 1


@compiled
def _field(data: Bytes, at: int, before: int) -> int:
    """Which field's key this is, looked for behind the one before; -1 for none."""
    first, second = _word(data, at), _word(data, at + 8)
    for step in range(1, 9):
        field = (before + step) & 7
        # Bit by bit different where the masks say that the key has a byte.
        if not ((first ^ _KEYS[field, 0]) & _MASKS[field, 0] or (second ^ _KEYS[field, 1]) & _MASKS[field, 1]):
            return field
    return -1


@compiled
def _text_end(data: Bytes, at: int, field: int) -> int:
    """The place behind a text's closing quote; -1 if it is none, or no URI where one belongs."""
    if data[np.uint64(at)] != _QUOTE:
        return -1
    if field == _TRACK:
        return _uri_end(data, at + 1, _TRACK_PREFIX)
    if field == _ARTIST:
        return _uri_end(data, at + 1, _ARTIST_PREFIX)
    if field == _ALBUM:
        return _uri_end(data, at + 1, _ALBUM_PREFIX)
    return _string_end(data, at + 1)


@compiled
def _uri_end(data: Bytes, at: int, prefix: Bytes) -> int:
    if not _begins(data, at, prefix):
        return -1
    at += len(prefix)
    for i in range(_DIGITS):
        if not _IS_DIGIT[data[np.uint64(at + i)]]:
            return -1
    return at + _DIGITS + 1 if data[np.uint64(at + _DIGITS)] == _QUOTE else -1


@compiled
def _begins(data: Bytes, at: int, prefix: Bytes) -> bool:
    for i in range(len(prefix)):  # noqa: SIM110 - not compiled: `all`
        if data[np.uint64(at + i)] != prefix[i]:
            return False
    return True


@compiled
def _skip_blank(data: Bytes, at: int) -> int:
    while True:
        while _word(data, at) == _BLANKS:
            at += 8
        while data[np.uint64(at)] == _BLANK:
            at += 1
        if not _IS_BLANK[data[np.uint64(at)]]:
            return at
        at += 1


@compiled
def _key_end(data: Bytes, at: int) -> int:
    """The place of the closing quote; -1 if the key is not plain."""
    while _IS_PLAIN[data[np.uint64(at)]]:
        at += 1
    return at if data[np.uint64(at)] == _QUOTE else -1


@compiled
def _simple_end(data: Bytes, at: int) -> int:
    """The place behind a text, number or constant; -1 for anything else."""
    if data[np.uint64(at)] == _QUOTE:
        return _string_end(data, at + 1)
    begin = at
    while _IS_BARE[data[np.uint64(at)]]:
        at += 1
    return at if at > begin else -1


@compiled
def _number(data: Bytes, at: int) -> tuple[int, int]:
    """A whole number from 0, cut to what an int32 holds, and the place behind; -1 for any other."""
    value, begin = 0, at
    while 48 <= data[np.uint64(at)] <= 57 and at - begin < _MOST_DIGITS:
        value = 10 * value + data[np.uint64(at)] - 48
        at += 1
    if at == begin or at - begin == _MOST_DIGITS or (data[np.uint64(begin)] == 48 and at - begin > 1):
        return 0, -1
    return min(value, _MAX), at


@compiled
def _string_end(data: Bytes, at: int) -> int:
    """The place behind the closing quote; -1 where an escape, or the UTF-8, is wrong."""
    while True:
        while _are_plain(_word(data, at)):
            at += 8
        while _IS_PLAIN[data[np.uint64(at)]]:
            at += 1
        sign = data[np.uint64(at)]
        if sign == _QUOTE:
            return at + 1
        if sign == _BACKSLASH:
            at = _escape_end(data, at)
        elif sign >= 0xC2:
            at = _utf8_end(data, at)
        else:
            return -1
        if at < 0:
            return -1


@compiled
def _are_plain(word: np.uint64) -> bool:
    """Whether none of eight bytes is a control sign, quote, backslash or not ASCII; some plain ones are not seen."""
    quotes, backslashes = word ^ _QUOTES, word ^ _BACKSLASHES
    return bool((word | word - _BLANKS | quotes - _ONES | backslashes - _ONES) & _HIGH_BITS == 0)


@compiled
def _escape_end(data: Bytes, at: int) -> int:
    sign = data[np.uint64(at + 1)]
    if sign in (34, 92, 47, 98, 102, 110, 114, 116):
        return at + 2
    if sign != 117:
        return -1
    code = _hex(data, at + 2)
    if code < 0 or 0xDC00 <= code < 0xE000:
        return -1
    if not 0xD800 <= code < 0xDC00:
        return at + 6
    if (
        data[np.uint64(at + 6)] != _BACKSLASH
        or data[np.uint64(at + 7)] != 117
        or not 0xDC00 <= _hex(data, at + 8) < 0xE000
    ):
        return -1
    return at + 12


@compiled
def _hex(data: Bytes, at: int) -> int:
    code = 0
    for i in range(4):
        sign = data[np.uint64(at + i)]
        if 48 <= sign <= 57:
            code = 16 * code + sign - 48
        elif 65 <= sign <= 70:
            code = 16 * code + sign - 55
        elif 97 <= sign <= 102:
            code = 16 * code + sign - 87
        else:
            return -1
    return code


@compiled
def _utf8_end(data: Bytes, at: int) -> int:
    """The place behind a sign of several bytes; -1 if they are not UTF-8 (Unicode 3.9, table 3-7)."""
    first, second = data[np.uint64(at)], data[np.uint64(at + 1)]
    low, high = 0x80, 0xBF
    if first == 0xE0:
        low = 0xA0
    elif first == 0xED:
        high = 0x9F
    elif first == 0xF0:
        low = 0x90
    elif first == 0xF4:
        high = 0x8F
    if first < 0xC2 or first > 0xF4 or not low <= second <= high:
        return -1
    n = 4 if first >= 0xF0 else 3 if first >= 0xE0 else 2
    for i in range(2, n):
        if not 0x80 <= data[np.uint64(at + i)] <= 0xBF:
            return -1
    return at + n


@compiled
def _track(data: Bytes, scan: Scan, counts: Places, starts: Places, ends: Places) -> int:
    """The number of the entry's track; a new one is described."""
    n = counts[2]
    track = _find(data, scan.tracks, n, starts[_TRACK] + len(_TRACK_PREFIX))
    if track == n:
        counts[2] += 1
        scan.tracks.name[n], scan.tracks.name_end[n] = starts[_TRACK_NAME], ends[_TRACK_NAME]
        scan.durations[n] = starts[_DURATION]
        artist = _find(data, scan.artists, counts[3], starts[_ARTIST] + len(_ARTIST_PREFIX))
        if artist == counts[3]:
            counts[3] += 1
            scan.artists.name[artist], scan.artists.name_end[artist] = starts[_ARTIST_NAME], ends[_ARTIST_NAME]
        album = _find(data, scan.albums, counts[4], starts[_ALBUM] + len(_ALBUM_PREFIX))
        if album == counts[4]:
            counts[4] += 1
            scan.albums.name[album], scan.albums.name_end[album] = starts[_ALBUM_NAME], ends[_ALBUM_NAME]
        scan.artist_of[n], scan.album_of[n] = artist, album
    return track


@compiled
def _find(data: Bytes, found: Found, n: int, at: int) -> int:
    """The number of these digits among the n found; n itself, written down, if they are new."""
    first, second, third = _word(data, at), _word(data, at + 8), _word(data, at + 14)
    mixed = first * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ mixed >> np.uint64(32)) + second
    mixed *= np.uint64(0xD6E8FEB86659FD93)
    mixed = (mixed ^ mixed >> np.uint64(32)) + third
    mixed *= np.uint64(0xC2B2AE3D27D4EB4F)
    last = len(found.table) - 1
    slot = np.int64(mixed >> np.uint64(33)) & last
    while True:
        number: int = found.table[slot]
        if number < 0:
            break
        words = found.words[number]
        if words[0] == first and words[1] == second and words[2] == third:
            return number
        slot = (slot + 1) & last
    found.table[slot] = n
    found.words[n, 0], found.words[n, 1], found.words[n, 2] = first, second, third
    found.digits[n] = at
    return n


@compiled
def _word(data: Bytes, at: int) -> np.uint64:
    """Eight bytes as one number; written out, because LLVM makes one load of this and none of a loop."""
    return (
        np.uint64(data[np.uint64(at)])
        | np.uint64(data[np.uint64(at + 1)]) << np.uint64(8)
        | np.uint64(data[np.uint64(at + 2)]) << np.uint64(16)
        | np.uint64(data[np.uint64(at + 3)]) << np.uint64(24)
        | np.uint64(data[np.uint64(at + 4)]) << np.uint64(32)
        | np.uint64(data[np.uint64(at + 5)]) << np.uint64(40)
        | np.uint64(data[np.uint64(at + 6)]) << np.uint64(48)
        | np.uint64(data[np.uint64(at + 7)]) << np.uint64(56)
    )


@compiled
def copy_texts(data: Bytes, starts: Places, stops: Places, out: Bytes, bounds: Places) -> None:
    """Copy data[starts[i]:stops[i]], escapes resolved, one behind the other; `bounds` begins with a 0."""
    to = 0
    for i in range(len(starts)):
        at, stop = starts[i], stops[i]
        while at < stop:
            if data[np.uint64(at)] == _BACKSLASH:
                to = _resolve(data, at, out, to)
                at = _escape_end(data, at)
            else:
                out[to] = data[np.uint64(at)]
                to += 1
                at += 1
        bounds[i + 1] = to


@compiled
def _resolve(data: Bytes, at: int, out: Bytes, to: int) -> int:
    """Write what an escape stands for; the place behind."""
    sign = data[np.uint64(at + 1)]
    if sign != 117:
        if sign == 98:
            sign = 8
        elif sign == 102:
            sign = 12
        elif sign == 110:
            sign = 10
        elif sign == 114:
            sign = 13
        elif sign == 116:
            sign = 9
        out[to] = sign
        return to + 1
    code = _hex(data, at + 2)
    if 0xD800 <= code < 0xDC00:
        code = 0x10000 + (code - 0xD800) * 0x400 + _hex(data, at + 8) - 0xDC00
    if code < 0x80:
        out[to] = code
        return to + 1
    n = 4 if code >= 0x10000 else 3 if code >= 0x800 else 2
    out[to] = (0xF00 >> n & 0xFF) | code >> 6 * (n - 1)
    for i in range(1, n):
        out[to + i] = 0x80 | code >> 6 * (n - 1 - i) & 0x3F
    return to + n
