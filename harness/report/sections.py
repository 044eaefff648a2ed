"""Sections of a report, independent of its output format; light to import."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class ReportFormat(StrEnum):
    """Output formats of the report; `terminal` is the quick summary only."""

    terminal = "terminal"
    md = "md"
    html = "html"
    json = "json"


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table of texts.

    Attributes:
        title: heading of the table.
        columns: headers; none for a list of labels and values.
        rows: cells of each row.
        left: positions of the left-aligned columns; the others are right-aligned.
        none: text in place of an empty table.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: tuple[int, ...] = (0,)
    none: str = "none"

    def is_left(self, column: int) -> bool:
        """Whether a column is left-aligned."""
        return column in self.left

    @property
    def cells(self) -> list[list[str]]:
        """The rows, or one row with `none` if there is no row."""
        return [list(row) for row in self.rows] or [[self.none]]


@dataclass(frozen=True, slots=True)
class Section:
    """Tables on one subject.

    Attributes:
        name: key of the section, of lower-case letters.
        title: its heading.
        tables: in display order.
        remarks: one line each.
    """

    name: str
    title: str
    tables: Sequence[ReportTable]
    remarks: Sequence[str] = field(default_factory=tuple)
