"""Tables of interactions: rows of a session or user in the order of their times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.data.tables import clean_entries
from harness.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl


def ordered_entries(path: Path, frame: pl.DataFrame, playlist: str, track: str, time: str | None) -> pl.DataFrame:
    """Entries whose positions are the times of the interactions; in file order without times.

    Args:
        path: file of the table, for messages.
        frame: one row per interaction, all columns texts.
        playlist: column of the session or user.
        track: column of the item.
        time: column of the time, in any unit.

    Raises:
        DataError: a row lacks its session, item or time.
    """
    import polars as pl

    entries = clean_entries(path, frame, {"playlist": playlist, "track": track})
    if time is None:
        return entries
    times = frame[time].str.strip_chars().cast(pl.Float64, strict=False).fill_nan(None)
    if times.null_count():
        row = int(times.is_null().arg_max() or 0)
        raise DataError(f"{path}, row {row + 1}: no number in column {time}; write times as numbers or remove the row")
    return entries.with_columns(position=times)


def column_named(frame: pl.DataFrame, names: tuple[str, ...], fields: dict[str, str]) -> str | None:
    """The column of the first of these field names that a table has.

    Args:
        frame: the table.
        names: field names, the preferred ones first.
        fields: column -> its field name.
    """
    columns = {fields[column]: column for column in reversed(frame.columns)}
    return next((columns[name] for name in names if name in columns), None)
