"""Reliability of a confidence: a table of bins, and a plot as PNG and SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.extras import require_extra
from harness.report.chart_files import write_chart
from harness.report.exchange import csv_text, json_text
from harness.report.tables import plain_table, print_line

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from harness.statistics.confidence import Bin, Reliability

_SIZE, _SCALE = 320, 2.0
"""Width and height of the plot in pixels, and PNG pixels per SVG pixel."""

_TICKS = (0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1)
_HEAD = ("low", "high", "tracks", "expected", "observed", "observed_low", "observed_high")


def show_reliability(found: Reliability, heading: str, console: Console) -> None:
    """Print one line per bin, and the errors."""
    table = plain_table()
    for name in ("estimate", "tracks", "expected", "observed", "95 % interval"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in found.bins:
        low, high = each.interval
        shares = (f"{each.expected:.2%}", f"{each.observed:.2%}", f"{low:.2%} to {high:.2%}")
        table.add_row(f"{each.low:.1%} to {each.high:.1%}", f"{each.n_tracks:,}", *shares)
    print_line(console, heading, "italic")
    console.print(table)
    errors = f"expected calibration error {found.calibration_error:.4f}; Brier score {found.brier:.5f}"
    print_line(console, f"{errors}, of the overall share of hits {found.brier_of_mean:.5f}", "dim italic")


def reliability_as_csv(found: Reliability) -> str:
    """CSV with one line per bin."""
    return csv_text(_HEAD, (_cells(each) for each in found.bins))


def reliability_as_json(found: Reliability) -> str:
    """JSON object: the bins, and the errors."""
    bins = [dict(zip(_HEAD, _cells(each), strict=True)) for each in found.bins]
    errors = {"calibration_error": found.calibration_error, "brier": found.brier, "brier_of_mean": found.brier_of_mean}
    return json_text({"bins": bins, **errors})


def draw_reliability(found: Reliability, title: str, path: Path) -> list[Path]:
    """Draw observed share against estimated probability with 95 % intervals; the diagonal is perfect.

    Both axes have a square-root scale, since most estimates are small.

    Args:
        found: what is drawn.
        title: of the plot; plain text.
        path: output path without suffix.

    Returns:
        Paths of the `.png` and the `.svg` file.

    Raises:
        MissingExtraError: the drawing packages are not installed.
    """
    require_extra("page")
    import altair as alt

    rows = [dict(zip(_HEAD, _cells(each), strict=True)) for each in found.bins]
    most = min(1.0, 1.1 * max(row[end] for row in rows for end in ("expected", "observed_high")))
    scale = alt.Scale(type="sqrt", domain=[0, most], nice=False)
    axis = alt.Axis(format="~%", values=[tick for tick in _TICKS if tick <= most])
    x = alt.X("expected:Q", title="estimated probability of a hit", scale=scale, axis=axis)
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x)
    title_of_y = "observed share of hits, test holdout"
    y = alt.Y("observed_low:Q", title=title_of_y, scale=scale, axis=axis)
    intervals = base.mark_rule(strokeWidth=1.5).encode(y=y, y2="observed_high:Q")
    points = base.mark_point(filled=True, size=50, opacity=1).encode(y=alt.Y("observed:Q", title=title_of_y))
    ends = alt.Chart(alt.InlineData(values=[{"end": 0.0}, {"end": most}]))
    diagonal = ends.mark_line(color="gray", strokeDash=[4, 3]).encode(x="end:Q", y="end:Q")
    chart = alt.layer(diagonal, intervals, points).properties(width=_SIZE, height=_SIZE, title=title)
    return write_chart(chart, path, _SCALE)


def _cells(each: Bin) -> tuple[float, ...]:
    return (each.low, each.high, each.n_tracks, each.expected, each.observed, *each.interval)
