"""Tables on a terminal: summary, calibration and principal components of a corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box

from harness.report.tables import PrintableTable, print_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from harness.data.components import Component
    from harness.report.sections import ReportTable, Section
    from harness.synthetic.calibration import Line


_STRONGEST = 4
"""Number of loadings shown per component."""


def show_sections(sections: Sequence[Section], console: Console) -> None:
    """Print the tables of a report."""
    for section in sections:
        for table in section.tables:
            _show(table, console)


def show_calibration(lines: Sequence[Line], console: Console) -> None:
    """Print target, tolerance and value of each line, and the number of lines met."""
    table = PrintableTable(box=box.SIMPLE)
    for column in ("line", "measured on", "target", "tolerance", "value", ""):
        table.add_column(column, justify="left" if column in ("line", "measured on") else "right", overflow="fold")
    for line in lines:
        value = "not measured" if line.value is None else f"{line.value:.5g}"
        verdict = "" if line.ok is None else "ok" if line.ok else "MISS"
        table.add_row(line.name, line.corpus, f"{line.target:g}", f"{line.tolerance:.3g}", value, verdict)
    console.print(table)
    met, missed = (sum(line.ok is verdict for line in lines) for verdict in (True, False))
    unmeasured = len(lines) - met - missed
    reason = ": the corpus is too small or lacks the data" if unmeasured else ""
    console.print(f"{met} lines met, {missed} missed, {unmeasured} not measured{reason}")


def show_components(components: Sequence[Component], console: Console) -> None:
    """Print the explained variance and the strongest loadings of each principal component."""
    table = PrintableTable(box=box.SIMPLE)
    for column in ("component", "variance", "cumulative", "strongest loadings"):
        table.add_column(column, justify="left" if column == "strongest loadings" else "right", overflow="fold")
    cumulative = 0.0
    for number, component in enumerate(components, 1):
        cumulative += component.share
        strongest = ", ".join(f"{name} {weight:+.2f}" for name, weight in [*component.loadings.items()][:_STRONGEST])
        table.add_row(str(number), f"{component.share:.1%}", f"{cumulative:.1%}", strongest)
    console.print(table)


def _show(table: ReportTable, console: Console) -> None:
    print_line(console, table.title)
    shown = PrintableTable(box=None, show_header=any(table.columns), padding=(0, 2))
    for column in range(len(table.cells[0])):
        header = table.columns[column] if table.columns else ""
        shown.add_column(header, justify="left" if table.is_left(column) else "right", overflow="fold")
    for row in table.cells:
        shown.add_row(*row)
    console.print(shown)
    console.print()
