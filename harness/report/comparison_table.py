"""A comparison of two runs on a terminal."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.console import Console

from harness.report.cells import category_label
from harness.report.tables import plain_table, print_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from harness.metrics.metric import MetricTraits
    from harness.report.comparison import Comparison, Difference, Moved, Side

_HIT, _MISS = "+ ", "  "


def show_comparison(found: Comparison, console: Console | None = None) -> None:
    """Print differences, likeness, and the playlists that moved most, both lists side by side."""
    console = console or Console(highlight=False)
    a, b = found.runs
    print_line(console, f"{found.about}, {found.n_playlists} playlists: {a} (A) beside {b} (B)", "italic")
    for name, traits in found.metrics.items():
        console.print(_differences(traits, [each for each in found.differences if each.metric == name]))
    print_line(console, "A - B with its 95 % interval; p of a paired randomisation test, not corrected", "dim italic")
    if found.likeness:
        shared = ", ".join(f"{share:.0%} of the first {k}" for k, share in found.likeness.overlap.items())
        console.print(f"both lists hold {shared}; rank-biased overlap {found.likeness.rank_biased:.3f}\n")
    for head, playlists in (("A gains most", found.gained), ("B gains most", found.lost)):
        for each in playlists:
            console.print(_moved(head, found.metrics[found.by], each))


def _differences(traits: MetricTraits, rows: Sequence[Difference]) -> Table:
    table = plain_table()
    table.add_column(traits.title)
    for head in ("A", "B", "A - B", "interval", "p", "effect", "wins/ties/losses"):
        table.add_column(head, justify="right", no_wrap=True)
    for each in rows:
        low, high = each.interval
        table.add_row(
            "all playlists" if each.category is None else category_label(each.category),
            *(traits.shown(value) for value in (*each.means, each.difference)),
            f"{traits.shown(low)} to {traits.shown(high)}",
            f"{each.p:.4f}",
            f"{each.effect:+.2f}",
            f"{each.wins}/{each.ties}/{each.losses}",
        )
    return table


def _moved(head: str, by: MetricTraits, playlist: Moved) -> Table:
    a, b = (by.shown(value) for value in playlist.values)
    title = f'"{playlist.title}"' if playlist.title else "without a title"
    kind = category_label(playlist.category)
    about = f"{head}: playlist {playlist.pid} {title} ({kind}), {by.title} {a} against {b}; + is a hit"
    table = plain_table(about)
    for column in ("last seeds", "A", "B"):
        table.add_column(column, overflow="fold", ratio=1)
    for cells in zip_longest(playlist.seeds, *(_marked(side) for side in playlist.sides), fillvalue=""):
        table.add_row(*cells)
    return table


def _marked(side: Side) -> list[str]:
    return [f"{_HIT if hit else _MISS}{track}" for track, hit in zip(side.tracks, side.hits, strict=True)]
