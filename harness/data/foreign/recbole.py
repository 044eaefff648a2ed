"""Reader `recbole`: interactions in RecBole's atomic format.

Source of the layout: https://recbole.io/docs/user_guide/data/atomic_files.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.data.delimited import read_delimited
from harness.data.foreign.interactions import column_named, ordered_entries
from harness.data.readers import reader
from harness.data.tables import ending
from harness.data.track_ids import tracks_only
from harness.data.unpacking import check_is_file
from harness.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

ENDING = ".inter"
NEEDS = "session_id, playlist_id or user_id; item_id or item_id_list; and perhaps timestamp, each with its type"
_PLAYLISTS = ("session_id", "playlist_id", "user_id")
_ITEMS = ("item_id", "track_id")
_SEQUENCES = ("item_id_list", "track_id_list")
_TIMES = ("timestamp",)


@reader("recbole", layout=".inter")
class RecBoleReader:
    """Sessions, playlists or users of a `.inter` file as playlists, in order of their times.

    A row with `item_id_list` is a sequence, followed by its `item_id`; of several rows of one session, the longest is
    its playlist, as augmented training files have one row per beginning of a session.
    """

    def recognises(self, source: Path) -> bool:
        """Return True if a file has the ending `.inter`."""
        return source.is_file() and ending(source) == ENDING

    def read(self, source: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
        """Entries of all sessions.

        Raises:
            DataError: the file is damaged, lacks a column, or a row lacks a value.
        """
        check_is_file(source, "source")
        frame = read_delimited(source, "\t")
        fields = {column: column.partition(":")[0].strip() for column in frame.columns}
        playlist, item, sequence, time = (
            column_named(frame, names, fields) for names in (_PLAYLISTS, _ITEMS, _SEQUENCES, _TIMES)
        )
        if playlist is None or (item or sequence) is None:
            raise DataError(f"{source} has the columns {', '.join(frame.columns)}; this layout needs {NEEDS}")
        if sequence is not None:
            if frame[playlist].null_count():
                row = int(frame[playlist].is_null().arg_max() or 0)
                raise DataError(f"{source}, row {row + 1}: no value in column {playlist}; fix or remove the row")
            frame = _longest(frame, playlist, sequence, item)
            item, time = sequence, None
        entries, remarks = tracks_only(ordered_entries(source, frame, playlist, str(item), time))
        return entries, {"remarks": remarks}


def _longest(frame: pl.DataFrame, playlist: str, sequence: str, item: str | None) -> pl.DataFrame:
    """One row per item of the longest sequence of each session."""
    import polars as pl

    tracks = (
        pl.col(sequence)
        .fill_null("")
        .str.strip_chars()
        .str.split(" ")
        .list.eval(pl.element().filter(pl.element() != ""))
    )
    if item is not None:
        tracks = pl.concat_list(tracks, pl.col(item)).list.drop_nulls()
    rows = frame.select(playlist, tracks.alias(sequence)).with_row_index("row")
    longest = rows.sort(pl.col(sequence).list.len(), descending=True, maintain_order=True)
    longest = longest.unique(playlist, keep="first", maintain_order=True).sort("row")
    return longest.filter(pl.col(sequence).list.len() > 0).explode(sequence)
