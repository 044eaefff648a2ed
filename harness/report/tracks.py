"""Tracks for a person: a table of names, or the same as CSV and JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from harness.report.exchange import csv_text, json_text
from harness.report.tables import plain_table, print_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Line:
    """One track.

    Attributes:
        rank: from 1.
        track, artist, album: names, "" where unknown.
        uri: its URI.
        score: the recommender's; None where it gave none.
    """

    rank: int
    track: str
    artist: str
    album: str
    uri: str
    score: float | None


def show_tracks(lines: Sequence[Line], heading: str, console: Console) -> None:
    """Print rank, track, artist and, if there are any, scores; names are text, whatever stands in them."""
    scored = any(line.score is not None for line in lines)
    table = plain_table()
    table.add_column("rank", justify="right", no_wrap=True)
    for name in ("track", "artist"):
        table.add_column(name, overflow="fold")
    if scored:
        table.add_column("score", justify="right", no_wrap=True)
    for line in lines:
        cells = [str(line.rank), line.track, line.artist]
        score = "-" if line.score is None else f"{line.score:.4g}"
        table.add_row(*cells, *([score] if scored else []))
    print_line(console, heading, "italic")
    console.print(table)


def tracks_as_json(lines: Sequence[Line]) -> str:
    """A list of objects, one a track, names as they are."""
    return json_text([asdict(line) for line in lines])


def tracks_as_csv(lines: Sequence[Line]) -> str:
    """One line a track, under the names of `Line`."""
    return csv_text([field.name for field in fields(Line)], (list(asdict(line).values()) for line in lines))
