"""Typed structs for the JSON of MPD slices and challenge files, with fields in the official order."""

from __future__ import annotations

from typing import Annotated

import msgspec

MAX_INT = 2**63 - 1
"""Largest number in a column of the store."""

Count = Annotated[int, msgspec.Meta(ge=-MAX_INT, le=MAX_INT)]
Pid = Annotated[int, msgspec.Meta(ge=0, le=MAX_INT)]
Size = Pid


class Entry(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """One track at one position of a playlist; only `track_uri` is required."""

    pos: Count | None = None
    artist_name: str | None = None
    track_uri: str
    artist_uri: str | None = None
    track_name: str | None = None
    album_uri: str | None = None
    duration_ms: Count | None = None
    album_name: str | None = None


class SlicePlaylist(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """One complete playlist; only `pid` and `tracks` are required."""

    name: str | None = None
    collaborative: str | bool | None = None
    pid: Pid
    modified_at: Count | None = None
    num_tracks: Count | None = None
    num_albums: Count | None = None
    num_followers: Count | None = None
    description: str | None = None
    tracks: list[Entry]
    num_edits: Count | None = None
    duration_ms: Count | None = None
    num_artists: Count | None = None


class Slice(msgspec.Struct, gc=False):
    """Content of a slice."""

    playlists: list[SlicePlaylist]


class RawPlaylists(msgspec.Struct, gc=False):
    """Content of a file with playlists that are not decoded yet."""

    playlists: list[msgspec.Raw]


class OnlyPid(msgspec.Struct, gc=False):
    """The pid of a faulty playlist, for messages."""

    pid: Pid


class ChallengePlaylist(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """One incomplete playlist; a hidden title is absent."""

    name: str | None = None
    num_holdouts: Size | None = None
    pid: Pid
    num_tracks: Size | None = None
    tracks: list[Entry]
    num_samples: Size | None = None


NUMBERS = (
    "modified_at",
    "num_tracks",
    "num_albums",
    "num_followers",
    "num_edits",
    "num_artists",
    "duration_ms",
)
"""Integer fields of an MPD playlist other than its pid."""
