"""Compiled check of CSV files: finds the first violation of the quoting rules (RFC 4180) or of the column count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.kit.numba_cache import compiled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]


SOUND, QUOTE_INSIDE, TEXT_AFTER, UNCLOSED, HOLDS_ROWS, TOO_MANY_FIELDS = range(6)
"""Kinds of fault: none; a quote inside an unquoted field; text after a closing quote; a quote that is never closed;
a quoted field over several lines, one of which has as many fields as a row; more fields than columns."""

_QUOTE, _LF, _CR = 34, 10, 13


@compiled
def first_fault(data: Bytes, separator: int, n_columns: int, quoted: bool) -> tuple[int, int]:
    """Return the first fault of a table and its line, counted from 1; (SOUND, 0) if there is none.

    Args:
        data: the whole file, (n,); lines end in LF or CR LF.
        separator: byte between fields.
        n_columns: number of fields in the header.
        quoted: interpret quotes; False for TSV, which has no quoting.
    """
    line, n_fields, i, n = 1, 0, 0, len(data)
    while i < n:
        if quoted and data[i] == _QUOTE:
            kind, i, n_lines = _quoted_end(data, i + 1, separator, n_columns)
            if kind != SOUND:
                return kind, line
            line += n_lines
        else:
            while i < n and data[i] != separator and data[i] != _LF:
                if quoted and data[i] == _QUOTE:
                    return QUOTE_INSIDE, line
                i += 1
        n_fields += 1
        if n_fields > n_columns:
            return TOO_MANY_FIELDS, line
        if i < n and data[i] == _LF:
            n_fields, line = 0, line + 1
        i += 1
    return SOUND, 0


@compiled
def _quoted_end(data: Bytes, i: int, separator: int, n_columns: int) -> tuple[int, int, int]:
    """Fault of a quoted field, the offset after it, and the number of line ends inside it."""
    n, n_lines, n_separators = len(data), 0, 0
    while True:
        if i >= n:
            return UNCLOSED, i, 0
        if data[i] == _QUOTE:
            if i + 1 < n and data[i + 1] == _QUOTE:
                i += 2
                continue
            i += 1
            break
        if data[i] == _LF:
            n_lines, n_separators = n_lines + 1, 0
        elif data[i] == separator and n_lines:
            n_separators += 1
            if n_separators >= max(n_columns - 1, 1):
                return HOLDS_ROWS, i, 0
        i += 1
    if i + 1 < n and data[i] == _CR and data[i + 1] == _LF:
        i += 1
    if i < n and data[i] != separator and data[i] != _LF:
        return TEXT_AFTER, i, 0
    return SOUND, i, n_lines
