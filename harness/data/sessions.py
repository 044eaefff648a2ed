"""Import of playlists from sources other than the MPD: lists of tracks or a table."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.data import store
from harness.data.catalog_entries import rows_of
from harness.data.mpd.columns import NAMED
from harness.data.mpd.parsing import replaced_note
from harness.data.npy_lists import read_lists
from harness.data.session_tables import READERS, ending, read_table
from harness.data.track_ids import are_other_than_tracks, other_than_tracks_note
from harness.data.unpacking import check_is_file
from harness.errors import DataError
from harness.rules import URI_PREFIX
from harness.types import NO_ID, Catalog, Playlists, Ragged

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from harness.types import Ids

LISTS = ".npy"
TRACK, ARTIST = "track_", "artist_"
"""Prefixes of the texts in lists."""

_FORBIDDEN = r"[\x00-\x20\x7f\"',\s]"
"""Characters that would make a line of a submission ambiguous."""

_MOST_LISTED = 1_000


def is_sessions(source: Path) -> bool:
    """Return whether a source is a file of lists or a table, judged by its extension."""
    return source.is_file() and ending(source) in (LISTS, *READERS)


def import_sessions(source: Path, name: str, *, replace: bool = False) -> store.StoredCorpus:
    """Import a file of lists or a table; return at once if the same file was already imported under the name.

    Args:
        source: an `.npy` of lists for `read_lists`, each text `track_<id>` or `artist_<id>`, or a table for
            `read_table`.
        name: name of the corpus.
        replace: replace another corpus of that name.

    Raises:
        DataError: the file is invalid, or another corpus has the name.
    """
    check_is_file(source, "source")
    with source.open("rb") as file:
        made_from = {
            "kind": "sessions",
            "file": source.name,
            "digest": hashlib.file_digest(file, "blake2b").hexdigest(),
        }
    return store.make_once(name, made_from, lambda: read_sessions(source), replace=replace)


def read_sessions(source: Path) -> tuple[Playlists, dict[str, Any]]:
    """Read the playlists of a file, in order of first appearance, and notes for the user.

    Playlists keep their numbers from the file if all of those are distinct whole numbers; otherwise they are
    numbered from 0. A track's identifier is used unchanged as its URI; Spotify identifiers without their prefix get
    it. A missing title is empty, a missing artist unknown.

    Raises:
        DataError: the file is invalid.
    """
    entries, notes = _from_lists(source) if ending(source) == LISTS else _from_table(source)
    if not entries.height:
        raise DataError(f"source {source} holds no track; name another file")
    return _playlists(source, entries), notes


def _from_table(source: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Read a table; among Spotify identifiers drop those that are not tracks, since they cannot be submitted."""
    entries, n_replaced = read_table(source)
    notes = [replaced_note(n_replaced)] if n_replaced else []
    if not entries["track"].str.starts_with(URI_PREFIX).any():
        return entries, {"told": notes} if notes else {}
    other = are_other_than_tracks(entries["track"])
    n_other = int(other.sum())
    notes += [other_than_tracks_note(n_other)] if n_other else []
    return entries.filter(~other), {"told": notes} if notes else {}


def _from_lists(source: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Read lists; each artist belongs to the preceding or to the following track, consistently in the whole file."""
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
    notes: dict[str, Any] = {"told": []}
    shift = _artist_shift(frame)
    if shift is None:
        notes["told"].append("artists are unknown: they do not consistently precede or follow their tracks")
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


def _playlists(source: Path, entries: pl.DataFrame) -> Playlists:
    import polars as pl

    broken = entries["track"].str.contains(_FORBIDDEN)
    if broken.any():
        row = int(broken.to_numpy().argmax())
        raise DataError(
            f"{source}, playlist {entries['playlist'][row]}: the track {entries['track'][row]!r} contains a blank, a "
            "comma or a quote, which a submission cannot contain; use other identifiers"
        )
    playlist_keys = entries["playlist"].unique(maintain_order=True)
    entries = entries.with_columns(row=pl.Series(rows_of(entries["playlist"], playlist_keys)))
    by = ["row", "position"] if "position" in entries.columns else ["row"]
    entries = entries.sort(by, maintain_order=True)
    tracks = entries["track"].unique(maintain_order=True)
    lengths = np.bincount(entries["row"].to_numpy(), minlength=len(playlist_keys))
    titles = _first(entries, "title", by="row")
    rows = pl.Series(range(len(playlist_keys)), dtype=pl.Int32)
    info = pl.DataFrame({"pid": _pids(playlist_keys), "name": _values_of(titles, rows)})
    return Playlists(info, Ragged.from_lengths(lengths, rows_of(entries["track"], tracks)), _catalog(entries, tracks))


def _pids(keys: pl.Series) -> pl.Series:
    """The playlists' numbers: their keys if those are distinct whole numbers, otherwise 0 to n - 1."""
    import polars as pl

    if keys.str.contains(r"^[0-9]{1,19}$").all():
        numbers = keys.cast(pl.Int64, strict=False)
        if not numbers.null_count() and numbers.n_unique() == len(keys):
            return numbers
    return pl.Series(np.arange(len(keys), dtype=np.int64))


def _first(entries: pl.DataFrame, column: str, *, by: str) -> pl.DataFrame:
    """The first non-null value of `column` for each value of `by`, as columns `key` and `value`."""
    import polars as pl

    if column not in entries.columns:
        return pl.DataFrame({"key": entries[by].head(0), "value": pl.Series([], dtype=pl.String)})
    first = entries.filter(pl.col(column).is_not_null()).unique(by, keep="first", maintain_order=True)
    return first.select(pl.col(by).alias("key"), pl.col(column).alias("value"))


def _values_of(first: pl.DataFrame, keys: pl.Series) -> pl.Series:
    """The value that `_first` returned for each key, (n,); an empty text if there is none."""
    import polars as pl

    joined = pl.DataFrame({"key": keys}).join(first, on="key", how="left", maintain_order="left")
    return joined["value"].fill_null("")


def _catalog(entries: pl.DataFrame, tracks: pl.Series) -> Catalog:
    import polars as pl

    uris = _values_of(_first(entries, "artist_uri", by="track"), tracks)
    names = _values_of(_first(entries, "artist_name", by="track"), tracks)
    artists = pl.DataFrame({"uri": uris, "name": names}).with_columns(
        key=pl.when((pl.col("uri") == "") & (pl.col("name") != ""))
        .then(pl.lit(NAMED) + pl.col("name"))
        .otherwise("uri")
    )
    known = artists.filter(pl.col("key") != "").unique("key", keep="first", maintain_order=True)
    artist_of: Ids = rows_of(artists["key"], known["key"])
    unknown = np.full(len(tracks), NO_ID, np.int32)
    return Catalog(
        pl.DataFrame({"uri": tracks, "name": _values_of(_first(entries, "track_name", by="track"), tracks)}),
        known.select("uri", "name"),
        pl.DataFrame(schema={"uri": pl.String, "name": pl.String}),
        artist_of,
        unknown,
        np.zeros(len(tracks), np.int32),
    )
