"""What a corpus is like, and how near it comes to the Million Playlist Dataset, on a terminal."""

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
"""Loadings shown of a component."""


def show_summary(summary: Summary, notes: dict[str, Any], console: Console) -> None:
    """Print a corpus's figures, a small table for each kind."""
    _show(console, "counts", ((what, f"{n:,}") for what, n in summary.counts.items()))
    _show(console, "entries a playlist, at most", ((what, f"{n:g}") for what, n in summary.lengths.items()))
    _show(
        console,
        "share of entries in the most frequent tracks",
        ((f"top {what}", f"{share:.3f}") for what, share in summary.concentration.items()),
    )
    _show(console, "order of playlists", [(summary.order, "")])
    _show(console, "titles, and their playlists", ((title, f"{n:,}") for title, n in summary.top_titles))
    tracks = ((f"{name} - {artist} ({uri})", f"{n:,}") for uri, name, artist, n in summary.top_tracks)
    _show(console, "tracks, and their playlists", tracks)
    _show(console, "missing", ((what, f"{n:,}") for what, n in summary.missing.items()), none="nothing")
    _show(console, "twice", ((what, f"{n:,}") for what, n in summary.duplicates.items()))
    if notes.get("skipped"):
        _show(console, "left out at the import", ((line, "") for line in notes["skipped_list"]))


def show_calibration(lines: Sequence[Line], console: Console) -> None:
    """Print target, tolerance and value side by side, and how many lines are met."""
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
    """Print what each principal component explains, and the features that weigh most in it."""
    table = PrintableTable(box=box.SIMPLE)
    for column in ("component", "variance", "together", "strongest loadings"):
        table.add_column(column, justify="left" if column == "strongest loadings" else "right", overflow="fold")
    together = 0.0
    for number, component in enumerate(components, 1):
        together += component.share
        strongest = ", ".join(f"{name} {weight:+.2f}" for name, weight in [*component.loadings.items()][:_STRONGEST])
        table.add_row(str(number), f"{component.share:.1%}", f"{together:.1%}", strongest)
    console.print(table)


def _show(console: Console, title: str, rows: Iterable[tuple[str, str]], none: str = "") -> None:
    print_line(console, title)
    table = PrintableTable(box=None, show_header=False, padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(justify="right")
    for what, value in rows:
        table.add_row(what, value)
    if not table.row_count:
        table.add_row(none, "")
    console.print(table)
    console.print()
