"""Compact columns for the playlists of one slice: the result of a worker."""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from harness.data.mpd.parsing import Skipped
from harness.data.mpd.schema import NUMBERS, Entry, SlicePlaylist
from harness.data.texts import Texts
from harness.data.track_ids import are_track_uris, is_other_than_track
from harness.ragged import NO_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.ragged import Ids

_MAX_DURATION = 2**31 - 1
NAMED = "\x00"
"""Prefix of the key of an artist or album without URI, keyed by name; no URI begins with it."""


class Columns(msgspec.Struct):
    """One slice as columns; arrays are little-endian int32 bytes, ids are local to the slice, -1 for unknown.

    Attributes:
        info: column name -> values, one per playlist.
        lengths: number of entries of each playlist.
        entries: track of each entry, playlist by playlist.
        uris, names, durations: URI, name and milliseconds of each distinct track.
        artist_of, album_of: artist and album of each distinct track.
        artists, artist_names, albums, album_names: keys (URIs, or names prefixed by `NAMED`) and names.
        n_without_pos: number of entries without `pos`, placed by file order.
        skipped: skipped playlists.
        crc32: CRC-32 of the slice's bytes.
        n_other_than_tracks: number of omitted entries that are not tracks: local files, episodes.
        n_surrogates: number of halves of surrogate pairs replaced by U+FFFD.
    """

    info: dict[str, list[Any]]
    lengths: bytes
    entries: bytes
    uris: Texts
    names: Texts
    durations: bytes
    artist_of: bytes
    album_of: bytes
    artists: Texts
    artist_names: Texts
    albums: Texts
    album_names: Texts
    n_without_pos: int
    skipped: list[Skipped]
    crc32: int
    n_other_than_tracks: int = 0
    n_surrogates: int = 0


def columns_of(
    playlists: Sequence[SlicePlaylist], skipped: list[Skipped], crc32: int, *, n_surrogates: int = 0
) -> Columns:
    """Build the columns of a slice; the first entry of a track provides its description."""
    n_other = _leave_out_others(playlists)
    entries = [entry for playlist in playlists for entry in playlist.tracks]
    lengths = np.fromiter((len(playlist.tracks) for playlist in playlists), np.int32, len(playlists))
    codes, uris, first = _number([entry.track_uri for entry in entries])
    order, n_without_pos = playlist_order([entry.pos for entry in entries], lengths)
    distinct = [entries[i] for i in first]
    artist_of, artists, of_artist = _number(artist_keys(distinct))
    album_of, albums, of_album = _number(_album_keys(distinct))
    return Columns(
        info=info_of(playlists),
        lengths=pack(lengths),
        entries=pack(codes if order is None else codes[order]),
        uris=Texts.of(uris),
        names=Texts.of([entry.track_name or "" for entry in distinct]),
        durations=pack(durations(distinct)),
        artist_of=pack(artist_of),
        album_of=pack(album_of),
        artists=Texts.of(artists),
        artist_names=Texts.of([distinct[i].artist_name or "" for i in of_artist]),
        albums=Texts.of(albums),
        album_names=Texts.of([distinct[i].album_name or "" for i in of_album]),
        n_without_pos=n_without_pos,
        skipped=skipped,
        crc32=crc32,
        n_other_than_tracks=n_other,
        n_surrogates=n_surrogates,
    )


def _leave_out_others(playlists: Sequence[SlicePlaylist]) -> int:
    """Remove entries that are not tracks from the playlists, and count them."""
    if are_track_uris([entry.track_uri for playlist in playlists for entry in playlist.tracks]):
        return 0
    n_other = 0
    for playlist in playlists:
        if any(is_other_than_track(entry.track_uri) for entry in playlist.tracks):
            tracks = [entry for entry in playlist.tracks if not is_other_than_track(entry.track_uri)]
            n_other += len(playlist.tracks) - len(tracks)
            playlist.tracks = tracks
            _recount(playlist)
    return n_other


