"""Compiled scanner for the entries of a slice in the official layout.

Any irregularity ends the scan, and a slower parser reads the slice; strictness therefore costs only time. The bytes
end in `PADDING` zeros, which no token contains, so that no loop runs past the end.
"""

# ruff: noqa: PLR2004 - the numbers are character codes of JSON and bounds of UTF-8

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from harness.kit.numba_cache import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Numbers = NDArray[np.int32]
    Offsets = NDArray[np.int64]


PADDING = 64
"""More than the longest run of bytes that is read without a check for the end."""

_QUOTE, _COMMA, _COLON, _BACKSLASH, _BLANK = 34, 44, 58, 92, 32
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = 123, 125, 91, 93
_BLANKS = np.uint64(0x2020202020202020)
_QUOTES, _BACKSLASHES = np.uint64(0x2222222222222222), np.uint64(0x5C5C5C5C5C5C5C5C)
_ONES, _HIGH_BITS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_DIGITS = 22
_MAX_DIGITS = 12
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
"""Lengths including the closing quote."""

_TRACK_PREFIX = np.frombuffer(b"spotify:track:", np.uint8)
_ARTIST_PREFIX = np.frombuffer(b"spotify:artist:", np.uint8)
_ALBUM_PREFIX = np.frombuffer(b"spotify:album:", np.uint8)
_IS_DIGIT = np.array([chr(sign).isalnum() and sign < 128 for sign in range(256)])
_IS_BLANK = np.array([sign in b" \t\r\n" for sign in range(256)])
_IS_PLAIN = np.array([32 <= sign < 128 and sign not in b'"\\' for sign in range(256)])
_IS_BARE = np.array([(chr(sign).isalnum() and sign < 128) or sign in b"+-." for sign in range(256)])
_TRACKS_KEY = np.frombuffer(b'tracks"', np.uint8)


class Distinct(NamedTuple):
    """Distinct tracks, artists or albums: offsets in the bytes, and a hash table.

    Attributes:
        digits: offset of the URI's last part.
        name, name_end: offsets of the name.
        words: digits as three overlapping words, for comparison.
        table: open-addressing hash table of item numbers, -1 if empty.
    """

    digits: Offsets
    name: Offsets
    name_end: Offsets
    words: NDArray[np.uint64]
    table: Numbers


class Scan(NamedTuple):
    """Output arrays of a scan, large enough for any slice of the given size.

    Attributes:
        lengths, cuts: length of each playlist; its `tracks` array is bytes[cuts[i, 0]:cuts[i, 1]].
        codes, pos: track number and position of each entry.
        tracks, artists, albums: distinct items, in order of first appearance of the tracks.
        durations, artist_of, album_of: milliseconds, artist and album number of each distinct track.
    """

    lengths: Numbers
    cuts: Offsets
    codes: Numbers
    pos: Numbers
    tracks: Distinct
    artists: Distinct
    albums: Distinct
    durations: Numbers
    artist_of: Numbers
    album_of: Numbers


@compiled
def scan_playlists(data: Bytes, offset: int, scan: Scan) -> tuple[int, int, int, int, int, int]:
    """Scan the list of playlists; `offset` is the offset after its opening bracket.

    Returns:
        Offset after the closing bracket, or -1 if the input is not in the regular layout; numbers of playlists,
        entries, tracks, artists and albums.
    """
    starts, ends = np.zeros(8, np.int64), np.zeros(8, np.int64)
    counts = np.zeros(5, np.int64)
    offset = _skip_blank(data, offset)
    while data[np.uint64(offset)] == _OPEN:
        offset = _playlist(data, offset + 1, scan, counts, starts, ends)
        if offset < 0:
            break
        offset = _skip_blank(data, offset)
        if data[np.uint64(offset)] == _CLOSE_LIST:
            return offset + 1, counts[0], counts[1], counts[2], counts[3], counts[4]
        if data[np.uint64(offset)] != _COMMA:
            break
        offset = _skip_blank(data, offset + 1)
    return -1, 0, 0, 0, 0, 0


