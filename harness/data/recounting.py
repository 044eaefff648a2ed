"""Numbers of a playlist that follow from its entries, computed again after entries were removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.ragged import NO_ID, Ragged, n_distinct
from harness.types import Playlists

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Catalog


def recounted(playlists: Playlists, is_shorter: NDArray[np.bool_]) -> Playlists:
    """The playlists with numbers of tracks, albums and artists, and durations, of the entries that are left.

    A number that the source does not state stays unknown. So does a number of albums or artists, or a duration, if
    that of an entry is unknown. The source's numbers of playlists that lost no entry are unchanged.

    Args:
        playlists: with the columns of the original corpus in `info`.
        is_shorter: whether each playlist lost an entry, (n,).
    """
    import polars as pl

    numbers = {
        column: pl.Series(column, counts).replace(NO_ID, None)
        for column, counts in _counts(playlists.tracks, playlists.catalog).items()
        if column in playlists.info.columns
    }
    replaced = pl.lit(pl.Series(is_shorter))
    info = playlists.info.with_columns(
        pl.when(replaced & pl.col(column).is_not_null()).then(pl.lit(counts)).otherwise(pl.col(column)).alias(column)
        for column, counts in numbers.items()
    )
    return Playlists(info, playlists.tracks, playlists.catalog)


def _counts(tracks: Ragged, catalog: Catalog) -> dict[str, NDArray[np.int64]]:
    """Column of `info` -> its value for each row, (n,), -1 where unknown."""
    duration_ms = catalog.duration_ms[tracks.values]
    durations = np.bincount(tracks.row_ids, duration_ms, len(tracks)).astype(np.int64)
    return {
        "num_tracks": tracks.lengths,
        "num_albums": _n_groups(tracks, catalog.album_of),
        "num_artists": _n_groups(tracks, catalog.artist_of),
        "duration_ms": _where_known(durations, tracks, duration_ms > 0),
    }


def _n_groups(tracks: Ragged, group_of: NDArray[np.int32]) -> NDArray[np.int64]:
    """Number of distinct artists or albums of each row, (n,), -1 where unknown."""
    groups = group_of[tracks.values]
    distinct = n_distinct(tracks.row_ids, np.maximum(groups, 0), len(tracks))
    return _where_known(distinct, tracks, groups != NO_ID)


def _where_known(numbers: NDArray[np.int64], tracks: Ragged, is_known: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The numbers, (n,), -1 for rows with an entry that is not known."""
    return np.where(tracks.keep(~is_known).lengths > 0, NO_ID, numbers)
