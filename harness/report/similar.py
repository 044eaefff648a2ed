"""Similar tracks as a table on a terminal, as JSON and as CSV, compressed with gzip or not."""

from __future__ import annotations

import gzip
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import polars as pl

from harness.atomic import new_file
from harness.report.exchange import csv_cell, csv_text, json_text
from harness.report.tables import plain_table, print_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rich.console import Console

    from harness.data.track_lookup import Lookup
    from harness.run.similar_tracks import Similar

COLUMNS = (
    *("track_uri", "track", "artist", "rank"),
    *("similar_uri", "similar_track", "similar_artist", "count", "cosine"),
)
"""Columns of the table; `count` is null for a table by vectors."""

_DIGITS = 6


def rows_of(similar: Similar, lookup: Lookup) -> list[dict[str, Any]]:
    """One object per pair, with the columns of the table; names are unchanged."""
    arrays = similar.track, similar.similar, similar.rank, similar.count, similar.cosine
    columns = [array.tolist() for array in arrays]
    return [
        dict(
            zip(
                COLUMNS,
                (
                    *(lookup.uri(track), lookup.name(track), lookup.artist(track), rank),
                    *(lookup.uri(other), lookup.name(other), lookup.artist(other), count, round(cosine, _DIGITS)),
                ),
                strict=True,
            )
        )
        for track, other, rank, count, cosine in zip(*columns, strict=True)
    ]


def similar_as_json(similar: Similar, lookup: Lookup) -> str:
    """JSON list with one object per pair."""
    return json_text(rows_of(similar, lookup))


def similar_as_csv(similar: Similar, lookup: Lookup) -> str:
    """CSV with one line per pair."""
    return csv_text(COLUMNS, (row.values() for row in rows_of(similar, lookup)))  # type: ignore[misc]


def show_similar(similar: Similar, lookup: Lookup, heading: str, console: Console) -> None:
    """Print the pairs of one track."""
    table = plain_table()
    for name in ("rank", "track", "artist", "count", "cosine"):
        is_text = name in ("track", "artist")
        table.add_column(name, justify="left" if is_text else "right", overflow="fold", no_wrap=not is_text)
    for row in rows_of(similar, lookup):
        table.add_row(
            *(str(row["rank"]), row["similar_track"], row["similar_artist"]),
            *(str(row["count"]), f"{row['cosine']:.4f}"),
        )
    print_line(console, heading, "italic")
    console.print(table)


def write_similar(blocks: Iterable[Similar], lookup: Lookup, path: Path) -> int:
    """Write the pairs of many tracks as CSV, compressed if the name ends in .gz; the file appears complete.

    Cells are those of `csv_text`: printable, and never evaluated as formulas by a spreadsheet.

    Returns:
        Number of pairs.
    """
    texts = lookup.columns().select(pl.all().map_elements(csv_cell, pl.String, skip_nulls=False))
    n_pairs = 0
    with new_file(path) as partial, _opened(partial, compressed=path.name.lower().endswith(".gz")) as file:
        file.write((",".join(COLUMNS) + "\n").encode())
        for similar in blocks:
            table = pl.DataFrame(
                [
                    *(texts[name][similar.track].alias(name) for name in ("uri", "name", "artist")),
                    pl.Series("rank", similar.rank),
                    *(texts[name][similar.similar].alias(f"similar {name}") for name in ("uri", "name", "artist")),
                    pl.Series("count", similar.count),
                    pl.Series("cosine", similar.cosine).round(_DIGITS),
                ]
            )
            file.write(table.write_csv(include_header=False).encode())
            n_pairs += table.height
    return n_pairs


@contextmanager
def _opened(path: Path, *, compressed: bool) -> Iterator[BinaryIO]:
    with path.open("wb") as plain:
        if not compressed:
            yield plain
            return
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=plain, mtime=0) as file:  # equal tables, equal bytes
            yield cast("BinaryIO", file)
