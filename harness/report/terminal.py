"""Leaderboards as tables on a terminal; piped output is neither cut nor wrapped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rich.console import Console

from harness.report.cells import LEFT, body_cells, caption, header_cells
from harness.report.tables import plain_table, print_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.leaderboard import Leaderboard

_NOT_FOLDED = ("rank", "tie", "fit s", "rec. s", "MB")


def show(
    leaderboards: Sequence[Leaderboard],
    console: Console | None = None,
    *,
    by_category: bool = False,
    best: bool = False,
) -> None:
    """Print each leaderboard as a table with its title and notes; a narrow screen folds cells.

    Args:
        leaderboards: in display order.
        console: output; standard output if None.
        by_category: add a line per category.
        best: star the means that are significantly better than every other run's.
    """
    console = console or Console(highlight=False)
    for leaderboard in leaderboards:
        title, notes = caption(leaderboard)
        table = plain_table()
        for name in header_cells(leaderboard):
            justify: Literal["left", "right"] = "left" if name in LEFT else "right"
            table.add_column(name, justify=justify, overflow="fold", no_wrap=name in _NOT_FOLDED)
        for lines in body_cells(leaderboard, by_category=by_category, best=best):
            for line in lines:
                table.add_row(*line)
        print_line(console, title, "italic")
        console.print(table)
        for note in notes:
            print_line(console, note, "dim italic")
        console.print()
