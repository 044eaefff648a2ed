"""Reader `lists`: an `.npy` of lists of tracks and artists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harness.data.npy_lists import read_lists
from harness.data.readers import reader
from harness.data.tables import ending
from harness.data.unpacking import check_is_file
from harness.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

LISTS = ".npy"
TRACK, ARTIST = "track_", "artist_"
"""Prefixes of the texts in lists."""

_MOST_LISTED = 1_000


@reader("lists", layout=".npy of track_<id>")
class ListsReader:
    """Lists of texts `track_<id>` and `artist_<id>`, saved by numpy.save as an object array.

    Each artist belongs to the preceding or to the following track, consistently in the whole file.
    """

    def recognises(self, source: Path) -> bool:
        """Whether a file has the ending of a NumPy array."""
        return source.is_file() and ending(source) == LISTS

    def read(self, source: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
        """Entries of the lists, and notes about lists without a track and about unknown artists.

        Raises:
            DataError: the file is invalid; see `read_lists`.
        """
        check_is_file(source, "source")
        return _entries(source)


def _entries(source: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    import polars as pl

    lists = read_lists(source)
    try:
        texts = pl.Series("text", [text for texts in lists for text in texts], dtype=pl.String)
    except UnicodeEncodeError as error:
        raise DataError(f"{source}: a text is not Unicode ({error}); write the file again") from None
    frame = pl.DataFrame({"playlist": np.repeat(np.arange(len(lists)), [len(texts) for texts in lists]), "text": texts})
    frame = frame.with_columns(
        is_track=pl.col("text").str.starts_with(TRACK), is_artist=pl.col("text").str.starts_with(ARTIST)
    )
    if not frame.select((pl.col("is_track") | pl.col("is_artist")).all()).item():
        list_, text = frame.filter(~pl.col("is_track") & ~pl.col("is_artist")).row(0)[:2]
        raise DataError(f"{source}, list {list_}: {text!r} begins with neither {TRACK} nor {ARTIST}")
    notes: dict[str, Any] = {"remarks": []}
    shift = _artist_shift(frame)
    if shift is None:
        notes["remarks"].append("artists are unknown: they do not consistently precede or follow their tracks")
    beside = pl.when(pl.col("is_artist").shift(shift or 1).over("playlist")).then(
        pl.col("text").shift(shift or 1).over("playlist")
    )
    entries = frame.select(
        pl.col("playlist").cast(pl.String),
        pl.col("text").alias("track"),
        (beside if shift else pl.lit(None, pl.String)).alias("artist_uri"),
        "is_track",
    )
    entries = entries.filter("is_track").drop("is_track")
    non_empty = set(entries["playlist"].cast(pl.Int64).unique().to_list())
    empty = [number for number in range(len(lists)) if number not in non_empty]
    notes |= {"skipped": len(empty), "skipped_list": [f"list {number}: no track" for number in empty[:_MOST_LISTED]]}
    return entries, notes


def _artist_shift(frame: pl.DataFrame) -> int | None:
    """Position of artists relative to their tracks: 1 before, -1 after; None if it is not consistent."""
    import polars as pl

    for shift in (-1, 1):
        of_a_track = pl.col("is_track").shift(-shift).over("playlist").fill_null(value=False)
        if frame.with_columns(of_a_track=of_a_track).filter("is_artist")["of_a_track"].all():
            return shift
    return None
