"""Recommended tracks as a table on a terminal, as CSV and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from harness.report.exchange import csv_text, json_text
from harness.report.tables import plain_table, print_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from harness.data.track_lookup import Lookup


@dataclass(frozen=True, slots=True)
class Line:
    """One recommended track.

    Attributes:
        rank: from 1.
        track, artist, album: names; "" if unknown.
        uri: URI of the track.
        score: score of the recommender; None if it gave none.
        preview: preview link; "" if unknown.
        details: further columns of the track table.
        confidence: estimated probability that the track is a hit; None if it was not estimated.
    """

    rank: int
    track: str
    artist: str
    album: str
    uri: str
    score: float | None
    preview: str = ""
    details: dict[str, str] = field(default_factory=dict)
    confidence: float | None = None

    @property
    def cells(self) -> dict[str, Any]:
        """Column -> value, the further columns last; no confidence where none was estimated."""
        cells = asdict(self)
        if self.confidence is None:
            del cells["confidence"]
        return cells | {name: text for name, text in cells.pop("details").items() if name not in cells}


def line_of(lookup: Lookup, rank: int, track: int, score: float | None) -> Line:
    """Recommended track with its names from the corpus."""
    return Line(
        rank,
        lookup.name(track),
        lookup.artist(track),
        lookup.album(track),
        lookup.uri(track),
        score,
        lookup.preview(track),
        lookup.details(track),
    )


def show_tracks(lines: Sequence[Line], heading: str, console: Console) -> None:
    """Print rank, track, artist and, if present, score, confidence and preview link of each track."""
    has_scores = any(line.score is not None for line in lines)
    has_confidence = any(line.confidence is not None for line in lines)
    has_previews = any(line.preview for line in lines)
    table = plain_table()
    table.add_column("rank", justify="right", no_wrap=True)
    for name in ("track", "artist"):
        table.add_column(name, overflow="fold")
    if has_scores:
        table.add_column("score", justify="right", no_wrap=True)
    if has_confidence:
        table.add_column("P(hit)", justify="right", no_wrap=True)
    if has_previews:
        table.add_column("preview", overflow="fold")
    for line in lines:
        cells = [str(line.rank), line.track, line.artist]
        if has_scores:
            cells.append("-" if line.score is None else f"{line.score:.4g}")
        if has_confidence:
            cells.append("-" if line.confidence is None else f"{line.confidence:.1%}")
        table.add_row(*cells, *([line.preview] if has_previews else []))
    print_line(console, heading, "italic")
    console.print(table)


def tracks_as_json(lines: Sequence[Line]) -> str:
    """JSON list with one object per track; names are unchanged."""
    return json_text([line.cells for line in lines])


def tracks_as_csv(lines: Sequence[Line]) -> str:
    """CSV with one line per track: the fields of `Line`, confidence if estimated, further columns of the table."""
    columns = dict.fromkeys(field.name for field in fields(Line) if field.name not in ("details", "confidence"))
    columns |= dict.fromkeys(name for line in lines for name in line.cells if name not in columns)
    return csv_text(list(columns), ([line.cells.get(name) for name in columns] for line in lines))
