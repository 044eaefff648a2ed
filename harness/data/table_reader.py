"""Reader `table`: playlists as a table with a row per entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.data.encodings import replaced_note
from harness.data.readers import reader
from harness.data.tables import LOADERS, ending, read_table
from harness.data.track_ids import tracks_only
from harness.data.unpacking import check_is_file

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl


@reader("table", layout=".csv, .tsv, .jsonl or .parquet with playlist, track", is_general=True)
class TableReader:
    """A table with the columns playlist and track, and perhaps position, title, track_name, artist_uri, artist_name.

    Spotify identifiers without their prefix get it; those that are not tracks are left out, since they cannot be
    submitted.
    """

    def recognises(self, source: Path) -> bool:
        """Whether a file has the ending of a table."""
        return source.is_file() and ending(source) in LOADERS

    def read(self, source: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
        """Entries of the table, and notes about replaced characters and entries that were left out.

        Raises:
            DataError: the file is invalid; see `read_table`.
        """
        check_is_file(source, "source")
        entries, n_replaced = read_table(source)
        remarks = [replaced_note(n_replaced)] if n_replaced else []
        entries, left_out = tracks_only(entries)
        remarks += left_out
        return entries, {"remarks": remarks} if remarks else {}