@compiled
def _playlist(data: Bytes, offset: int, scan: Scan, counts: Offsets, starts: Offsets, ends: Offsets) -> int:
    """Scan one playlist and return the offset after it; values other than `tracks` are skipped, not decoded."""
    n_before, has_tracks = counts[1], False
    while True:
        offset = _skip_blank(data, offset)
        if data[np.uint64(offset)] != _QUOTE:
            return -1
        is_tracks = _begins(data, offset + 1, _TRACKS_KEY)
        offset = _key_end(data, offset + 1)
        offset = _skip_blank(data, offset + 1) if offset >= 0 else 0
        if data[np.uint64(offset)] != _COLON:
            return -1
        offset = _skip_blank(data, offset + 1)
        if is_tracks:
            if has_tracks:
                return -1
            has_tracks = True
            scan.cuts[counts[0], 0] = offset
            offset = _entries(data, offset, scan, counts, starts, ends)
            scan.cuts[counts[0], 1] = offset
        else:
            offset = _simple_end(data, offset)
        if offset < 0:
            return -1
        offset = _skip_blank(data, offset)
        if data[np.uint64(offset)] == _CLOSE:
            break
        if data[np.uint64(offset)] != _COMMA:
            return -1
        offset += 1
    scan.lengths[counts[0]] = counts[1] - n_before
    counts[0] += 1
    return offset + 1 if has_tracks else -1


@compiled
def _entries(data: Bytes, offset: int, scan: Scan, counts: Offsets, starts: Offsets, ends: Offsets) -> int:
    if data[np.uint64(offset)] != _OPEN_LIST:
        return -1
    offset = _skip_blank(data, offset + 1)
    if data[np.uint64(offset)] == _CLOSE_LIST:
        return offset + 1
    while data[np.uint64(offset)] == _OPEN:
        offset = _entry(data, offset + 1, starts, ends)
        if offset < 0:
            return -1
        scan.codes[counts[1]] = _track(data, scan, counts, starts, ends)
        scan.pos[counts[1]] = starts[_POS]
        counts[1] += 1
        offset = _skip_blank(data, offset)
        if data[np.uint64(offset)] == _CLOSE_LIST:
            return offset + 1
        if data[np.uint64(offset)] != _COMMA:
            return -1
        offset = _skip_blank(data, offset + 1)
    return -1


@compiled
def _entry(data: Bytes, offset: int, starts: Offsets, ends: Offsets) -> int:
    """Locate the values of one entry, each field exactly once; offset after the entry, or -1 if it is irregular."""
    seen, field = 0, -1
    while True:
        offset = _skip_blank(data, offset)
        if data[np.uint64(offset)] != _QUOTE:
            return -1
        field = _field(data, offset + 1, field)
        if field < 0 or seen >> field & 1:
            return -1
        seen |= 1 << field
        offset = _skip_blank(data, offset + 1 + _KEY_LENGTHS[field])
        if data[np.uint64(offset)] != _COLON:
            return -1
        offset = _skip_blank(data, offset + 1)
        if field in (_POS, _DURATION):
            starts[field], offset = _number(data, offset)
        else:
            starts[field] = offset + 1
            offset = _text_end(data, offset, field)
            ends[field] = offset - 1
        if offset < 0:
            return -1
        offset = _skip_blank(data, offset)
        if data[np.uint64(offset)] == _CLOSE:
            return offset + 1 if seen == _ALL else -1
        if data[np.uint64(offset)] != _COMMA:
            return -1
        offset += 1


@compiled
def _field(data: Bytes, offset: int, before: int) -> int:
    """Number of the field with this key, searched from the successor of `before`; -1 if there is none."""
    first, second = _word(data, offset), _word(data, offset + 8)
    for step in range(1, 9):
        field = (before + step) & 7
        # Non-zero if the key differs in any byte covered by the mask.
        if not ((first ^ _KEYS[field, 0]) & _MASKS[field, 0] or (second ^ _KEYS[field, 1]) & _MASKS[field, 1]):
            return field
    return -1


@compiled
def _text_end(data: Bytes, offset: int, field: int) -> int:
    """Offset after a text's closing quote; -1 if it is not a text, or not a URI in a URI field."""
    if data[np.uint64(offset)] != _QUOTE:
        return -1
    if field == _TRACK:
        return _uri_end(data, offset + 1, _TRACK_PREFIX)
    if field == _ARTIST:
        return _uri_end(data, offset + 1, _ARTIST_PREFIX)
    if field == _ALBUM:
        return _uri_end(data, offset + 1, _ALBUM_PREFIX)
    return _string_end(data, offset + 1)


