"""Reader `exportify`: playlists exported by Exportify, one CSV per playlist.

Source of the layout: https://github.com/watsonbox/exportify and https://github.com/pavelkomarov/exportify.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from harness.data.delimited import header_names, read_delimited
from harness.data.foreign.json_files import beginning
from harness.data.readers import reader
from harness.data.tables import clean_entries, ending
from harness.data.track_ids import tracks_only
from harness.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

ENDING = ".csv"
NEEDS = "Track URI and Track Name"
_TRACKS = ("Track URI", "Spotify URI")
_NAME, _ARTIST, _ARTIST_URIS = "Track Name", "Artist Name(s)", "Artist URI(s)"
_FIRST_OF_URIS = r"^\s*([^,;]+)"
_FIRST_NAME = re.compile(r"[^;]*(?=;)|(?:\\,|[^,;])*")
"""The first of several artists: up to a semicolon; without one, up to a comma that is not escaped."""


@reader("exportify", layout="CSV with Track URI")
class ExportifyReader:
    """Playlists in the order of their files' names, numbered from 0; the name of a file is the title."""

    def recognises(self, source: Path) -> bool:
        """Return True if the file, or the first CSV of a folder, has the columns of Exportify."""
        files = _files(source)
        return bool(files) and _has_columns(files[0])

    def read(self, source: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
        """Entries of all files, and remarks about entries that were left out.

        Raises:
            DataError: a file is damaged or lacks a column.
        """
        import polars as pl

        files = _files(source)
        if not files:
            raise DataError(f"source {source} has no {ENDING} file; pass a file or a folder that Exportify wrote")
        parts = [_entries(path, number) for number, path in enumerate(files)]
        entries, remarks = tracks_only(pl.concat([part for part, _ in parts], how="diagonal"))
        if n_missing := sum(missing for _, missing in parts):
            remarks.append(f"left out: {n_missing:,} entries without a track URI")
        lengths = dict(entries.group_by("playlist").len().iter_rows())
        empty = [path.name for number, path in enumerate(files) if str(number) not in lengths]
        return entries, {
            "remarks": remarks,
            "skipped": len(empty),
            "skipped_list": [f"{name}: no track" for name in empty],
        }


def _files(source: Path) -> list[Path]:
    if source.is_dir():
        return sorted(path for path in source.iterdir() if path.is_file() and ending(path) == ENDING)
    return [source] if source.is_file() and ending(source) == ENDING else []


def _has_columns(path: Path) -> bool:
    names = set(header_names(beginning(path), ","))
    return bool(names & set(_TRACKS)) and _NAME in names


def _entries(path: Path, number: int) -> tuple[pl.DataFrame, int]:
    """Entries of one file, and the number of rows without a track."""
    import polars as pl

    frame = read_delimited(path, ",")
    uri = next((name for name in _TRACKS if name in frame.columns), None)
    if uri is None or _NAME not in frame.columns:
        raise DataError(f"{path} has the columns {', '.join(frame.columns)}; this layout needs {NEEDS}")
    is_missing = frame[uri].fill_null("").str.strip_chars() == ""
    frame = frame.filter(~is_missing).with_columns(playlist=pl.lit(str(number)), title=pl.lit(_title(path)))
    columns = {"playlist": "playlist", "track": uri, "title": "title", "track_name": _NAME}
    if _ARTIST in frame.columns:
        frame = frame.with_columns(artist=pl.Series(map(_first_name, frame[_ARTIST]), dtype=pl.String))
        columns["artist_name"] = "artist"
    if _ARTIST_URIS in frame.columns:
        frame = frame.with_columns(artist_uri=pl.col(_ARTIST_URIS).str.extract(_FIRST_OF_URIS))
        columns["artist_uri"] = "artist_uri"
    return clean_entries(path, frame, columns), int(is_missing.sum())


def _title(path: Path) -> str:
    """Title of a playlist: Exportify writes other characters than letters and digits as `_`."""
    return path.name[: path.name.lower().rindex(ENDING)].replace("_", " ").strip()


def _first_name(names: str | None) -> str | None:
    match = _FIRST_NAME.match(names or "")
    return match[0].replace("\\,", ",").strip() or None if match else None