def _recount(playlist: SlicePlaylist) -> None:
    """Set the numbers that the slice states to those of the entries that are left; None where one lacks its part."""
    tracks = playlist.tracks
    if playlist.num_tracks is not None:
        playlist.num_tracks = len(tracks)
    if playlist.num_albums is not None:
        playlist.num_albums = _n_distinct(_album_keys(tracks))
    if playlist.num_artists is not None:
        playlist.num_artists = _n_distinct(artist_keys(tracks))
    if playlist.duration_ms is not None:
        duration_ms = durations(tracks)
        playlist.duration_ms = int(duration_ms.sum(dtype=np.int64)) if duration_ms.all() else None


def _n_distinct(keys: list[str]) -> int | None:
    return len(set(keys)) if all(keys) else None


def pack(values: Sequence[int] | NDArray[Any]) -> bytes:
    """Encode as little-endian int32 bytes."""
    return np.asarray(values, "<i4").tobytes()


def unpack(data: bytes) -> Ids:
    """Decode the bytes of `pack`, (n,) int32, read-only."""
    return np.frombuffer(data, "<i4").astype(np.int32, copy=False)


def playlist_order(pos: list[int | None], lengths: NDArray[Any]) -> tuple[NDArray[np.int64] | None, int]:
    """Return the permutation that sorts entries by `pos` within each row, and the number of entries without `pos`.

    Rows in which an entry has no `pos` keep their file order. The permutation is None if no entry moves.
    """
    n_missing = pos.count(None)
    if n_missing == len(pos):
        return None, n_missing
    positions = np.array([-1 if value is None else value for value in pos] if n_missing else pos, np.int64)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    if n_missing:
        incomplete = np.zeros(len(lengths), np.bool_)
        incomplete[rows[[value is None for value in pos]]] = True
        positions[incomplete[rows]] = 0
    return reordering(positions, rows), n_missing


def reordering(positions: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return the permutation that sorts entries, (n,), by position within each row; None if no entry moves."""
    if not bool(((positions[1:] < positions[:-1]) & (rows[1:] == rows[:-1])).any()):
        return None
    return np.lexsort((positions, rows))


def _number(keys: list[str]) -> tuple[Ids, list[str], list[int]]:
    """Number keys in order of first appearance: codes, distinct keys, index of each first one; "" gets -1."""
    numbers: dict[str, int] = defaultdict(count().__next__, {"": NO_ID})
    codes = np.fromiter(map(numbers.__getitem__, keys), np.int32, len(keys))
    distinct = list(numbers)[1:]
    first = np.empty(len(distinct) + 1, np.int64)
    # For a repeated index NumPy keeps the last value written; in reverse order that is the first occurrence.
    first[codes[::-1]] = np.arange(len(keys) - 1, -1, -1)
    return codes, distinct, first[:-1].tolist()


def artist_keys(entries: Sequence[Entry]) -> list[str]:
    """Keys of the entries' artists: URI, else name prefixed by `NAMED`, else empty."""
    return [entry.artist_uri or (NAMED + entry.artist_name if entry.artist_name else "") for entry in entries]


def durations(entries: Sequence[Entry]) -> NDArray[np.int32]:
    """Duration of each track in milliseconds, (n,), 0 if unknown; clipped to the range of int32."""
    values = np.array([entry.duration_ms or 0 for entry in entries], np.int64)
    return np.clip(values, 0, _MAX_DURATION).astype(np.int32)


def _album_keys(entries: Sequence[Entry]) -> list[str]:
    """Keys of the entries' albums: URI, else names of artist and album prefixed by `NAMED`, else empty."""
    return [entry.album_uri or _album_key(entry) for entry in entries]


def _album_key(entry: Entry) -> str:
    return f"{NAMED}{entry.artist_name or ''}{NAMED}{entry.album_name}" if entry.album_name else ""


def info_of(playlists: Sequence[SlicePlaylist]) -> dict[str, list[Any]]:
    """Metadata of playlists: column name -> values, one per playlist."""
    info: dict[str, list[Any]] = {
        "pid": [playlist.pid for playlist in playlists],
        "name": [playlist.name or "" for playlist in playlists],
        "description": [playlist.description for playlist in playlists],
        "collaborative": [_flag(playlist.collaborative) for playlist in playlists],
    }
    for field in NUMBERS:
        info[field] = [getattr(playlist, field) for playlist in playlists]
    return info


def _flag(value: str | bool | None) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value
