"""Reader of CSV and TSV files as frames of texts; files with ambiguous quoting are refused."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import numpy as np

from harness.data.unpacking import max_table_rows, read_text
from harness.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

_QUOTING = 'write a field that contains a quote as "He said ""no""", or save the table as .tsv, which has no quoting'
_MOST_COLUMNS = 1_000


_SEPARATORS = (";", "\t", ",", "|")
_NAMED_SEPARATOR = re.compile(rb'\A"?sep=([;\t,|])"?(?=[\r\n])', re.IGNORECASE)
"""First line in which Excel finds the separator."""

_FIRST_LINE = re.compile(rb"[\r\n]*([^\r\n]*)")


def read_delimited(path: Path, separator: str) -> pl.DataFrame:
    """Read a table with every value as text; the header names the columns, without surrounding blanks.

    Fields may be quoted as in RFC 4180, unless tabs are expected and found: a TSV file has no quoting. Lines may end
    in LF, CR LF, CR CR LF or CR.

    Args:
        path: the file, optionally compressed with gzip.
        separator: the expected separator; `separator_of` finds the one in use.

    Raises:
        DataError: the table is malformed; the message names the line.
    """
    import polars as pl

    data = _with_line_feeds(read_text(path))
    has_quoting = separator != "\t"
    separator = separator_of(data, separator)
    data = _without_named_separator(data)
    quoted = (has_quoting or separator != "\t") and b'"' in data
    n_columns = _header(data).count(separator.encode()) + 1
    if n_columns > _MOST_COLUMNS:
        raise DataError(f"{path}, line 1: {n_columns:,} columns, more than a playlist table has; pass another file")
    max_rows, n_lines = max_table_rows(path.stat().st_size), data.count(b"\n")
    if n_lines > max_rows:
        raise DataError(
            f"{path} decompresses to {n_lines:,} rows, more than a file of this size can hold; "
            "if you trust it, decompress it and pass the decompressed file"
        )
    if quoted:
        _check(path, data, separator, n_columns, quoted=True)
    try:
        # Every value is read as text: a numeric track identifier may exceed 64 bits or have leading zeros.
        frame = pl.read_csv(data, separator=separator, infer_schema=False, quote_char='"' if quoted else None)
    except pl.exceptions.PolarsError:
        _check(path, data, separator, n_columns, quoted=quoted)
        raise _unreadable(path, data) from None
    frame = _without_blank_rows(frame)
    return frame.rename({name: stripped for name, stripped in _stripped(frame.columns).items() if name != stripped})


def separator_of(data: bytes, expected: str) -> str:
    """Separator of a table's fields.

    It is the one that a first line such as `sep=;` names; the expected one, if the header contains it; otherwise the
    most frequent of semicolon, tab, comma and bar in the header. Every table needs two columns at least.

    Args:
        data: the table, or its beginning with the header.
        expected: the separator of this kind of file.
    """
    if named := _NAMED_SEPARATOR.match(data):
        return named[1].decode()
    header = _header(data)
    counts = {separator: header.count(separator.encode()) for separator in (expected, *_SEPARATORS)}
    return expected if counts[expected] else max(counts, key=lambda separator: counts[separator])


def header_names(data: bytes, expected: str) -> list[str]:
    """Column names of a table without quotes and surrounding blanks.

    Args:
        data: the table, or its beginning with the header.
        expected: as in `separator_of`.
    """
    header = _header(_without_named_separator(data)).decode(errors="replace")
    return [name.strip() for name in next(csv.reader([header], delimiter=separator_of(data, expected)), [])]


def _without_named_separator(data: bytes) -> bytes:
    named = _NAMED_SEPARATOR.match(data)
    return data[named.end() :] if named else data  # the line feed stays: messages count lines as in the file


def _header(data: bytes) -> bytes:
    return _FIRST_LINE.match(data)[1]  # type: ignore[index]  # matches any bytes


def _without_blank_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """Drop empty rows: spreadsheets write lines that consist of blanks and separators only."""
    import polars as pl

    if not frame.width or not frame.to_series(-1).null_count():
        return frame
    return frame.filter(~pl.all_horizontal(pl.all().str.strip_chars().fill_null("") == ""))


def _stripped(names: list[str]) -> dict[str, str]:
    """Each name without surrounding blanks, unless two names would then be equal."""
    stripped = {name: name.strip() for name in names}
    return stripped if len(set(stripped.values())) == len(names) else {name: name for name in names}


def _with_line_feeds(data: bytes) -> bytes:
    if b"\r" not in data:
        return data
    if b"\n" not in data:
        return data.replace(b"\r", b"\n")
    return data.replace(b"\r\r\n", b"\n")


def _check(path: Path, data: bytes, separator: str, n_columns: int, *, quoted: bool) -> None:
    from harness.data import delimited_kernels as kernels

    kind, line = kernels.first_fault(np.frombuffer(data, np.uint8), ord(separator), n_columns, quoted)
    if kind != kernels.SOUND:
        fault = {
            kernels.QUOTE_INSIDE: f"a quote inside an unquoted field; {_QUOTING}",
            kernels.TEXT_AFTER: f"text after the closing quote of a field; {_QUOTING}",
            kernels.UNCLOSED: f"a field begins with a quote that is never closed; {_QUOTING}",
            kernels.HOLDS_ROWS: f"a field begins with a quote that is closed only after complete rows; {_QUOTING}",
            kernels.TOO_MANY_FIELDS: f"more fields than the {n_columns} columns of the header; remove or quote the "
            "extra fields",
        }[kind]
        raise DataError(f"{path}, line {line}: {fault}")


def _unreadable(path: Path, data: bytes) -> DataError:
    if not data.strip():
        return DataError(f"{path} cannot be read: it is empty; pass another file")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return DataError(f"{path}, line {line}: a text is not UTF-8; save the table as UTF-8")
    return DataError(f"{path} cannot be read as a table; write it again with a header and one row per line")
