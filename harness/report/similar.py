"""Similar tracks as a table on a terminal, as JSON and as CSV, compressed with gzip or not."""

from __future__ import annotations

import gzip
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

import polars as pl

from harness.atomic import new_file
from harness.errors import DataError
from harness.report.exchange import csv_cell, csv_text, json_text
from harness.report.tables import plain_table, print_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rich.console import Console

    from harness.run.similar_tracks import Similar

COUNT, COSINE = "count", "cosine"
TEXTS = {
    "uri": ("track_uri", "similar_uri"),
    "name": ("track", "similar_track"),
    "artist": ("artist", "similar_artist"),
}
"""Text of a track -> its columns in the table, for the track and for the similar one."""

_DIGITS = 6


def similar_table(similar: Similar, texts: pl.DataFrame) -> pl.DataFrame:
    """The pairs with texts, one row per pair; a table by vectors has no column `count`.

    Args:
        similar: m pairs.
        texts: `uri`, `name` and `artist` of every track, as `Lookup.displayed` gives them.
    """
    numbers = [pl.Series(COSINE, similar.cosine).round(_DIGITS)]
    if similar.count is not None:
        numbers.insert(0, pl.Series(COUNT, similar.count))
    return pl.DataFrame(
        [
            *(texts[name][similar.track].alias(columns[0]) for name, columns in TEXTS.items()),
            pl.Series("rank", similar.rank),
            *(texts[name][similar.similar].alias(columns[1]) for name, columns in TEXTS.items()),
            *numbers,
        ]
    )


def similar_as_json(table: pl.DataFrame) -> str:
    """JSON list with one object per pair; names are unchanged."""
    return json_text(table.to_dicts())


def similar_as_csv(table: pl.DataFrame) -> str:
    """CSV with one line per pair."""
    return csv_text(table.columns, table.iter_rows())


def show_similar(table: pl.DataFrame, heading: str, console: Console) -> None:
    """Print the pairs of one track."""
    columns = {"rank": "rank", "similar_track": "track", "similar_artist": "artist", COUNT: COUNT, COSINE: COSINE}
    shown = plain_table()
    for name, header in columns.items():
        if name in table.columns:
            is_text = name.startswith("similar")
            shown.add_column(header, justify="left" if is_text else "right", overflow="fold", no_wrap=not is_text)
    for row in table.iter_rows(named=True):
        shown.add_row(*(f"{row[name]:.4f}" if name == COSINE else str(row[name]) for name in columns if name in row))
    print_line(console, heading, "italic")
    console.print(shown)


def write_similar(blocks: Iterable[Similar], texts: pl.DataFrame, path: Path) -> int:
    """Write the pairs of many tracks as CSV, compressed if the name ends in .gz; the file appears complete.

    Cells are those of `csv_text`: printable, and never evaluated as formulas by a spreadsheet.

    Returns:
        Number of pairs.

    Raises:
        DataError: there is no pair; no file is written.
    """
    cells = texts.select(pl.all().map_elements(csv_cell, pl.String, skip_nulls=False))
    n_pairs = 0
    with new_file(path) as partial, _opened(partial, compressed=path.name.lower().endswith(".gz")) as file:
        for similar in blocks:
            table = similar_table(similar, cells)
            file.write(table.write_csv(include_header=not n_pairs).encode())
            n_pairs += table.height
        if not n_pairs:
            raise DataError("no two tracks are similar: lower `min_count`")
    return n_pairs


@contextmanager
def _opened(path: Path, *, compressed: bool) -> Iterator[BinaryIO]:
    with path.open("wb") as plain:
        if not compressed:
            yield plain
            return
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=plain, mtime=0) as file:  # equal tables, equal bytes
            yield cast("BinaryIO", file)
