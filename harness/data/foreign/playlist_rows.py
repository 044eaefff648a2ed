"""Entries made from one row per playlist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import polars as pl

_MOST_LISTED = 1_000


def entries_and_notes(
    path: Path,
    playlists: Sequence[str],
    lists: Mapping[str, Sequence[Sequence[str | int | None]]],
    *,
    titles: Sequence[str] | None = None,
    remarks: Sequence[str] = (),
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Entries of a reader, and notes about playlists without a track, which are left out.

    Args:
        path: file, for messages.
        playlists: identifier of each playlist, (n,).
        lists: column of the entries -> its values in each playlist, (n,) lists; `track` is required.
        titles: title of each playlist, (n,).
        remarks: further notes.

    Raises:
        DataError: two playlists have the same identifier.
    """
    import polars as pl

    rows = pl.DataFrame({"playlist": pl.Series(playlists, dtype=pl.String)}).with_columns(
        pl.Series(name, list(values), dtype=pl.List(pl.Int64 if _are_numbers(values) else pl.String), strict=True)
        for name, values in lists.items()
    )
    if titles is not None:
        rows = rows.with_columns(title=pl.Series(titles, dtype=pl.String))
    if repeated := rows.filter(pl.col("playlist").is_duplicated())["playlist"].to_list():
        raise DataError(f"{path}: playlist {repeated[0]} occurs twice; remove one of the two")
    is_empty = rows["track"].list.len() == 0
    empty = rows.filter(is_empty)["playlist"].to_list()
    entries = rows.filter(~is_empty).explode(*lists).with_columns(pl.col(list(lists)).cast(pl.String))
    skipped = [f"playlist {playlist}: no track" for playlist in empty[:_MOST_LISTED]]
    return entries, {"remarks": list(remarks), "skipped": len(empty), "skipped_list": skipped}


def _are_numbers(lists: Sequence[Sequence[str | int | None]]) -> bool:
    """Return True if the values are numbers, as the first value shows."""
    return isinstance(next((value for values in lists for value in values), None), int)
