"""Reader of playlist tables (playlist, track[, position]) in CSV, TSV, JSON lines or Parquet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.data.delimited import read_delimited
from harness.data.encodings import without_lone_surrogates
from harness.data.track_ids import canonical_uris, is_missing
from harness.data.unpacking import GZIP, max_unpacked_bytes, read_text
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
"""Name of each column -> the names accepted in a file; the first one present is used."""

REQUIRED = ("playlist", "track")

_NAMES = tuple(name for names in COLUMNS.values() for name in names)
_Line = msgspec.defstruct("_Line", [(name, str | int | None, None) for name in _NAMES])
_lines = msgspec.json.Decoder(_Line)
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])

_MOST_NAMED, _MOST_SHOWN = 12, 60
_MOST_EXACT = 2**53
_NUMBER = r"^[+-]?[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?$"
_MAYBE_FLOAT = r"^[+-]?[0-9]+(?:\.|\.?[0-9]*[eE])"
_EXPONENT = r"^[+-]?[0-9]+\.?[0-9]*[eE][+-]?[0-9]+$"
_SHORTENED = r"^[0-9](?:[.,][0-9]+)?E\+[0-9]{2,3}$"
_WHOLE_FLOAT = r"^(-?[0-9]+)\.0*$"
_ZERO_FRACTION = r"\.0*$"
_TOO_LONG = r"^-?[0-9]{16,}\.0*$"
"""A float holds 15 digits exactly; a longer number that ends in .0 went through one and may be another."""


def read_table(path: Path) -> tuple[pl.DataFrame, int]:
    """Read the entries of a table, in file order.

    Blanks around values are removed, whole numbers written as 500.0 become 500, and track identifiers get their
    canonical form.

    Returns:
        The entries, with the columns of `COLUMNS` that the file has, all of them texts except `position`; and the
        number of halves of surrogate pairs that were replaced.

    Raises:
        DataError: the file cannot be read or lacks a column, a row lacks its playlist, track or position, or a
            number was shortened by a spreadsheet.
    """
    frame, n_replaced = _read(path)
    file_columns = {
        column: next((name for name in names if name in frame.columns), None) for column, names in COLUMNS.items()
    }
    for column in REQUIRED:
        if file_columns[column] is None:
            raise DataError(
                f"{path} has no column {column} (nor {', '.join(COLUMNS[column][1:])}), "
                f"but {_named(_columns_of(path, frame))}; name the columns playlist, track and, "
                "if the rows are not in order, position"
            )
    columns = {column: name for column, name in file_columns.items() if name is not None}
    return clean_entries(path, frame, columns), n_replaced


def clean_entries(path: Path, frame: pl.DataFrame, columns: dict[str, str]) -> pl.DataFrame:
    """Select the columns of a table as entries with clean values; see `read_table`.

    Args:
        path: file of the table, for messages.
        frame: one row per entry, in file order.
        columns: column of the entries -> column of the table; `playlist` and `track` are required.

    Raises:
        DataError: a row lacks its playlist, track or position, or a number was shortened by a spreadsheet.
    """
    import polars as pl

    entries = frame.select(pl.col(name).alias(column) for column, name in columns.items())
    entries = entries.with_columns(_as_texts(path, columns[name], entries[name]) for name in entries.columns)
    is_key = [name for name in (*REQUIRED, "position", "artist_uri") if name in entries.columns]
    entries = entries.with_columns(pl.col(is_key).str.strip_chars()).with_columns(pl.all().replace("", None))
    for column in (*REQUIRED, *(["position"] if "position" in entries.columns else [])):
        texts, is_spotify = entries[column], False
        if column == "track":
            texts, is_spotify = canonical_uris(texts)
        values = texts if is_spotify else _whole_numbers(path, columns[column], texts)
        values = _without_missing(values, is_spotify=is_spotify)
        if column == "position":
            values = values.cast(pl.Int64, strict=False)
        if values.null_count():
            row = int(values.is_null().arg_max() or 0)
            kind = "whole number" if column == "position" else "value"
            shown = "" if entries[column][row] is None else f" but {_short(entries[column][row])}"
            raise DataError(
                f"{path}, row {row + 1}: no {kind} in column {columns[column]}{shown}; fix or remove the row"
            )
        entries = entries.with_columns(values.alias(column))
    return entries


def _named(columns: list[str]) -> str:
    more = f" and {len(columns) - _MOST_NAMED} more" if len(columns) > _MOST_NAMED else ""
    return (", ".join(_printable(name) for name in columns[:_MOST_NAMED]) or "none") + more


def _printable(text: str) -> str:
    cut = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
    return cut if cut.isprintable() else repr(cut)[1:-1]


def _short(text: str) -> str:
    return repr(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…")


def _columns_of(path: Path, frame: pl.DataFrame) -> list[str]:
    """All columns of the file, including those that its reader ignores."""
    if ending(path) in (".jsonl", ".ndjson"):
        for line in read_text(path).splitlines():
            if line.strip():
                return list(_object.decode(line))
    if ending(path) == ".parquet":
        from pyarrow import parquet

        return list(parquet.ParquetFile(path).schema_arrow.names)
    return frame.columns


def _as_texts(path: Path, name: str, values: pl.Series) -> pl.Series:
    """Convert the values of a column to texts; floats and decimals that are whole lose their `.0`, NaN becomes null."""
    import polars as pl

    values = _without_fractions(values)
    if values.dtype not in (pl.String, pl.Null, pl.Categorical, pl.Enum) and not values.dtype.is_integer():
        raise DataError(
            f"{path}: column {_printable(name)} holds {values.dtype}, not texts or whole numbers; "
            "write it as texts, or remove it if it is not needed"
        )
    return values.cast(pl.String)


def _without_fractions(values: pl.Series) -> pl.Series:
    """Whole floats as integers, and whole decimals as texts, since they may exceed 64 bits; others unchanged."""
    import polars as pl

    if values.dtype.is_float():
        numbers = values.fill_nan(None)
        if bool((numbers.drop_nulls().abs() <= _MOST_EXACT).all()) and bool((numbers == numbers.floor()).all()):
            return numbers.cast(pl.Int64)
    if values.dtype.is_decimal():
        texts = values.cast(pl.String).str.replace(_ZERO_FRACTION, "")
        if not texts.str.contains(".", literal=True).any():
            return texts
    return values


def _whole_numbers(path: Path, name: str, texts: pl.Series) -> pl.Series:
    """Rewrite numbers such as 500.0 as 500, if the column holds only numbers.

    Raises:
        DataError: a number lost digits, because a program wrote it with an exponent or as a float with too many
            digits.
    """
    import polars as pl

    if not texts.str.contains(_MAYBE_FLOAT).any():
        return texts
    present = texts.filter(~is_missing(texts))
    are_numbers = bool(present.str.contains(_NUMBER).all())
    lost = texts.str.contains(_SHORTENED)
    if are_numbers:
        lost |= texts.str.contains(_EXPONENT) | texts.str.contains(_TOO_LONG)
    if lost.any():
        row = int(lost.fill_null(value=False).arg_max() or 0)
        raise DataError(
            f"{path}, row {row + 1}: {_short(texts[row])} in column {name} was shortened by a spreadsheet or "
            "another program and lost digits; write the column again as text"
        )
    if not are_numbers:
        return texts
    digits = texts.str.extract(_WHOLE_FLOAT)
    return pl.select(pl.when(digits.is_not_null()).then(digits).otherwise(texts)).to_series()


def _without_missing(texts: pl.Series, *, is_spotify: bool) -> pl.Series:
    """Replace words such as NaN by null, if all other values are Spotify tracks or whole numbers."""
    import polars as pl

    missing = is_missing(texts)
    if missing.sum() == texts.null_count():
        return texts
    if not is_spotify and not bool(texts.filter(~missing).str.contains(r"^-?[0-9]+$").all()):
        return texts
    return pl.select(pl.when(~missing).then(texts)).to_series()


def _csv(path: Path) -> tuple[pl.DataFrame, int]:
    return read_delimited(path, ","), 0


def _tsv(path: Path) -> tuple[pl.DataFrame, int]:
    return read_delimited(path, "\t"), 0


def _json_lines(path: Path) -> tuple[pl.DataFrame, int]:
    # msgspec, not polars: polars silently ignores an incomplete last line.
    import polars as pl

    data, n_replaced = without_lone_surrogates(read_text(path))
    try:
        lines = _lines.decode_lines(data)
    except msgspec.DecodeError as error:
        raise ValueError(_locate_fault(data, error)) from None
    columns = {name: [getattr(line, name) for line in lines] for name in _NAMES}
    frame = pl.DataFrame(
        {
            name: pl.Series([None if value is None else str(value) for value in values], dtype=pl.String)
            for name, values in columns.items()
            if values.count(None) < len(values)
        }
    )
    return frame, n_replaced


def _locate_fault(data: bytes, error: msgspec.DecodeError) -> str:
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            _lines.decode(line or b"{}")
        except (msgspec.DecodeError, UnicodeDecodeError) as fault:
            return f"line {number}: {fault}"
    return str(error)


def _parquet(path: Path) -> tuple[pl.DataFrame, int]:
    # pyarrow raises an error for a damaged file; polars can abort the process.
    import polars as pl
    from pyarrow import parquet

    file = parquet.ParquetFile(path)
    known = [name for name in file.schema_arrow.names if name in _NAMES]
    if not known:
        return pl.DataFrame(schema=file.schema_arrow.names), 0
    if file.metadata.num_rows > max_unpacked_bytes(path.stat().st_size):
        raise DataError(f"{path} declares {file.metadata.num_rows:,} rows, more than fit in its size; copy it again")
    frame = pl.from_arrow(file.read(columns=known))
    assert isinstance(frame, pl.DataFrame)
    return frame, 0


LOADERS: dict[str, Callable[[Path], tuple[pl.DataFrame, int]]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}
"""File extension -> loader, which returns the table and the number of replaced characters.

All formats except Parquet may be compressed with gzip.
"""


def ending(path: Path) -> str:
    """The last file extension before `.gz`, in lower case; it determines the format."""
    name = path.name.lower()
    stem = name.removesuffix(GZIP)
    dot = stem.rfind(".")
    return stem[dot:] if dot > 0 else ""


def _read(path: Path) -> tuple[pl.DataFrame, int]:
    import polars as pl
    import pyarrow as pa

    kind = ending(path)
    try:
        return LOADERS[kind](path)
    except (pl.exceptions.PolarsError, pa.ArrowException, EOFError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{path} cannot be read as {kind[1:]} ({reason}); fix it or copy it again") from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise DataError(f"{path} cannot be read as {kind[1:]} ({error}); fix it or copy it again") from None
