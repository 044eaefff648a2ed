"""Terminal output of commands: console, progress bars, tables on the screen or in a file."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from harness.cli.flags import with_flags
from harness.cli.streams import styled
from harness.errors import ParameterError
from harness.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rich.console import Console

    from harness.kit.progress import Bar
    from harness.report.leaderboard import Leaderboard


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
BY_ENDING = "default: by the ending of --output, else terminal"
_FORMAT_OF_FILE = f"Output format; {BY_ENDING}; {_FORMULAS}"
TableFormatOption = Annotated[TableFormat, typer.Option("--format", help=f"Output format; {_FORMULAS}")]
FileTableFormatOption = Annotated[TableFormat | None, typer.Option("--format", help=_FORMAT_OF_FILE)]
FormatOption = Annotated[Format | None, typer.Option("--format", help=_FORMAT_OF_FILE)]
OutputOption = Annotated[Path | None, typer.Option("--output", help="Write to this file instead of the screen.")]
ByCategoryOption = Annotated[bool, typer.Option("--by-category", help="Add a line per category.")]
BestOption = Annotated[
    bool, typer.Option("--best", help="Star the means that are significantly better than every other run's.")
]


ENDINGS = {
    ".md": "md",
    ".tex": "latex",
    ".csv": "csv",
    ".json": "json",
    ".html": "html",
    ".htm": "html",
    ".txt": "terminal",
}
"""Ending of a file -> name of its format."""

AnyFormat = TypeVar("AnyFormat", bound=StrEnum)


def chosen_format(
    form: AnyFormat | None, output: Path | None, formats: type[AnyFormat], endings: Mapping[str, str] = ENDINGS
) -> AnyFormat:
    """The named format, or else that of the ending of the output file; `terminal` without a file or an ending.

    Args:
        form: value of --format.
        output: value of --output.
        formats: formats of the command; `terminal` is one of them.
        endings: ending, in lower case -> name of its format.

    Raises:
        ParameterError: the command has no format for the ending.
    """
    if form is not None:
        return form
    if output is None or not output.suffix:
        return formats("terminal")
    known = {ending: formats(name) for ending, name in endings.items() if name in formats.__members__}
    for ending, by_ending in known.items():
        if output.name.lower().endswith(ending):
            return by_ending
    endings_known = ", ".join(known)
    raise ParameterError(
        f"--output {output}: no format for the ending {output.suffix}; choose one of {endings_known}, or pass --format"
    )


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
    from harness.report.tables import screen

    return screen(styled(sys.stdout))


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
    )

    from harness.cli.remaining import Remaining
    from harness.kit.progress import COMPILING, listening

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        Remaining(),
        TextColumn("{task.fields[detail]}", markup=False),
    )
    with Progress(*columns, console=Console(file=styled(sys.stderr)), transient=True) as progress:
        noted: list[str] = []

        @contextmanager
        def listener(label: str, total: int | None) -> Iterator[Bar]:
            if label == COMPILING and not noted:
                note("compiling kernels: this takes up to a minute, once; later runs load them")
                noted.append(label)
            task = progress.add_task(printable(label), total=total, detail="", advanced_at=0.0)
            bar_task = next(each for each in progress.tasks if each.id == task)

            class TaskBar:
                def advance(self, amount: int = 1, detail: str = "") -> None:
                    elapsed = bar_task.elapsed or 0.0
                    progress.update(task, advance=amount, detail=printable(detail), advanced_at=elapsed)

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

    from harness.report.tables import screen

    text = io.StringIO()
    show(screen(text))
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
