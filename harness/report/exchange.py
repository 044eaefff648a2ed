"""CSV and JSON of every table: for spreadsheets and for programs."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from harness.printable import printable, printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula; the last four are their full-width forms."""


def csv_text(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """A CSV that a spreadsheet can open: texts are printable, and none of them is run as a formula.

    A text that begins like a formula gets an apostrophe before it, as spreadsheets themselves mark text. Numbers are
    written as they are. Programs that need each text unchanged read the JSON.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in (head, *rows):
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def json_text(value: Any) -> str:
    """JSON, indented: every text is unchanged once it is read; control characters are written as their codes."""
    return printable_lines(json.dumps(value, indent=2, ensure_ascii=False)) + "\n"


def _cell(value: object) -> object:
    if value is None or isinstance(value, int | float):
        return value
    text = printable(str(value))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
