"""Boards on a terminal, whole and unwrapped where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from harness.report.cells import caption, header_cells, row_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from harness.report.leaderboard import Board

_LEFT = ("run", "params", "category")


def show(boards: Sequence[Board], console: Console, *, by_category: bool = False) -> None:
    """Print one table a board."""
    for board in boards:
        title, note = caption(board)
        table = Table(
            title=Text(title),
            caption=Text(note),
            box=box.SIMPLE,
            title_justify="left",
            caption_justify="left",
        )
        for name in header_cells(board, by_category=by_category):
            table.add_column(name, justify="left" if name in _LEFT else "right", overflow="fold")
        for row in board.rows:
            for line in row_cells(board, row, by_category=by_category):
                table.add_row(*(Text(cell) for cell in line))
        console.print(table)