@compiled
def _uri_end(data: Bytes, offset: int, prefix: Bytes) -> int:
    if not _begins(data, offset, prefix):
        return -1
    offset += len(prefix)
    for i in range(_DIGITS):
        if not _IS_DIGIT[data[np.uint64(offset + i)]]:
            return -1
    return offset + _DIGITS + 1 if data[np.uint64(offset + _DIGITS)] == _QUOTE else -1


@compiled
def _begins(data: Bytes, offset: int, prefix: Bytes) -> bool:
    for i in range(len(prefix)):  # noqa: SIM110 - not compiled: `all`
        if data[np.uint64(offset + i)] != prefix[i]:
            return False
    return True


@compiled
def _skip_blank(data: Bytes, offset: int) -> int:
    while True:
        while _word(data, offset) == _BLANKS:
            offset += 8
        while data[np.uint64(offset)] == _BLANK:
            offset += 1
        if not _IS_BLANK[data[np.uint64(offset)]]:
            return offset
        offset += 1


@compiled
def _key_end(data: Bytes, offset: int) -> int:
    """Offset of the closing quote; -1 if the key has escapes or non-ASCII characters."""
    while _IS_PLAIN[data[np.uint64(offset)]]:
        offset += 1
    return offset if data[np.uint64(offset)] == _QUOTE else -1


@compiled
def _simple_end(data: Bytes, offset: int) -> int:
    """Offset after a text, number or constant; -1 for anything else."""
    if data[np.uint64(offset)] == _QUOTE:
        return _string_end(data, offset + 1)
    begin = offset
    while _IS_BARE[data[np.uint64(offset)]]:
        offset += 1
    return offset if offset > begin else -1


@compiled
def _number(data: Bytes, offset: int) -> tuple[int, int]:
    """A non-negative integer, clipped to int32, and the offset after it; offset -1 for anything else."""
    value, begin = 0, offset
    while 48 <= data[np.uint64(offset)] <= 57 and offset - begin < _MAX_DIGITS:
        value = 10 * value + data[np.uint64(offset)] - 48
        offset += 1
    if offset == begin or offset - begin == _MAX_DIGITS or (data[np.uint64(begin)] == 48 and offset - begin > 1):
        return 0, -1
    return min(value, _MAX), offset


@compiled
def _string_end(data: Bytes, offset: int) -> int:
    """Offset after the closing quote; -1 if an escape or the UTF-8 is invalid."""
    while True:
        while _are_plain(_word(data, offset)):
            offset += 8
        while _IS_PLAIN[data[np.uint64(offset)]]:
            offset += 1
        sign = data[np.uint64(offset)]
        if sign == _QUOTE:
            return offset + 1
        if sign == _BACKSLASH:
            offset = _escape_end(data, offset)
        elif sign >= 0xC2:
            offset = _utf8_end(data, offset)
        else:
            return -1
        if offset < 0:
            return -1


@compiled
def _are_plain(word: np.uint64) -> bool:
    """True only if eight bytes have no control character, quote, backslash or non-ASCII byte; may miss plain ones."""
    quotes, backslashes = word ^ _QUOTES, word ^ _BACKSLASHES
    return bool((word | word - _BLANKS | quotes - _ONES | backslashes - _ONES) & _HIGH_BITS == 0)


@compiled
def _escape_end(data: Bytes, offset: int) -> int:
    sign = data[np.uint64(offset + 1)]
    if sign in (34, 92, 47, 98, 102, 110, 114, 116):
        return offset + 2
    if sign != 117:
        return -1
    code = _hex(data, offset + 2)
    if code < 0 or 0xDC00 <= code < 0xE000:
        return -1
    if not 0xD800 <= code < 0xDC00:
        return offset + 6
    if (
        data[np.uint64(offset + 6)] != _BACKSLASH
        or data[np.uint64(offset + 7)] != 117
        or not 0xDC00 <= _hex(data, offset + 8) < 0xE000
    ):
        return -1
    return offset + 12


@compiled
def _hex(data: Bytes, offset: int) -> int:
    code = 0
    for i in range(4):
        sign = data[np.uint64(offset + i)]
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
def _utf8_end(data: Bytes, offset: int) -> int:
    """Offset after a multi-byte character; -1 if it is not valid UTF-8 (Unicode 3.9, table 3-7)."""
    first, second = data[np.uint64(offset)], data[np.uint64(offset + 1)]
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
        if not 0x80 <= data[np.uint64(offset + i)] <= 0xBF:
            return -1
    return offset + n


