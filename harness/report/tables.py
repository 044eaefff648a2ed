"""Tables and lines on a terminal, in one style; all texts are made printable."""

from __future__ import annotations

import io
import sys
from typing import IO, TYPE_CHECKING, Any, Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.printable import printable

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

UNWRAPPED = 10_000
"""Width of a piped table, so that no cell is cut."""

_BETWEEN = 2
"""Characters between two columns: padding and the place of a border."""


def screen(file: IO[str] | None = None) -> Console:
    """Console on a stream, standard output if None; unlimited width unless it is a terminal or a notebook."""
    console = Console(file=file, highlight=False)
    if (file or sys.stdout).isatty() or console.is_jupyter:
        return console
    return Console(file=file, highlight=False, width=UNWRAPPED)


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


def text_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Container[str] = (), folding: str = ""
) -> PrintableTable:
    """A table whose cells stay on one line, except those of one column, which may fold between words.

    Args:
        head: names of the columns.
        rows: cells of each row.
        right: names of right-aligned columns.
        folding: name of the column that may fold.
    """
    table = plain_table()
    for column, name in enumerate(head):
        justify: Literal["left", "right"] = "right" if name in right else "left"
        if name == folding:
            words = [word for row in (head, *rows) for word in printable(row[column]).split()]
            table.add_column(name, justify=justify, min_width=max(map(cell_len, words), default=1))
        else:
            table.add_column(name, justify=justify, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def least_width(table: Table) -> int:
    """Width below which a cell that stays on one line would be cut."""
    widths = [
        column.min_width
        if column.min_width is not None
        else max((cell_len(str(cell)) for cell in (column.header, *column.cells)), default=0)
        for column in table.columns
    ]
    return sum(widths) + _BETWEEN * (len(widths) - 1)


def print_fitting(console: Console, tables: Iterable[Table]) -> int:
    """Print the first table that fits the console, and return its index; the last one is never cut, but overflows."""
    shown = list(tables)
    for index, table in enumerate(shown):
        if least_width(table) <= console.width:
            console.print(table)
            return index
    text = io.StringIO()
    Console(file=text, width=least_width(shown[-1])).print(shown[-1])
    for line in text.getvalue().splitlines():
        print_line(console, line.rstrip())
    return len(shown) - 1


def print_sentence(console: Console, text: str, style: str = "") -> None:
    """Print a text that a narrow terminal breaks between words."""
    console.print(Text(printable(text), style))


def print_line(console: Console, text: str, style: str = "") -> None:
    """Print a text on one line, without wrapping."""
    console.print(Text(printable(text), style), soft_wrap=True)
