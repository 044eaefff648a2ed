"""Leaderboards as tables on a terminal; piped output is neither cut nor wrapped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.report.cells import INTERVAL_NOTE, LEFT, Layout, body_cells, caption, header_cells
from harness.report.tables import print_fitting, print_line, print_sentence, screen, text_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console
    from rich.table import Table

    from harness.report.leaderboard import Leaderboard


def show(
    leaderboards: Sequence[Leaderboard],
    console: Console | None = None,
    *,
    by_category: bool = False,
    best: bool = False,
) -> None:
    """Print each leaderboard as a table with its title and notes.

    A narrow terminal hides costs, then intervals, then metrics that do not rank; no name and no number is folded or
    cut. Piped output has everything on one line per run.

    Args:
        leaderboards: in display order.
        console: output; standard output if None.
        by_category: add a line per category.
        best: star the means that are significantly better than every other run's.
    """
    console = console or screen()
    for leaderboard in leaderboards:
        title, notes = caption(leaderboard)
        print_line(console, title, "italic")
        layouts = list(_layouts(leaderboard, Layout(by_category=by_category, best=best)))
        layout = layouts[print_fitting(console, (_table(leaderboard, layout) for layout in layouts))]
        for note in notes:
            if layout.intervals or note != INTERVAL_NOTE:
                print_sentence(console, note, "dim italic")
        if hidden := _hidden(leaderboard, layout):
            print_sentence(
                console, f"Hidden at this width: {hidden}; a wider terminal or a file shows all", "dim italic"
            )
        console.print()


def _layouts(leaderboard: Leaderboard, layout: Layout) -> Iterator[Layout]:
    """Layouts from the widest to the narrowest."""
    yield layout
    yield replace(layout, costs=False)
    yield replace(layout, costs=False, intervals=False)
    for n_metrics in range(len(leaderboard.metrics) - 1, len(leaderboard.ranked_by) - 1, -1):
        yield replace(layout, costs=False, intervals=False, n_metrics=n_metrics)


def _table(leaderboard: Leaderboard, layout: Layout) -> Table:
    head = header_cells(leaderboard, layout)
    rows = [line for lines in body_cells(leaderboard, layout) for line in lines]
    return text_table(head, rows, right=set(head) - set(LEFT), folding="params")


def _hidden(leaderboard: Leaderboard, layout: Layout) -> str:
    """Names of the parts that a layout leaves out, joined; empty for none."""
    metrics = [] if layout.n_metrics is None else list(leaderboard.metrics.values())[layout.n_metrics :]
    has_intervals = leaderboard.uncertainty is not None
    return ", ".join(
        [
            *(["costs"] if not layout.costs else []),
            *(["confidence intervals"] if not layout.intervals and has_intervals else []),
            *(traits.title for traits in metrics),
        ]
    )
