"""Reader `sessions`: sessions as session-rec and GRU4Rec read them.

Source of the layout: https://github.com/rn5l/session-rec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.data.delimited import header_names, read_delimited, separator_of
from harness.data.foreign.interactions import column_named, ordered_entries
from harness.data.foreign.json_files import beginning
from harness.data.readers import reader
from harness.data.tables import ending
from harness.data.track_ids import tracks_only
from harness.data.unpacking import check_is_file
from harness.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

ENDINGS = (".txt", ".csv", ".tsv")
SESSION, ITEM, TIME = "sessionid", "itemid", "time"
NEEDS = "SessionId, ItemId and perhaps Time"


@reader("sessions", layout="SessionId, ItemId columns")
class SessionsReader:
    """Sessions as playlists, in order of their times; columns are separated by tabs, commas, semicolons or bars."""

    def recognises(self, source: Path) -> bool:
        """Return True if the first line names a session and an item."""
        return ending(source) in ENDINGS and {SESSION, ITEM} <= _names(source)

    def read(self, source: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
        """Entries of all sessions.

        Raises:
            DataError: the file is damaged or lacks a column, or a row lacks a value.
        """
        check_is_file(source, "source")
        frame = read_delimited(source, separator_of(beginning(source), "\t"))
        fields = {column: column.lower() for column in frame.columns}
        playlist, item, time = (column_named(frame, (name,), fields) for name in (SESSION, ITEM, TIME))
        if playlist is None or item is None:
            raise DataError(f"{source} has the columns {', '.join(frame.columns)}; this layout needs {NEEDS}")
        entries, remarks = tracks_only(ordered_entries(source, frame, playlist, item, time))
        return entries, {"remarks": remarks}


def _names(source: Path) -> set[str]:
    return {name.lower() for name in header_names(beginning(source), "\t")}
