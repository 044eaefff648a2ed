"""Terminal output of commands: console, progress bars, tables on the screen or in a file."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.flags import with_flags
from harness.cli.streams import styled
from harness.errors import ParameterError
from harness.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from harness.kit.progress import Bar
    from harness.report.leaderboard import Leaderboard

UNWRAPPED = 10_000
"""Width of a piped table, so that no cell is cut."""


class Format(StrEnum):
    """Output formats of a leaderboard."""

    terminal = "terminal"
    md = "md"
    latex = "latex"
    csv = "csv"
    json = "json"
    html = "html"


class TableFormat(StrEnum):
    """Output formats of other tables."""

    terminal = "terminal"
    csv = "csv"
    json = "json"


_FORMULAS = (
    "csv is for spreadsheets: a text that starts with = + - or @ is prefixed with an apostrophe, so that it is not "
    "evaluated as a formula; json has every text unchanged."
)
TableFormatOption = Annotated[TableFormat, typer.Option("--format", help=f"Output format; {_FORMULAS}")]
FormatOption = Annotated[Format, typer.Option("--format", help=f"Output format; {_FORMULAS}")]
OutputOption = Annotated[Path | None, typer.Option("--output", help="Write to this file instead of the screen.")]
ByCategoryOption = Annotated[bool, typer.Option("--by-category", help="Add a line per category.")]
BestOption = Annotated[
    bool, typer.Option("--best", help="Star the means that are significantly better than every other run's.")
]


def _folder_of_runs(path: Path) -> Path:
    if os.path.lexists(path) and not path.is_dir():
        raise ParameterError(f"--runs {path} is not a folder: pass the folder of all runs")
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        raise ParameterError(f"--runs {path} is not UTF-8: choose another folder") from None
    return path


RunsOption = Annotated[Path, typer.Option("--runs", help="Folder of all runs.", callback=_folder_of_runs)]
RUNS = Path("submissions")


def console() -> Console:
    """Console on standard output; unlimited width if it is not a terminal."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else UNWRAPPED
    return Console(file=styled(sys.stdout), width=width, highlight=False)


def note(text: str) -> None:
    """Print one line on stderr, separate from piped tables."""
    print(printable(text), file=sys.stderr)


def complain(error: Exception) -> None:
    """Print an error that does not end the command."""
    note(f"error: {with_flags(str(error))}")


@contextmanager
def bars() -> Iterator[None]:
    """Show progress bars inside the `with` block if stderr is a terminal."""
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

    from harness.kit.progress import listening

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
        def listener(label: str, total: int | None) -> Iterator[Bar]:
            task = progress.add_task(printable(label), total=total, detail="")

            class TaskBar:
                def advance(self, amount: int = 1, detail: str = "") -> None:
                    progress.update(task, advance=amount, detail=printable(detail))

            yield TaskBar()
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
        as_text = formats.as_markdown if form is Format.md else formats.as_latex
        write_text(as_text(leaderboards, by_category=by_category, best=best), output)
    else:
        as_data = formats.as_csv if form is Format.csv else formats.as_json
        write_text(as_data(leaderboards, by_category=by_category), output)


def printed(show: Callable[[Console], None], output: Path | None) -> None:
    """Call `show` with the screen, or write its unwrapped output to a file atomically."""
    if output is None:
        show(console())
        return
    import io

    from rich.console import Console

    text = io.StringIO()
    show(Console(file=text, width=UNWRAPPED))
    write_text(text.getvalue(), output)


def write_text(text: str, output: Path | None) -> None:
    """Write to standard output, or to a file atomically."""
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
        contents, notes = page_contents(runs, leaderboards)
    for line in notes:
        note(line)
    return as_html(leaderboards, contents, best=best)
