"""Playlists of other sources than the MPD, told as lists of tracks or as a table, -> a stored corpus."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.data import store
from harness.data.catalog_entries import places
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
"""How the texts of lists begin."""

_FORBIDDEN = r"[\x00-\x20\x7f\"',\s]"
"""What would break a line of a submission."""

_MOST_LISTED = 1_000


def is_sessions(source: Path) -> bool:
    """Whether a source is a file of such a kind, told by its ending."""
    return source.is_file() and ending(source) in (LISTS, *READERS)


def import_sessions(source: Path, name: str, *, replace: bool = False) -> store.StoredCorpus:
    """Import a file of lists or a table; answer at once if this very file was imported under the name.

    Args:
        source: an `.npy` of lists as `read_lists` reads it, each text `track_<id>` or `artist_<id>`, or a table as
            `read_table` reads it.
        name: the corpus's name.
        replace: put it in the place of another corpus of that name.

    Raises:
        DataError: the file is at fault, or the name is another corpus's.
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
    """The playlists of a file in the order in which they begin, and what a user may want to know of them.

    A playlist's number is the file's where those are whole numbers, else counts from 0. A track's identifier
    stands in the place of its URI as it is; where all of them are Spotify's, without their prefix, they get it.
    A title that is not told is empty, an artist that is not told unknown.

    Raises:
        DataError: the file is at fault.
    """
    entries, notes = _from_lists(source) if ending(source) == LISTS else _from_table(source)
    if not entries.height:
        raise DataError(f"source {source} holds no track; name another file")
    return _playlists(source, entries), notes


def _from_table(source: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The entries of a table; of Spotify's tracks without what is no track, which nobody can submit."""
    entries, n_replaced = read_table(source)
    told = [replaced_note(n_replaced)] if n_replaced else []
    if not entries["track"].str.starts_with(URI_PREFIX).any():
        return entries, {"told": told} if told else {}
    other = are_other_than_tracks(entries["track"])
    n_other = int(other.sum())
    told += [other_than_tracks_note(n_other)] if n_other else []
    return entries.filter(~other), {"told": told} if told else {}


def _from_lists(source: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The entries of lists; an artist belongs to the track before it or behind it, as it does in the whole file."""
    import polars as pl

    lists = read_lists(source)
    try:
        texts = pl.Series("text", [text for each in lists for text in each], dtype=pl.String)
    except UnicodeEncodeError as error:
        raise DataError(f"{source}: a text is not Unicode ({error}); write the file again") from None
    frame = pl.DataFrame({"playlist": np.repeat(np.arange(len(lists)), [len(each) for each in lists]), "text": texts})
    frame = frame.with_columns(
        is_track=pl.col("text").str.starts_with(TRACK), is_artist=pl.col("text").str.starts_with(ARTIST)
    )
    if not frame.select((pl.col("is_track") | pl.col("is_artist")).all()).item():
        list_, text = frame.filter(~pl.col("is_track") & ~pl.col("is_artist")).row(0)[:2]
        raise DataError(f"{source}, list {list_}: {text!r} begins neither with {TRACK} nor with {ARTIST}")
    notes: dict[str, Any] = {"told": []}
    shift = _artist_shift(frame)
    if shift is None:
        notes["told"].append("artists are unknown: they do not stand beside their tracks in the same order everywhere")
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
    held = set(entries["playlist"].cast(pl.Int64).unique().to_list())
    empty = [number for number in range(len(lists)) if number not in held]
    notes |= {"skipped": len(empty), "skipped_list": [f"list {each}: no track" for each in empty[:_MOST_LISTED]]}
    return entries, notes


def _artist_shift(frame: pl.DataFrame) -> int | None:
    """Where artists stand from their tracks: 1 before, -1 behind; None where the file is not of one mind."""
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
            f"{source}, playlist {entries['playlist'][row]}: the track {entries['track'][row]!r} has a blank, a comma "
            "or a quote in it, which no line of a submission can hold; take identifiers without"
        )
    named = entries["playlist"].unique(maintain_order=True)
    entries = entries.with_columns(row=pl.Series(places(entries["playlist"], named)))
    by = ["row", "position"] if "position" in entries.columns else ["row"]
    entries = entries.sort(by, maintain_order=True)
    tracks = entries["track"].unique(maintain_order=True)
    lengths = np.bincount(entries["row"].to_numpy(), minlength=len(named))
    titles = _first(entries, "title", by="row")
    info = pl.DataFrame({"pid": _pids(named), "name": _told(titles, pl.Series(range(len(named)), dtype=pl.Int32))})
    return Playlists(info, Ragged.from_lengths(lengths, places(entries["track"], tracks)), _catalog(entries, tracks))


def _pids(named: pl.Series) -> pl.Series:
    """The playlists' numbers: their names if those are whole numbers, all different, else from 0 on."""
    import polars as pl

    if named.str.contains(r"^[0-9]{1,19}$").all():
        numbers = named.cast(pl.Int64, strict=False)
        if not numbers.null_count() and numbers.n_unique() == len(named):
            return numbers
    return pl.Series(np.arange(len(named), dtype=np.int64))


def _first(entries: pl.DataFrame, column: str, *, by: str) -> pl.DataFrame:
    """The first value of a column that is told, for each value of another; columns `key` and `value`."""
    import polars as pl

    if column not in entries.columns:
        return pl.DataFrame({"key": entries[by].head(0), "value": pl.Series([], dtype=pl.String)})
    told = entries.filter(pl.col(column).is_not_null()).unique(by, keep="first", maintain_order=True)
    return told.select(pl.col(by).alias("key"), pl.col(column).alias("value"))


def _told(first: pl.DataFrame, keys: pl.Series) -> pl.Series:
    """What `_first` found for each key, (n,); an empty text for the others."""
    import polars as pl

    joined = pl.DataFrame({"key": keys}).join(first, on="key", how="left", maintain_order="left")
    return joined["value"].fill_null("")


def _catalog(entries: pl.DataFrame, tracks: pl.Series) -> Catalog:
    import polars as pl

    uris = _told(_first(entries, "artist_uri", by="track"), tracks)
    names = _told(_first(entries, "artist_name", by="track"), tracks)
    artists = pl.DataFrame({"uri": uris, "name": names}).with_columns(
        key=pl.when((pl.col("uri") == "") & (pl.col("name") != ""))
        .then(pl.lit(NAMED) + pl.col("name"))
        .otherwise("uri")
    )
    known = artists.filter(pl.col("key") != "").unique("key", keep="first", maintain_order=True)
    artist_of: Ids = places(artists["key"], known["key"])
    unknown = np.full(len(tracks), NO_ID, np.int32)
    return Catalog(
        pl.DataFrame({"uri": tracks, "name": _told(_first(entries, "track_name", by="track"), tracks)}),
        known.select("uri", "name"),
        pl.DataFrame(schema={"uri": pl.String, "name": pl.String}),
        artist_of,
        unknown,
        np.zeros(len(tracks), np.int32),
    )
