"""Boards on a terminal, whole and unwrapped where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rich.console import Console

from harness.report.cells import LEFT, body_cells, caption, header_cells
from harness.report.tables import plain_table, print_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.leaderboard import Board

_WHOLE = ("rank", "tie", "fit s", "rec. s", "MB")


def show(
    boards: Sequence[Board], console: Console | None = None, *, by_category: bool = False, best: bool = False
) -> None:
    """Print one table a board, with what it is above and what it means below; a narrow screen folds cells.

    Args:
        boards: what is shown.
        console: where; standard output if None.
        by_category: a line for each category too.
        best: star the means that are significantly better than every other run's.
    """
    console = console or Console(highlight=False)
    for board in boards:
        title, notes = caption(board)
        table = plain_table()
        for name in header_cells(board):
            justify: Literal["left", "right"] = "left" if name in LEFT else "right"
            table.add_column(name, justify=justify, overflow="fold", no_wrap=name in _WHOLE)
        for lines in body_cells(board, by_category=by_category, best=best):
            for line in lines:
                table.add_row(*line)
        print_line(console, title, "italic")
        console.print(table)
        for note in notes:
            print_line(console, note, "dim italic")
        console.print()
