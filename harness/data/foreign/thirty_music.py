"""Reader `30music`: the playlists of the 30Music dataset in the idomaar format.

A line has five fields, separated by tabs: type, number, time, properties and linked entities, the last two as JSON.

Source of the layout: Turrin et al., 30Music listening and playlists dataset, RecSys 2015 posters.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote_plus

import msgspec

from harness.data.foreign.playlist_rows import entries_and_notes
from harness.data.readers import reader
from harness.data.unpacking import check_is_file
from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

ENDING = ".idomaar"
PLAYLISTS, TRACKS = "playlist.idomaar", "tracks.idomaar"
_REMEDY = "copy the file again"
_TITLE = re.compile(rb'"Title"\s*:\s*"(.*)"\s*,\s*"numtracks"', re.DOTALL)
"""Title of a line whose quotes are not escaped, as some lines of the dataset are."""


class Linked(msgspec.Struct):
    """A linked entity."""

    id: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Links(msgspec.Struct):
    """Entities linked to a playlist; a playlist without tracks has an empty list instead of a track."""

    objects: list[Linked | list[Linked]]


class Properties(msgspec.Struct):
    """Properties of a playlist or a track."""

    title: str | None = msgspec.field(default=None, name="Title")
    name: str | None = None


_links = msgspec.json.Decoder(Links)
_properties = msgspec.json.Decoder(Properties)


@reader("30music", layout="playlist.idomaar")
class ThirtyMusicReader:
    """Playlists of 30Music; names of tracks and artists come from `tracks.idomaar` in the folder."""

    def recognises(self, source: Path) -> bool:
        """Return True if a file has the ending `.idomaar`, or a folder has the playlists."""
        if source.is_dir():
            return _entities(source) is not None
        return source.is_file() and source.suffix.lower() == ENDING

    def read(self, source: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
        """Entries of all playlists, with names if the folder is the source.

        Raises:
            DataError: a line is damaged, or two playlists have the same number.
        """
        folder = _entities(source) if source.is_dir() else None
        path = folder / PLAYLISTS if folder else source
        check_is_file(path, "source")
        numbers, titles, tracks = [], [], []
        for number, (playlist, properties, links) in enumerate(_fields(path), start=1):
            numbers.append(playlist.decode())
            titles.append(_title(properties))
            tracks.append(_tracks(path, number, links))
        entries, notes = entries_and_notes(path, numbers, {"track": tracks}, titles=titles)
        if folder is None or not (folder / TRACKS).is_file():
            notes["remarks"].append(f"names are unknown: import the folder with {PLAYLISTS} and {TRACKS} to have them")
            return entries, notes
        names = _names(folder / TRACKS, {str(track) for row in tracks for track in row})
        return entries.join(names, on="track", how="left", maintain_order="left"), notes


def _entities(source: Path) -> Path | None:
    """The folder with the playlists."""
    return next((folder for folder in (source, source / "entities") if (folder / PLAYLISTS).is_file()), None)


def _fields(path: Path) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Number, properties and links of each line."""
    with path.open("rb") as lines:
        for place, line in enumerate(lines, start=1):
            head, _, links = line.rstrip(b"\r\n").rpartition(b"\t")
            fields = head.split(b"\t", maxsplit=3)
            if len(fields) != 4 or not fields[1].isdigit():  # noqa: PLR2004 - the fields before the links
                raise DataError(
                    f"{path}, line {place}: not the five fields type, number, time, properties and links; {_REMEDY}"
                )
            yield fields[1], fields[3], links


def _tracks(path: Path, line: int, links: bytes) -> list[int]:
    try:
        objects = _links.decode(links).objects
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}, line {line}: damaged links ({error}); {_REMEDY}") from None
    return [linked.id for linked in objects if isinstance(linked, Linked)]


def _title(properties: bytes) -> str:
    try:
        return _properties.decode(properties).title or ""
    except (msgspec.DecodeError, UnicodeDecodeError):
        match = _TITLE.search(properties)
        return match[1].decode(errors="replace") if match else ""


def _names(path: Path, needed: set[str]) -> pl.DataFrame:
    """Name and artist of the needed tracks, from the name `Artist+Name/_/Track+Name`."""
    import polars as pl

    rows: dict[str, tuple[str | None, str | None]] = {}
    for track, properties, _ in _fields(path):
        if (identifier := track.decode()) in needed:
            try:
                name = _properties.decode(properties).name or ""
            except (msgspec.DecodeError, UnicodeDecodeError):  # a name is optional
                continue
            artist, separator, title = name.partition("/_/")
            rows[identifier] = (
                unquote_plus(title if separator else name),
                unquote_plus(artist) if separator else None,
            )
    columns = {
        "track": list(rows),
        "track_name": [title for title, _ in rows.values()],
        "artist_name": [artist for _, artist in rows.values()],
    }
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
