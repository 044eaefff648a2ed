"""Tables on a terminal: summary, calibration and principal components of a corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box

from harness.report.tables import PrintableTable, print_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from harness.data.components import Component
    from harness.data.summary import Summary
    from harness.synthetic.calibration import Line


_STRONGEST = 4
"""Number of loadings shown per component."""


def show_summary(summary: Summary, notes: dict[str, Any], console: Console) -> None:
    """Print the statistics of a corpus, one small table per kind."""
    _show(console, "counts", ((label, f"{n:,}") for label, n in summary.counts.items()))
    _show(console, "entries a playlist, at most", ((label, f"{n:g}") for label, n in summary.lengths.items()))
    _show(
        console,
        "share of entries in the most frequent tracks",
        ((f"top {label}", f"{share:.3f}") for label, share in summary.concentration.items()),
    )
    _show(console, "order of playlists", [(summary.order, "")])
    _show(console, "most frequent titles: number of playlists", ((title, f"{n:,}") for title, n in summary.top_titles))
    tracks = ((f"{name} - {artist} ({uri})", f"{n:,}") for uri, name, artist, n in summary.top_tracks)
    _show(console, "most frequent tracks: number of playlists", tracks)
    _show(console, "missing", ((label, f"{n:,}") for label, n in summary.missing.items()), none="nothing")
    _show(console, "duplicates", ((label, f"{n:,}") for label, n in summary.duplicates.items()))
    if notes.get("skipped"):
        _show(console, "left out by the import", ((line, "") for line in notes["skipped_list"]))


def show_calibration(lines: Sequence[Line], console: Console) -> None:
    """Print target, tolerance and value of each line, and the number of lines met."""
    table = PrintableTable(box=box.SIMPLE)
    for column in ("line", "measured on", "target", "tolerance", "value", ""):
        table.add_column(column, justify="left" if column in ("line", "measured on") else "right", overflow="fold")
    for line in lines:
        value = "not measured" if line.value is None else f"{line.value:.5g}"
        verdict = "" if line.ok is None else "ok" if line.ok else "MISS"
        table.add_row(line.name, line.corpus, f"{line.target:g}", f"{line.tolerance:.3g}", value, verdict)
    console.print(table)
    met, missed = (sum(line.ok is verdict for line in lines) for verdict in (True, False))
    console.print(
        f"{met} lines met, {missed} missed, {len(lines) - met - missed} not measured on a corpus of this size"
    )


def show_components(components: Sequence[Component], console: Console) -> None:
    """Print the explained variance and the strongest loadings of each principal component."""
    table = PrintableTable(box=box.SIMPLE)
    for column in ("component", "variance", "cumulative", "strongest loadings"):
        table.add_column(column, justify="left" if column == "strongest loadings" else "right", overflow="fold")
    cumulative = 0.0
    for number, component in enumerate(components, 1):
        cumulative += component.share
        strongest = ", ".join(f"{name} {weight:+.2f}" for name, weight in [*component.loadings.items()][:_STRONGEST])
        table.add_row(str(number), f"{component.share:.1%}", f"{cumulative:.1%}", strongest)
    console.print(table)


def _show(console: Console, title: str, rows: Iterable[tuple[str, str]], none: str = "") -> None:
    print_line(console, title)
    table = PrintableTable(box=None, show_header=False, padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(justify="right")
    for label, value in rows:
        table.add_row(label, value)
    if not table.row_count:
        table.add_row(none, "")
    console.print(table)
    console.print()
