"""The playlists of one slice as compact columns: what a worker hands back."""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from harness.data.mpd.parsing import Skipped
from harness.data.mpd.schema import NUMBERS, Entry, SlicePlaylist
from harness.data.texts import Texts
from harness.types import NO_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.types import Ids

_MAX_DURATION = 2**31 - 1
NAMED = "\x00"
"""Begins the key of an artist or album that the source knows by name only; no URI begins so."""


class Columns(msgspec.Struct):
    """One slice; arrays are little-endian int32 bytes, ids are numbers within the slice, -1 for unknown.

    Attributes:
        info: column name -> values, one a playlist.
        lengths: entries of each playlist.
        entries: the tracks of the playlists, in playlist order.
        uris, names, durations: of each distinct track.
        artist_of, album_of: of each distinct track.
        artists, artist_names, albums, album_names: keys (URIs, or names marked by `NAMED`) and names.
        n_without_pos: entries whose place is told by the order of the file alone.
        skipped: what was left out.
        crc32: of the slice's bytes.
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


def columns_of(playlists: Sequence[SlicePlaylist], skipped: list[Skipped], crc32: int) -> Columns:
    """The columns of a slice; of a track that stands twice, the first entry describes it."""
    entries = [entry for playlist in playlists for entry in playlist.tracks]
    lengths = np.fromiter((len(playlist.tracks) for playlist in playlists), np.int32, len(playlists))
    codes, uris, first = _number([entry.track_uri for entry in entries])
    order, n_without_pos = playlist_order([entry.pos for entry in entries], lengths)
    distinct = [entries[i] for i in first]
    artist_of, artists, of_artist = _number(artist_keys(distinct))
    album_of, albums, of_album = _number([entry.album_uri or _album_key(entry) for entry in distinct])
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
    )


def pack(values: Sequence[int] | NDArray[Any]) -> bytes:
    """Little-endian int32 bytes."""
    return np.asarray(values, "<i4").tobytes()


def unpack(data: bytes) -> Ids:
    """What `pack` was given, (n,) int32, read-only."""
    return np.frombuffer(data, "<i4").astype(np.int32, copy=False)


def playlist_order(pos: list[int | None], lengths: NDArray[Any]) -> tuple[NDArray[np.int64] | None, int]:
    """The permutation that puts entries in the order of `pos`, row by row, and how many lack one.

    Rows in which an entry has no `pos` keep the order of the file. None where nothing moves.
    """
    n_missing = pos.count(None)
    if n_missing == len(pos):
        return None, n_missing
    places = np.array([-1 if place is None else place for place in pos] if n_missing else pos, np.int64)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    if n_missing:
        incomplete = np.zeros(len(lengths), np.bool_)
        incomplete[rows[[place is None for place in pos]]] = True
        places[incomplete[rows]] = 0
    return reordering(places, rows), n_missing


def reordering(places: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The permutation that puts entries, (n,), in the order of their places, row by row; None if nothing moves."""
    if not bool(((places[1:] < places[:-1]) & (rows[1:] == rows[:-1])).any()):
        return None
    return np.lexsort((places, rows))


def _number(keys: list[str]) -> tuple[Ids, list[str], list[int]]:
    """Number keys by first appearance: (codes, distinct keys, place of each first one); "" is -1."""
    numbers: dict[str, int] = defaultdict(count().__next__, {"": NO_ID})
    codes = np.fromiter(map(numbers.__getitem__, keys), np.int32, len(keys))
    distinct = list(numbers)[1:]
    first = np.empty(len(distinct) + 1, np.int64)
    # Where an index stands twice NumPy keeps the value written last: reversed, that is the first place.
    first[codes[::-1]] = np.arange(len(keys) - 1, -1, -1)
    return codes, distinct, first[:-1].tolist()


def artist_keys(entries: Sequence[Entry]) -> list[str]:
    """By what artists are known: the URI, or where there is none the name, marked; empty for neither."""
    return [entry.artist_uri or (NAMED + entry.artist_name if entry.artist_name else "") for entry in entries]


def durations(entries: Sequence[Entry]) -> NDArray[np.int32]:
    """Milliseconds of each track, (n,), 0 where unknown; what no store could hold is cut to what it can."""
    told = np.array([entry.duration_ms or 0 for entry in entries], np.int64)
    return np.clip(told, 0, _MAX_DURATION).astype(np.int32)


def _album_key(entry: Entry) -> str:
    return f"{NAMED}{entry.artist_name or ''}{NAMED}{entry.album_name}" if entry.album_name else ""


def info_of(playlists: Sequence[SlicePlaylist]) -> dict[str, list[Any]]:
    """What is told of playlists beside their tracks: column name -> values, one a playlist."""
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
