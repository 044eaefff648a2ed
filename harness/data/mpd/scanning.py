"""Fast reader of slices in the official layout, which does not decode most of the text.

Nearly all entries of a slice repeat an earlier track and are only compared. The content outside the `tracks` arrays
is decoded by `parsing`.
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
    from harness.data.mpd.scan_kernels import Bytes, Distinct, Offsets, Scan

_INFO = rb'"info"\s*:\s*\{[^{}\\]*\}\s*'
_HEAD = re.compile(rb"\s*\{\s*(?:" + _INFO + rb',\s*)?"playlists"\s*:\s*\[')
_TAIL = re.compile(rb"\s*(?:,\s*" + _INFO + rb")?\}\s*")
"""The info has no braces or escapes in its texts, so it cannot hide content from the decoder of the rest."""

_SHORTEST_ENTRY, _SHORTEST_PLAYLIST = 200, 16
"""Lower bounds of the length in bytes."""

_MAX_BYTES = 2**31 - 1
MIN_BYTES = 1_000_000
"""Size of a slice in bytes from which loading the compiled code is worthwhile."""


def scanned(data: bytes, crc32: int) -> Columns | None:
    """Return the columns of a slice, equal to those of `columns_of`; None if its layout is irregular."""
    head = _HEAD.match(data)
    if head is None or len(data) > _MAX_BYTES:
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


class _Buffer(threading.local):
    """Per-thread buffer, reused for each slice: new memory pages cost as much as the copy itself."""

    data: Bytes = np.empty(0, np.uint8)


_buffer = _Buffer()


def _padded(data: bytes, n_zeros: int) -> Bytes:
    if len(_buffer.data) < len(data) + n_zeros:
        _buffer.data = np.empty(len(data) + len(data) // 8 + n_zeros, np.uint8)
    padded = _buffer.data[: len(data) + n_zeros]
    padded[: len(data)] = np.frombuffer(data, np.uint8)
    padded[len(data) :] = 0
    return padded


def _empty_scan(n_bytes: int) -> Scan:
    """Arrays large enough for any slice of n_bytes; most of their memory is never touched."""
    from harness.data.mpd.scan_kernels import Scan

    n, n_playlists = n_bytes // _SHORTEST_ENTRY + 1, n_bytes // _SHORTEST_PLAYLIST + 1
    lengths, cuts = np.empty(n_playlists, np.int32), np.empty((n_playlists, 2), np.int64)
    codes, pos, durations, artist_of, album_of = (np.empty(n, np.int32) for _ in range(5))
    tracks, artists, albums = (_no_items(n) for _ in range(3))
    return Scan(lengths, cuts, codes, pos, tracks, artists, albums, durations, artist_of, album_of)


def _no_items(n: int) -> Distinct:
    from harness.data.mpd.scan_kernels import Distinct

    digits, name, name_end = (np.empty(n, np.int64) for _ in range(3))
    table = np.full(1 << n.bit_length(), NO_ID, np.int32)
    return Distinct(digits, name, name_end, np.empty((n, 3), np.uint64), table)


def _without(data: bytes, cuts: Offsets) -> bytes:
    """The slice with each playlist's tracks replaced by `[]`."""
    bounds = [0, *cuts.ravel().tolist(), len(data)]
    return b"[]".join(data[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True))


def _uris(data: Bytes, items: Distinct, n: int, prefix: str) -> Texts:
    starts = items.digits[:n] - len(prefix)
    return _texts(data, starts, items.digits[:n] + URI_DIGITS)


def _names(data: Bytes, items: Distinct, n: int) -> Texts:
    return _texts(data, items.name[:n], items.name_end[:n])


def _texts(data: Bytes, starts: Offsets, stops: Offsets) -> Texts:
    from harness.data.mpd.scan_kernels import copy_texts

    out = np.empty(int((stops - starts).sum()), np.uint8)
    bounds = np.zeros(len(starts) + 1, np.int64)
    copy_texts(data, starts, stops, out, bounds)
    return Texts(bounds.astype("<i8", copy=False).tobytes(), out[: bounds[-1]].tobytes())
