"""Reader `spotify-account`: the playlists in the account data that Spotify sends to a user on request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from harness.data.foreign.json_files import beginning, read_json
from harness.data.foreign.playlist_rows import entries_and_notes
from harness.data.readers import reader
from harness.data.track_ids import canonical_uris, tracks_only

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

NEEDS = '{"playlists": [{"name": "…", "items": [{"track": {"trackUri": "…"}}]}]}'
_FILE = re.compile(r"Playlist([0-9]*)\.json", re.IGNORECASE)
_FIELDS = (b'"trackUri"', b'"lastModifiedDate"', b'"numberOfFollowers"')


class AccountTrack(msgspec.Struct, rename="camel"):
    """A track with its names."""

    track_uri: str | None
    track_name: str | None = None
    artist_name: str | None = None


class Item(msgspec.Struct):
    """An entry: a track, or something else, e.g. an episode or a local file."""

    track: AccountTrack | None = None


class AccountPlaylist(msgspec.Struct):
    """A playlist."""

    name: str | None
    items: list[Item]


class AccountFile(msgspec.Struct):
    """A `Playlist1.json`."""

    playlists: list[AccountPlaylist]


@reader("spotify-account", layout="Playlist1.json")
class SpotifyAccountReader:
    """Playlists of a user, numbered from 0; episodes, audiobooks and local files are left out."""

    def recognises(self, source: Path) -> bool:
        """Return True if a file has playlists with the fields of account data, or a folder has a Playlist1.json."""
        if source.is_dir():
            return bool(_files(source))
        begin = beginning(source)
        is_playlists = begin.startswith(b"{") and b'"playlists"' in begin
        return is_playlists and (any(field in begin for field in _FIELDS) or bool(_FILE.fullmatch(source.name)))

    def read(self, source: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
        """Entries of all playlists of all files, and remarks about entries that were left out.

        Raises:
            DataError: a file is damaged or has another layout.
        """
        playlists: list[AccountPlaylist] = []
        remarks: list[str] = []
        for path in _files(source) if source.is_dir() else [source]:
            content, of_file = read_json(path, AccountFile, NEEDS)
            playlists += content.playlists
            remarks += of_file
        tracks = [
            [item.track for item in playlist.items if item.track and item.track.track_uri] for playlist in playlists
        ]
        n_others = sum(len(playlist.items) for playlist in playlists) - sum(map(len, tracks))
        if n_others:
            remarks.append(f"left out: {n_others:,} episodes, audiobooks, local files or unavailable tracks")
        entries, notes = entries_and_notes(
            source,
            [str(number) for number in range(len(playlists))],
            {
                "track": [[track.track_uri for track in row] for row in tracks],
                "track_name": [[track.track_name for track in row] for row in tracks],
                "artist_name": [[track.artist_name for track in row] for row in tracks],
            },
            titles=[playlist.name or "" for playlist in playlists],
            remarks=remarks,
        )
        entries, left_out = tracks_only(entries.with_columns(track=canonical_uris(entries["track"])[0]))
        notes["remarks"] += left_out
        return entries, notes


def _files(folder: Path) -> list[Path]:
    """The playlist files of a folder or of the only folder in it, by number."""
    for place in (folder, *(path for path in sorted(folder.iterdir()) if path.is_dir())):
        matches = {path: match for path in place.iterdir() if (match := _FILE.fullmatch(path.name))}
        if matches:
            return sorted(matches, key=lambda path: (int(matches[path][1] or 0), path.name))
    return []
