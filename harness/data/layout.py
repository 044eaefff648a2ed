"""Layout of a stored corpus: its frames and arrays, the files that hold them, and the fingerprint of their content."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from harness.data.stored_files import map_array, map_frame, write_array, write_frame
from harness.errors import DataError
from harness.fingerprint import Fingerprint
from harness.ragged import Ragged
from harness.types import Catalog, Playlists

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

_FRAMES = ("info", "tracks", "artists", "albums")
_ARRAYS: dict[str, type[np.int32 | np.int64]] = {
    "indptr": np.int64,
    "entries": np.int32,
    "artist_of": np.int32,
    "album_of": np.int32,
    "duration_ms": np.int32,
}
_NAMED_COLUMNS = {"uri": "String", "name": "String"}
_INFO_COLUMNS = {"pid": "Int64", "name": "String"}

REQUIRED_FILES = {*(f"{name}.arrow" for name in _FRAMES), *(f"{name}.npy" for name in _ARRAYS)}
"""Files that every corpus has beside its manifest."""

EXTRA_FILES = {kind: re.compile(rf"{kind}-[0-9a-f]{{32}}\.arrow") for kind in ("audio", "track_table")}
"""Kind -> names of files of which a corpus may have one: audio features, and texts about its tracks.

A name contains the digest of the file, so that a new file never overwrites the current one.
"""

_HASHED_AT_ONCE = 100_000


def write_playlists(playlists: Playlists, folder: Path) -> None:
    """Write the required files into an empty folder."""
    for name in _FRAMES:
        write_frame(_frame(playlists, name), folder / f"{name}.arrow")
    for name in _ARRAYS:
        write_array(_array(playlists, name), folder / f"{name}.npy")


def fingerprint(playlists: Playlists) -> str:
    """Fingerprint of playlists and catalog without audio features; depends on order, but not on the machine."""
    digest = Fingerprint()
    for name in _FRAMES:
        frame = _frame(playlists, name)
        digest.texts(frame.columns)
        for column in frame.iter_columns():
            for start in range(0, len(column), _HASHED_AT_ONCE):
                _add_texts(digest, column[start : start + _HASHED_AT_ONCE])
    for name in _ARRAYS:
        digest.array(_array(playlists, name))
    return str(digest)


def audio_fingerprint(catalog: Catalog) -> str:
    """Fingerprint of a catalog's audio features, "" if it has none; separate, because few models use them."""
    if catalog.audio is None:
        return ""
    digest = Fingerprint().texts(catalog.audio.columns)
    for column in catalog.audio.iter_columns():
        digest.array(column.to_numpy())
    return str(digest)


def _add_texts(digest: Fingerprint, column: pl.Series) -> None:
    """Add a column as texts in Python's notation; texts and whole numbers are added without Python objects."""
    import polars as pl

    if column.dtype != pl.String and not column.dtype.is_integer():
        digest.texts(None if value is None else str(value) for value in column.to_list())
        return
    texts = column.cast(pl.String)
    lengths = texts.str.len_chars().cast(pl.Int64).fill_null(-1).to_numpy()
    digest.joined(lengths, _joined_bytes(texts.drop_nulls()))


def _joined_bytes(texts: pl.Series) -> memoryview:
    """UTF-8 bytes of the texts, stored contiguously as in Arrow."""
    import polars as pl

    array = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, bounds, data = array.buffers()
    if not len(array) or data is None:
        return memoryview(b"")
    ends = np.frombuffer(bounds, np.int64)[array.offset : array.offset + len(array) + 1]
    return memoryview(data)[ends[0] : ends[-1]]


def _frame(playlists: Playlists, name: str) -> pl.DataFrame:
    frame: pl.DataFrame = playlists.info if name == "info" else getattr(playlists.catalog, name)
    return frame


def _array(playlists: Playlists, name: str) -> np.ndarray:
    if name == "indptr":
        return playlists.tracks.indptr
    array: np.ndarray = playlists.tracks.values if name == "entries" else getattr(playlists.catalog, name)
    return array


def map_playlists(folder: Path, n_playlists: int, n_entries: int, n_tracks: int, audio: str | None) -> Playlists:
    """Memory-map the files of a corpus.

    Args:
        folder: of the corpus.
        n_playlists: length that the arrays of playlists must have, as below.
        n_entries: number of entries.
        n_tracks: number of tracks.
        audio: name of the file with audio features, if it has one.

    Raises:
        DataError: a file has another content than was written.
    """
    frames = {name: map_frame(folder / f"{name}.arrow") for name in _FRAMES}
    _check_columns(frames)
    lengths = {"indptr": n_playlists + 1, "entries": n_entries}
    arrays = {
        name: map_array(folder / f"{name}.npy", dtype, lengths.get(name, n_tracks)) for name, dtype in _ARRAYS.items()
    }
    catalog = Catalog(
        frames["tracks"],
        frames["artists"],
        frames["albums"],
        arrays["artist_of"],
        arrays["album_of"],
        arrays["duration_ms"],
        map_frame(folder / audio) if audio else None,
    )
    return Playlists(frames["info"], Ragged(arrays["indptr"], arrays["entries"]), catalog)


def _check_columns(frames: dict[str, pl.DataFrame]) -> None:
    for name, frame in frames.items():
        schema = {column: str(dtype) for column, dtype in frame.schema.items()}
        if name == "info":
            schema = {column: dtype for column, dtype in schema.items() if column in _INFO_COLUMNS}
        if schema != (_INFO_COLUMNS if name == "info" else _NAMED_COLUMNS):
            raise DataError(f"{name}.arrow does not have the columns that were written")
