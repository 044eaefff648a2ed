"""The fast road from a slice to columns: slices in the official layout, of which most text is never decoded.

Nearly all entries of a slice are of tracks that stood before: they are only looked at. What stands outside the
`tracks` arrays goes through the decoder of `parsing` as it is.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import numpy as np

from harness.data.mpd.columns import Columns, info_of, pack, reordering
from harness.data.mpd.parsing import decoded_slice
from harness.data.texts import Texts
from harness.rules import URI_DIGITS, URI_PREFIX
from harness.types import NO_ID

if TYPE_CHECKING:
    from harness.data.mpd.scan_kernels import Bytes, Found, Places, Scan

_INFO = rb'"info"\s*:\s*\{[^{}\\]*\}\s*'
_HEAD = re.compile(rb"\s*\{\s*(?:" + _INFO + rb',\s*)?"playlists"\s*:\s*\[')
_TAIL = re.compile(rb"\s*(?:,\s*" + _INFO + rb")?\}\s*")
"""Without a brace in its texts, the info cannot hide anything that the decoder of the rest would not see."""

_SHORTEST_ENTRY, _SHORTEST_PLAYLIST = 200, 16
"""Fewer bytes than any is long."""

_MOST_BYTES = 2**31 - 1
WORTH_IT = 1_000_000
"""Bytes of a slice below which the other road is done before this one's compiled code is loaded."""


def scanned(data: bytes, crc32: int) -> Columns | None:
    """The columns of a slice, the same as `columns_of` makes; None if anything in it is irregular."""
    head = _HEAD.match(data)
    if head is None or len(data) > _MOST_BYTES:
        return None
    from harness.data.mpd.scan_kernels import PADDING, scan_playlists

    padded = _padded(data, PADDING)
    scan = _empty_scan(len(data))
    end, *counts = scan_playlists(padded, head.end(), scan)
    if end < 0 or _TAIL.fullmatch(data, end) is None:
        return None
    n_playlists, n_entries, n_tracks, n_artists, n_albums = counts
    playlists = decoded_slice(_without(data, scan.cuts[:n_playlists]))
    if playlists is None or len(playlists) != n_playlists or any(playlist.tracks for playlist in playlists):
        return None
    lengths, codes = scan.lengths[:n_playlists], scan.codes[:n_entries]
    order = reordering(scan.pos[:n_entries], np.repeat(np.arange(n_playlists), lengths))
    return Columns(
        info=info_of(playlists),
        lengths=pack(lengths),
        entries=pack(codes if order is None else codes[order]),
        uris=_uris(padded, scan.tracks, n_tracks, URI_PREFIX),
        names=_names(padded, scan.tracks, n_tracks),
        durations=pack(scan.durations[:n_tracks]),
        artist_of=pack(scan.artist_of[:n_tracks]),
        album_of=pack(scan.album_of[:n_tracks]),
        artists=_uris(padded, scan.artists, n_artists, "spotify:artist:"),
        artist_names=_names(padded, scan.artists, n_artists),
        albums=_uris(padded, scan.albums, n_albums, "spotify:album:"),
        album_names=_names(padded, scan.albums, n_albums),
        n_without_pos=0,
        skipped=[],
        crc32=crc32,
    )


class _Room(threading.local):
    """Memory that the next slice uses again: fresh pages cost as much as the copy that fills them."""

    data: Bytes = np.empty(0, np.uint8)


_room = _Room()


def _padded(data: bytes, n_zeros: int) -> Bytes:
    if len(_room.data) < len(data) + n_zeros:
        _room.data = np.empty(len(data) + len(data) // 8 + n_zeros, np.uint8)
    padded = _room.data[: len(data) + n_zeros]
    padded[: len(data)] = np.frombuffer(data, np.uint8)
    padded[len(data) :] = 0
    return padded


def _empty_scan(n_bytes: int) -> Scan:
    """Room for what so many bytes can hold; of most of it no page is ever touched."""
    from harness.data.mpd.scan_kernels import Scan

    n, n_playlists = n_bytes // _SHORTEST_ENTRY + 1, n_bytes // _SHORTEST_PLAYLIST + 1
    lengths, cuts = np.empty(n_playlists, np.int32), np.empty((n_playlists, 2), np.int64)
    codes, pos, durations, artist_of, album_of = (np.empty(n, np.int32) for _ in range(5))
    tracks, artists, albums = (_none_found(n) for _ in range(3))
    return Scan(lengths, cuts, codes, pos, tracks, artists, albums, durations, artist_of, album_of)


def _none_found(n: int) -> Found:
    from harness.data.mpd.scan_kernels import Found

    digits, name, name_end = (np.empty(n, np.int64) for _ in range(3))
    table = np.full(1 << n.bit_length(), NO_ID, np.int32)
    return Found(digits, name, name_end, np.empty((n, 3), np.uint64), table)


def _without(data: bytes, cuts: Places) -> bytes:
    """The slice with `[]` in the place of each playlist's tracks."""
    bounds = [0, *cuts.ravel().tolist(), len(data)]
    return b"[]".join(data[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True))


def _uris(data: Bytes, found: Found, n: int, prefix: str) -> Texts:
    starts = found.digits[:n] - len(prefix)
    return _texts(data, starts, found.digits[:n] + URI_DIGITS)


def _names(data: Bytes, found: Found, n: int) -> Texts:
    return _texts(data, found.name[:n], found.name_end[:n])


def _texts(data: Bytes, starts: Places, stops: Places) -> Texts:
    from harness.data.mpd.scan_kernels import copy_texts

    out = np.empty(int((stops - starts).sum()), np.uint8)
    bounds = np.zeros(len(starts) + 1, np.int64)
    copy_texts(data, starts, stops, out, bounds)
    return Texts(bounds.astype("<i8", copy=False).tobytes(), out[: bounds[-1]].tobytes())
