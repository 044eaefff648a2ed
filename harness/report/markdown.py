"""Markdown: escaped texts, lines of tables, and reports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.sections import ReportTable, Section

_SPECIAL = re.compile(r"[\\|`*\[\]~]")


def escaped(text: str) -> str:
    """Escape for a Markdown cell: one line; no cell end, HTML, link or emphasis."""
    return _SPECIAL.sub(r"\\\g<0>", printable(text)).replace("&", "&amp;").replace("<", "&lt;")


def table_line(cells: Sequence[str]) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(escaped(cell) for cell in cells)} |"


def report_as_markdown(title: str, lines: Sequence[str], sections: Sequence[Section]) -> str:
    """A report in Markdown: title, lines about its subject, then a heading and the tables of each section."""
    parts = [f"# {escaped(title)}", "", *(f"{escaped(line)}  " for line in lines)]
    for section in sections:
        parts += ["", f"## {escaped(section.title)}"]
        for remark in section.remarks:
            parts += ["", escaped(remark)]
        for table in section.tables:
            parts += ["", f"**{escaped(table.title)}**", "", *_table(table)]
    return "\n".join([*parts, ""])


def _table(table: ReportTable) -> list[str]:
    header = list(table.columns) or [""] * len(table.cells[0])
    rule = [":--" if table.is_left(column) else "--:" for column in range(len(header))]
    # an empty table has one cell; Markdown needs the columns of the header in every line
    rows = [row + [""] * (len(header) - len(row)) for row in table.cells]
    return [table_line(header), f"| {' | '.join(rule)} |", *map(table_line, rows)]
