"""Short texts and tables of values for notebooks; neither prints arrays or withheld tracks."""

from __future__ import annotations

from html import escape
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from harness.errors import MissingExtraError
from harness.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import polars as pl

ROWS_SHOWN = 10
"""Rows of a table that a notebook shows."""

_DIGITS = 5
_MOST_CHARACTERS = 60


class Shown:
    """A value with a short text: its type and a few facts."""

    __slots__ = ()

    def facts(self) -> dict[str, Any]:
        """Name -> value of each fact: counts, names and means; never arrays or tracks."""
        raise NotImplementedError

    def __repr__(self) -> str:
        """Type and facts on one line."""
        return f"{type(self).__name__}({', '.join(f'{name}={_shown(value)}' for name, value in self.facts().items())})"

    def _repr_html_(self) -> str:
        """Type and facts as HTML, for Jupyter."""
        cells = ((name, _shown(value)) for name, value in self.facts().items())
        return html_table(("", type(self).__name__), cells)


class Tabular(Shown):
    """A value that is a table."""

    __slots__ = ()

    def to_polars(self) -> pl.DataFrame:
        """The whole table."""
        raise NotImplementedError

    def to_pandas(self) -> Any:
        """The whole table as a pandas DataFrame.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        if find_spec("pandas") is None:
            raise MissingExtraError("pandas is not installed: run pip install pandas, or use to_polars()")
        return self.to_polars().to_pandas()

    def first_rows(self) -> pl.DataFrame:
        """The first rows of the table, which a notebook shows."""
        return self.to_polars().head(ROWS_SHOWN)

    def _repr_html_(self) -> str:
        """Facts and the first rows as HTML, for Jupyter."""
        rows = self.first_rows()
        return f"<p>{escape(printable(repr(self)))}</p>{html_table(rows.columns, rows.iter_rows())}"


def html_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """HTML table; every text is escaped and cut after 60 characters."""
    head = "".join(f"<th>{_cell(name)}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = printable(value if isinstance(value, str) else _shown(value))
    return escape(text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…")


def _shown(value: object) -> str:
    """Text of a fact: a float has 5 significant digits."""
    if isinstance(value, float):
        return f"{value:.{_DIGITS}g}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_shown(item)}" for key, item in value.items()) + "}"
    return repr(value)
