"""Reader `melon`: the Melon Playlist Dataset as JSON.

Source of the layout: Ferraro et al., Melon Playlist Dataset, ICASSP 2021; https://arxiv.org/abs/2102.00201.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from harness.data.foreign.json_files import beginning, read_json
from harness.data.foreign.playlist_rows import entries_and_notes
from harness.data.readers import reader

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

TRAIN, SONGS = "train.json", "song_meta.json"
NEEDS = 'a list of {"id": 1, "plylst_title": "…", "songs": [1, …]}'
_SONG_NEEDS = 'a list of {"id": 1, "song_name": "…", "artist_id_basket": [1], "artist_name_basket": ["…"]}'


Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class MelonPlaylist(msgspec.Struct):
    """A playlist with its title and song numbers."""

    id: int
    plylst_title: str
    songs: list[Number]


class Song(msgspec.Struct):
    """A song of the catalog; the first artist is the primary one."""

    id: int
    song_name: str | None = None
    artist_id_basket: list[int] = []
    artist_name_basket: list[str] = []


@reader("melon", layout="JSON with plylst_title")
class MelonReader:
    """Playlists of Melon; names of songs and artists come from `song_meta.json` in the folder."""

    def recognises(self, source: Path) -> bool:
        """Return True if the first playlist has the title field of Melon."""
        begin = beginning(source / TRAIN if source.is_dir() else source)
        return begin.startswith(b"[") and b'"plylst_title"' in begin

    def read(self, source: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
        """Entries of all playlists, with names if the folder is the source.

        Raises:
            DataError: a file is damaged or has another layout, or two playlists have the same number.
        """
        path = source / TRAIN if source.is_dir() else source
        playlists, remarks = read_json(path, list[MelonPlaylist], NEEDS)
        entries, notes = entries_and_notes(
            path,
            [str(playlist.id) for playlist in playlists],
            {"track": [playlist.songs for playlist in playlists]},
            titles=[playlist.plylst_title for playlist in playlists],
            remarks=remarks,
        )
        if not source.is_dir() or not (source / SONGS).exists():
            notes["remarks"].append(f"names are unknown: import the folder with {TRAIN} and {SONGS} to have them")
            return entries, notes
        songs, song_remarks = read_json(source / SONGS, list[Song], _SONG_NEEDS)
        notes["remarks"] += song_remarks
        return entries.join(_song_names(songs), on="track", how="left", maintain_order="left"), notes


def _song_names(songs: list[Song]) -> pl.DataFrame:
    import polars as pl

    columns = {
        "track": [str(song.id) for song in songs],
        "track_name": [song.song_name for song in songs],
        "artist_uri": [str(song.artist_id_basket[0]) if song.artist_id_basket else None for song in songs],
        "artist_name": [song.artist_name_basket[0] if song.artist_name_basket else None for song in songs],
    }
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).unique("track", keep="first")
