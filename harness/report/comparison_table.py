"""A comparison of two runs on a terminal."""

from __future__ import annotations

from itertools import zip_longest
from math import isnan
from typing import TYPE_CHECKING

from harness.report.cells import category_label
from harness.report.tables import plain_table, print_fitting, print_line, print_sentence, screen, text_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from harness.metrics.metric import MetricTraits
    from harness.report.comparison import Comparison, Difference, Moved, Side

_HIDDEN: tuple[tuple[str, ...], ...] = ((), ("effect",), ("effect", "wins/ties/losses"))
"""Columns that narrower and narrower terminals hide."""

_HIT, _MISS = "+ ", "  "


def show_comparison(comparison: Comparison, console: Console | None = None) -> None:
    """Print the differences, the similarity of lists, and the playlists with the largest differences."""
    console = console or screen()
    a, b = comparison.runs
    print_line(console, f"{comparison.about}, {comparison.n_playlists} playlists: {a} (A) and {b} (B)", "italic")
    hidden: tuple[str, ...] = ()
    for name, traits in comparison.metrics.items():
        rows = [row for row in comparison.differences if row.metric == name]
        tables = [_differences(traits, rows, columns) for columns in _HIDDEN]
        hidden = max(hidden, _HIDDEN[print_fitting(console, tables)], key=len)
    if hidden:
        print_sentence(console, f"Hidden at this width: {', '.join(hidden)}; a wider terminal shows all", "dim italic")
    print_sentence(
        console, "A - B with its 95 % interval; p-values of paired randomisation tests, uncorrected", "dim italic"
    )
    if comparison.likeness:
        shared = ", ".join(f"{share:.0%} of the first {k}" for k, share in comparison.likeness.overlap.items())
        console.print(f"both lists contain {shared}; rank-biased overlap {comparison.likeness.rank_biased:.3f}\n")
    for head, playlists in (("A gains most", comparison.gained), ("B gains most", comparison.lost)):
        for playlist in playlists:
            console.print(_moved(head, comparison.metrics[comparison.by], playlist))


def _differences(traits: MetricTraits, rows: Sequence[Difference], hidden: Sequence[str]) -> Table:
    """A line per category; without the hidden columns."""
    title = traits.title if not traits.informative else f"{traits.title} (informative)"
    cells = []
    for row in rows:
        low, high = row.interval
        values = {
            title: "all playlists" if row.category is None else category_label(row.category),
            **dict(zip(("A", "B", "A - B"), map(traits.shown, (*row.means, row.difference)), strict=True)),
            "interval": "-" if isnan(low) else f"{traits.shown(low)} to {traits.shown(high)}",
            "p": f"{row.p:.4f}",
            "effect": "-" if isnan(row.effect) else f"{row.effect:+.2f}",
            "wins/ties/losses": "-" if row.wins is None else f"{row.wins}/{row.ties}/{row.losses}",
        }
        cells.append({name: value for name, value in values.items() if name not in hidden})
    head = list(cells[0])
    return text_table(head, [list(line.values()) for line in cells], right=head[1:])


def _moved(head: str, by: MetricTraits, playlist: Moved) -> Table:
    a, b = (by.shown(value) for value in playlist.values)
    title = f'"{playlist.title}"' if playlist.title else "(no title)"
    kind = category_label(playlist.category)
    about = f"{head}: playlist {playlist.pid} {title} ({kind}), {by.title} {a} and {b}; + marks a hit"
    table = plain_table(about)
    for column in ("last seeds", "A", "B"):
        table.add_column(column, overflow="fold", ratio=1)
    for cells in zip_longest(playlist.seeds, *(_marked(side) for side in playlist.sides), fillvalue=""):
        table.add_row(*cells)
    return table


def _marked(side: Side) -> list[str]:
    return [f"{_HIT if hit else _MISS}{track}" for track, hit in zip(side.tracks, side.hits, strict=True)]
