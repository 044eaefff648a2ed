"""CSV for spreadsheets, JSON for programs, and words for formats whose fields are separated by blanks."""

from __future__ import annotations

import csv
import io
import json
import re
from math import isnan
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from harness.printable import printable, printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import polars as pl

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Characters that start a formula in a spreadsheet; the last four are full-width forms."""


def csv_text(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """CSV for spreadsheets: texts are printable and never evaluated as formulas.

    A text that starts like a formula is prefixed with an apostrophe, the text marker of spreadsheets. Numbers are
    unchanged. Programs that need unchanged texts read the JSON.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in (head, *rows):
        writer.writerow([csv_cell(value) for value in row])
    return out.getvalue()


def json_text(value: Any) -> str:
    """Indented JSON; texts are unchanged when parsed, control characters are escaped, NaN is null."""
    return printable_lines(json.dumps(nan_as_none(value), indent=2, ensure_ascii=False)) + "\n"


def nan_as_none(value: Any) -> Any:
    """A value of dicts, lists and tuples with None for NaN, which JSON does not have."""
    if isinstance(value, dict):
        return {key: nan_as_none(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [nan_as_none(each) for each in value]
    return None if isinstance(value, float) and isnan(value) else value


def csv_cell(value: object) -> object:
    """A value as a cell of `csv_text`; empty for None and NaN."""
    value = nan_as_none(value)
    if value is None or isinstance(value, int | float):
        return value
    text = printable(str(value))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def as_words(texts: pl.Series) -> pl.Series:
    """Texts with percent-encoded blanks, (n,): identifiers that are not Spotify's may contain some."""
    import polars as pl

    if not texts.str.contains(r"\s").any():
        return texts
    return texts.map_elements(lambda text: re.sub(r"\s", lambda blank: quote(blank[0]), text), pl.String)
