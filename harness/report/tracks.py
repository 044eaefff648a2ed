"""Recommended tracks as a table on a terminal, as CSV and as JSON."""

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
    """One recommended track.

    Attributes:
        rank: from 1.
        track, artist, album: names; "" if unknown.
        uri: URI of the track.
        score: score of the recommender; None if it gave none.
        confidence: estimated probability that the track is a hit; None if it was not estimated.
    """

    rank: int
    track: str
    artist: str
    album: str
    uri: str
    score: float | None
    confidence: float | None = None


def show_tracks(lines: Sequence[Line], heading: str, console: Console) -> None:
    """Print rank, track, artist and, if present, score and confidence of each track; names are plain text."""
    has_scores, has_confidence = (_has(lines, name) for name in ("score", "confidence"))
    table = plain_table()
    table.add_column("rank", justify="right", no_wrap=True)
    for name in ("track", "artist"):
        table.add_column(name, overflow="fold")
    if has_scores:
        table.add_column("score", justify="right", no_wrap=True)
    if has_confidence:
        table.add_column("P(hit)", justify="right", no_wrap=True)
    for line in lines:
        cells = [str(line.rank), line.track, line.artist]
        score = "-" if line.score is None else f"{line.score:.4g}"
        confidence = "-" if line.confidence is None else f"{line.confidence:.1%}"
        table.add_row(*cells, *([score] if has_scores else []), *([confidence] if has_confidence else []))
    print_line(console, heading, "italic")
    console.print(table)


def tracks_as_json(lines: Sequence[Line]) -> str:
    """JSON list with one object per track; names are unchanged."""
    return json_text([_columns(line, lines) for line in lines])


def tracks_as_csv(lines: Sequence[Line]) -> str:
    """CSV with one line per track; the columns are the fields of `Line`, confidence only if it was estimated."""
    head = [each.name for each in fields(Line) if each.name != "confidence" or _has(lines, each.name)]
    return csv_text(head, ([getattr(line, name) for name in head] for line in lines))


def _columns(line: Line, lines: Sequence[Line]) -> dict[str, object]:
    columns = asdict(line)
    if not _has(lines, "confidence"):
        del columns["confidence"]
    return columns


def _has(lines: Sequence[Line], name: str) -> bool:
    return any(getattr(line, name) is not None for line in lines)
