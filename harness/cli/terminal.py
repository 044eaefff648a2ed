"""What commands share on a terminal: consoles, progress bars, and tables that can go to a file."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.streams import styled
from harness.errors import ParameterError
from harness.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from harness.progress import Bar
    from harness.report.leaderboard import Leaderboard

UNWRAPPED = 10_000
"""Width of a table that is piped: no cell is ever cut."""


class Format(StrEnum):
    """How a leaderboard is written."""

    terminal = "terminal"
    md = "md"
    latex = "latex"
    csv = "csv"
    json = "json"
    html = "html"


class TableFormat(StrEnum):
    """How a table that is no leaderboard is written."""

    terminal = "terminal"
    csv = "csv"
    json = "json"


_FORMULAS = (
    "csv is for spreadsheets: a text that begins with = + - or @ gets an apostrophe before it, so that it is not run "
    "as a formula; json has every text unchanged."
)
TableFormatOption = Annotated[TableFormat, typer.Option("--format", help=f"How the table is written; {_FORMULAS}")]
FormatOption = Annotated[Format, typer.Option("--format", help=f"How the leaderboard is written; {_FORMULAS}")]
OutputOption = Annotated[Path | None, typer.Option("--output", help="Write to this file instead of the screen.")]
ByCategoryOption = Annotated[bool, typer.Option("--by-category", help="A line for each category too.")]
BestOption = Annotated[
    bool, typer.Option("--best", help="Star the means that are significantly better than every other run's.")
]


def _folder_of_runs(path: Path) -> Path:
    if os.path.lexists(path) and not path.is_dir():
        raise ParameterError(f"--runs {path} is no folder: name the folder of all runs")
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        raise ParameterError(f"--runs {path} is not UTF-8: choose another folder") from None
    return path


RunsOption = Annotated[Path, typer.Option("--runs", help="The folder of all runs.", callback=_folder_of_runs)]
RUNS = Path("submissions")


def console() -> Console:
    """Standard output; wide enough for everything where it is no terminal."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else UNWRAPPED
    return Console(file=styled(sys.stdout), width=width, highlight=False)


def note(text: str) -> None:
    """One line for people, on stderr, so that piped tables stay clean."""
    print(printable(text), file=sys.stderr)


def complain(error: Exception) -> None:
    """The line of an error that does not end the command."""
    note(f"error: {error}")


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
    with Progress(*columns, console=Console(file=styled(sys.stderr)), transient=True) as progress:

        @contextmanager
        def listener(what: str, total: int | None) -> Iterator[Bar]:
            task = progress.add_task(printable(what), total=total, detail="")

            class Shown:
                def advance(self, amount: int = 1, detail: str = "") -> None:
                    progress.update(task, advance=amount, detail=printable(detail))

            yield Shown()
            progress.remove_task(task)

        with listening(listener):
            yield


def write_leaderboards(
    leaderboards: Sequence[Leaderboard],
    form: Format,
    output: Path | None,
    *,
    by_category: bool,
    best: bool = False,
    runs: Path | None = None,
) -> None:
    """Print leaderboards, or write them to a file atomically; an HTML page includes contents of the folder `runs`."""
    from harness.report import formats
    from harness.report.terminal import show

    if form is Format.terminal:
        printed(lambda console: show(leaderboards, console, by_category=by_category, best=best), output)
    elif form is Format.html:
        write_text(_page(leaderboards, runs, best=best), output)
    elif form in (Format.md, Format.latex):
        of_text = formats.as_markdown if form is Format.md else formats.as_latex
        write_text(of_text(leaderboards, by_category=by_category, best=best), output)
    else:
        of_data = formats.as_csv if form is Format.csv else formats.as_json
        write_text(of_data(leaderboards, by_category=by_category), output)


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


def _page(leaderboards: Sequence[Leaderboard], runs: Path | None, *, best: bool) -> str:
    from harness.report.page import as_html
    from harness.report.page_contents import page_contents

    if runs is None:
        return as_html(leaderboards, best=best)
    with bars():
        found, notes = page_contents(runs, leaderboards)
    for line in notes:
        note(line)
    return as_html(leaderboards, found, best=best)
