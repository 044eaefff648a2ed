"""Tables of (playlist, track[, position]) as CSV, TSV, JSON lines or Parquet -> entries in columns of known names."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import msgspec

from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import polars as pl

COLUMNS = {
    "playlist": ("playlist", "playlist_id", "pid"),
    "track": ("track", "track_uri", "track_id"),
    "position": ("position", "pos"),
    "title": ("title", "playlist_name"),
    "track_name": ("track_name",),
    "artist_uri": ("artist_uri", "artist_id"),
    "artist_name": ("artist_name", "artist"),
}
"""Our name of a column -> the names under which it is looked for, the first that is there."""

REQUIRED = ("playlist", "track")
GZIP = ".gz"

_NAMES = tuple(name for names in COLUMNS.values() for name in names)
_Line = msgspec.defstruct("_Line", [(name, str | int | None, None) for name in _NAMES])
_lines = msgspec.json.Decoder(_Line)


def read_table(path: Path) -> pl.DataFrame:
    """The entries of a table, in file order; columns as `COLUMNS` names them, all texts but `position`.

    Raises:
        DataError: the file cannot be read, lacks a column, or a row lacks its playlist, track or place.
    """
    import polars as pl

    frame = _read(path)
    found = {ours: next((name for name in names if name in frame.columns), None) for ours, names in COLUMNS.items()}
    for column in REQUIRED:
        if found[column] is None:
            raise DataError(
                f"{path} has no column {column} (nor {', '.join(COLUMNS[column][1:])}), "
                f"but {', '.join(frame.columns) or 'none at all'}; name the columns playlist, track and, "
                "where the rows are not in order, position"
            )
    entries = frame.select(pl.col(name).alias(ours) for ours, name in found.items() if name is not None)
    for name, dtype in entries.schema.items():
        if dtype not in (pl.String, pl.Null) and not dtype.is_integer():
            raise DataError(f"{path}: column {found[name]} holds {dtype}, not texts or whole numbers")
    entries = entries.with_columns(pl.all().exclude("position").cast(pl.String).replace("", None))
    if "position" in entries.columns:
        entries = entries.with_columns(pl.col("position").cast(pl.Int64, strict=False))
    for column in (*REQUIRED, *(["position"] if "position" in entries.columns else [])):
        empty = entries[column].is_null().arg_max() if entries[column].null_count() else None
        if empty is not None:
            what = "whole number" if column == "position" else "value"
            raise DataError(f"{path}, row {empty + 1}: no {what} in column {found[column]}; mend it or leave it out")
    return entries


def _csv(path: Path) -> pl.DataFrame:
    return _delimited(path, ",")


def _tsv(path: Path) -> pl.DataFrame:
    return _delimited(path, "\t")


def _delimited(path: Path, separator: str) -> pl.DataFrame:
    import polars as pl

    # Everything is text: a track's number may be longer than any number, and begin with zeros that count.
    return pl.read_csv(_content(path), separator=separator, infer_schema=False)


def _json_lines(path: Path) -> pl.DataFrame:
    # polars passes over a last line that breaks off.
    import polars as pl

    data = _content(path)
    try:
        lines = _lines.decode_lines(data)
    except msgspec.DecodeError as error:
        raise ValueError(_place_of_fault(data, error)) from None
    columns = {name: [getattr(line, name) for line in lines] for name in _NAMES}
    return pl.DataFrame(
        {
            name: pl.Series([None if value is None else str(value) for value in values], dtype=pl.String)
            for name, values in columns.items()
            if values.count(None) < len(values)
        }
    )


def _place_of_fault(data: bytes, error: msgspec.DecodeError) -> str:
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            _lines.decode(line or b"{}")
        except msgspec.DecodeError as fault:
            return f"line {number}: {fault}"
    return str(error)


def _parquet(path: Path) -> pl.DataFrame:
    # pyarrow answers damage with an error, where polars can end the process.
    import polars as pl
    from pyarrow import parquet

    file = parquet.ParquetFile(path)
    asked = [name for name in file.schema_arrow.names if name in _NAMES]
    if not asked:
        return pl.DataFrame(schema=file.schema_arrow.names)
    table = file.read(columns=asked)
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


READERS: dict[str, Callable[[Path], pl.DataFrame]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}
"""Ending -> how it is read; all but Parquet may be packed with gzip."""


def ending(path: Path) -> str:
    """What tells the kind of a file: the last ending before `.gz`."""
    name = path.name.lower()
    stem = name.removesuffix(GZIP)
    dot = stem.rfind(".")
    return stem[dot:] if dot > 0 else ""


def _read(path: Path) -> pl.DataFrame:
    import polars as pl
    import pyarrow as pa

    kind = ending(path)
    try:
        return READERS[kind](path)
    except (pl.exceptions.PolarsError, pa.ArrowException, EOFError, zlib.error, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{path} cannot be read as {kind[1:]} ({reason}); mend it or copy it again") from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise DataError(f"{path} cannot be read as {kind[1:]} ({error}); mend it or copy it again") from None


def _content(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.name.lower().endswith(GZIP) else data