@compiled
def _track(data: Bytes, scan: Scan, counts: Offsets, starts: Offsets, ends: Offsets) -> int:
    """Return the number of the entry's track; a new track is added with its metadata."""
    n = counts[2]
    track = _number_of(data, scan.tracks, n, starts[_TRACK] + len(_TRACK_PREFIX))
    if track == n:
        counts[2] += 1
        scan.tracks.name[n], scan.tracks.name_end[n] = starts[_TRACK_NAME], ends[_TRACK_NAME]
        scan.durations[n] = starts[_DURATION]
        artist = _number_of(data, scan.artists, counts[3], starts[_ARTIST] + len(_ARTIST_PREFIX))
        if artist == counts[3]:
            counts[3] += 1
            scan.artists.name[artist], scan.artists.name_end[artist] = starts[_ARTIST_NAME], ends[_ARTIST_NAME]
        album = _number_of(data, scan.albums, counts[4], starts[_ALBUM] + len(_ALBUM_PREFIX))
        if album == counts[4]:
            counts[4] += 1
            scan.albums.name[album], scan.albums.name_end[album] = starts[_ALBUM_NAME], ends[_ALBUM_NAME]
        scan.artist_of[n], scan.album_of[n] = artist, album
    return track


@compiled
def _number_of(data: Bytes, items: Distinct, n: int, offset: int) -> int:
    """Return the number of the item with these digits; a new item gets the number n."""
    first, second, third = _word(data, offset), _word(data, offset + 8), _word(data, offset + 14)
    mixed = first * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ mixed >> np.uint64(32)) + second
    mixed *= np.uint64(0xD6E8FEB86659FD93)
    mixed = (mixed ^ mixed >> np.uint64(32)) + third
    mixed *= np.uint64(0xC2B2AE3D27D4EB4F)
    last = len(items.table) - 1
    slot = np.int64(mixed >> np.uint64(33)) & last
    while True:
        number: int = items.table[slot]
        if number < 0:
            break
        words = items.words[number]
        if words[0] == first and words[1] == second and words[2] == third:
            return number
        slot = (slot + 1) & last
    items.table[slot] = n
    items.words[n, 0], items.words[n, 1], items.words[n, 2] = first, second, third
    items.digits[n] = offset
    return n


@compiled
def _word(data: Bytes, offset: int) -> np.uint64:
    """Eight bytes as one number; unrolled, because LLVM then compiles it to a single load."""
    return (
        np.uint64(data[np.uint64(offset)])
        | np.uint64(data[np.uint64(offset + 1)]) << np.uint64(8)
        | np.uint64(data[np.uint64(offset + 2)]) << np.uint64(16)
        | np.uint64(data[np.uint64(offset + 3)]) << np.uint64(24)
        | np.uint64(data[np.uint64(offset + 4)]) << np.uint64(32)
        | np.uint64(data[np.uint64(offset + 5)]) << np.uint64(40)
        | np.uint64(data[np.uint64(offset + 6)]) << np.uint64(48)
        | np.uint64(data[np.uint64(offset + 7)]) << np.uint64(56)
    )


@compiled
def copy_texts(data: Bytes, starts: Offsets, stops: Offsets, out: Bytes, bounds: Offsets) -> None:
    """Copy data[starts[i]:stops[i]] to `out` contiguously, with escapes resolved; `bounds[0]` is 0 already."""
    to = 0
    for i in range(len(starts)):
        offset, stop = starts[i], stops[i]
        while offset < stop:
            if data[np.uint64(offset)] == _BACKSLASH:
                to = _resolve(data, offset, out, to)
                offset = _escape_end(data, offset)
            else:
                out[to] = data[np.uint64(offset)]
                to += 1
                offset += 1
        bounds[i + 1] = to


@compiled
def _resolve(data: Bytes, offset: int, out: Bytes, to: int) -> int:
    """Write the character of an escape to `out`; return the offset after it."""
    sign = data[np.uint64(offset + 1)]
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
    code = _hex(data, offset + 2)
    if 0xD800 <= code < 0xDC00:
        code = 0x10000 + (code - 0xD800) * 0x400 + _hex(data, offset + 8) - 0xDC00
    if code < 0x80:
        out[to] = code
        return to + 1
    n = 4 if code >= 0x10000 else 3 if code >= 0x800 else 2
    out[to] = (0xF00 >> n & 0xFF) | code >> 6 * (n - 1)
    for i in range(1, n):
        out[to + i] = 0x80 | code >> 6 * (n - 1 - i) & 0x3F
    return to + n
