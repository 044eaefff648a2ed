"""What commands share on a terminal: consoles, progress bars, and tables that can go to a file."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from harness.progress import Bar
    from harness.report.leaderboard import Board

UNWRAPPED = 10_000
"""Width of a table that is piped: no cell is ever cut."""


class Format(StrEnum):
    """How a board is written."""

    terminal = "terminal"
    md = "md"
    latex = "latex"
    csv = "csv"
    json = "json"
    html = "html"


class TableFormat(StrEnum):
    """How a table that is no board is written."""

    terminal = "terminal"
    csv = "csv"
    json = "json"


TableFormatOption = Annotated[TableFormat, typer.Option("--format", help="How the table is written.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How the board is written.")]
OutputOption = Annotated[Path | None, typer.Option("--output", help="Write to this file instead of the screen.")]
ByCategoryOption = Annotated[bool, typer.Option("--by-category", help="A line for each category too.")]
BestOption = Annotated[
    bool, typer.Option("--best", help="Star the means that are significantly better than every other run's.")
]
RunsOption = Annotated[Path, typer.Option("--runs", help="The folder of all runs.")]
RUNS = Path("submissions")


def console() -> Console:
    """Standard output; wide enough for everything where it is no terminal."""
    from rich.console import Console

    return Console(highlight=False) if sys.stdout.isatty() else Console(width=UNWRAPPED, highlight=False)


def note(text: str) -> None:
    """One line for people, on stderr, so that piped tables stay clean."""
    print(text, file=sys.stderr)


@contextmanager
def bars() -> Iterator[None]:
    """Show the progress of everything inside the `with` block, if stderr is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from harness.progress import listening

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:

        @contextmanager
        def listener(what: str, total: int | None) -> Iterator[Bar]:
            task = progress.add_task(what, total=total, detail="")

            class Shown:
                def advance(self, amount: int = 1, detail: str = "") -> None:
                    progress.update(task, advance=amount, detail=detail)

            yield Shown()
            progress.remove_task(task)

        with listening(listener):
            yield


def write_boards(
    boards: Sequence[Board],
    form: Format,
    output: Path | None,
    *,
    by_category: bool,
    best: bool = False,
    runs: Path | None = None,
) -> None:
    """Print the boards, or write them to a file that appears whole; a page shows what `runs`, their folder, holds."""
    from harness.report import formats
    from harness.report.terminal import show

    if form is Format.terminal:
        printed(lambda console: show(boards, console, by_category=by_category, best=best), output)
    elif form is Format.html:
        write_text(_page(boards, runs, best=best), output)
    elif form in (Format.md, Format.latex):
        of_text = formats.as_markdown if form is Format.md else formats.as_latex
        write_text(of_text(boards, by_category=by_category, best=best), output)
    else:
        of_data = formats.as_csv if form is Format.csv else formats.as_json
        write_text(of_data(boards, by_category=by_category), output)


def printed(show: Callable[[Console], None], output: Path | None) -> None:
    """Let `show` print to the screen, or unwrapped to a file that appears whole."""
    if output is None:
        show(console())
        return
    import io

    from rich.console import Console

    text = io.StringIO()
    show(Console(file=text, width=UNWRAPPED))
    write_text(text.getvalue(), output)


def write_text(text: str, output: Path | None) -> None:
    """Write to standard output, or to a file that appears whole."""
    if output is None:
        sys.stdout.write(text)
        return
    from harness.atomic import new_file

    with new_file(output) as partial:
        partial.write_text(text, encoding="utf-8")


def _page(boards: Sequence[Board], runs: Path | None, *, best: bool) -> str:
    from harness.report.page import as_html
    from harness.report.page_contents import extras

    if runs is None:
        return as_html(boards, best=best)
    with bars():
        found, notes = extras(runs, boards)
    for line in notes:
        note(line)
    return as_html(boards, found, best=best)
