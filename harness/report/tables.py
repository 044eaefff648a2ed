"""Tables and lines on a terminal, in one style; all texts are made printable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from harness.printable import printable

if TYPE_CHECKING:
    from rich.console import Console


class PrintableTable(Table):
    """A table of plain texts, without markup and control characters."""

    def add_column(self, header: str = "", *more: Any, **options: Any) -> None:  # type: ignore[override]
        """Add a column with this header."""
        super().add_column(Text(printable(header)), *more, **options)

    def add_row(self, *cells: str, **options: Any) -> None:  # type: ignore[override]
        """Add a row of cells."""
        super().add_row(*(Text(printable(cell)) for cell in cells), **options)


def plain_table(title: str | None = None) -> PrintableTable:
    """A table with a line below the header, no border, and a left-aligned title."""
    return PrintableTable(
        title=None if title is None else Text(printable(title)),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
    )


def print_line(console: Console, text: str, style: str = "") -> None:
    """Print a text on one line, without wrapping."""
    console.print(Text(printable(text), style), soft_wrap=True)
