"""Playlists and catalog made from a table of entries, one row per track of a playlist."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import numpy as np

from harness.data.catalog_entries import rows_of
from harness.data.mpd.columns import NAMED
from harness.errors import DataError, PluginError
from harness.ragged import NO_ID, Ragged
from harness.types import Catalog, Playlists

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from harness.ragged import Ids

REQUIRED = ("playlist", "track")
TEXTS = (*REQUIRED, "title", "track_name", "artist_uri", "artist_name")
POSITION = "position"

_FORBIDDEN = r"[\x00-\x20\x7f\"',\s]"
"""Characters that would make a line of a submission ambiguous."""

_MOST_SHOWN = 60
_KINDS = {",": "a comma", "'": "a quote", '"': "a quote", "\x00": "a NUL character"}


def playlists_of(source: Path, entries: pl.DataFrame, label: str) -> tuple[Playlists, list[str]]:
    """Playlists made from entries, in order of first appearance, and a remark if they got new numbers.

    Playlists keep their numbers from the source if all of those are distinct whole numbers; otherwise they are
    numbered from 0. A track's identifier is used unchanged as its URI. A missing title is empty, a missing artist
    unknown.

    Args:
        source: file or folder, for messages.
        entries: as `ReaderPlugin.read` returns them.
        label: names the reader, for messages.

    Raises:
        DataError: there is no entry, or a track cannot be written into a submission.
        PluginError: the columns are not those of entries.
    """
    import polars as pl

    _check_columns(entries, label)
    if not entries.height:
        raise DataError(f"source {source} holds no track; name another file")
    broken = entries["track"].str.extract(f"({_FORBIDDEN})")
    if broken.count():
        row = int(broken.is_not_null().to_numpy().argmax())
        raise DataError(
            f"{source}, playlist {entries['playlist'][row]}: the track {entries['track'][row]!r} contains "
            f"{_in_words(broken[row])}, which a submission cannot contain; use other identifiers"
        )
    playlist_keys = entries["playlist"].unique(maintain_order=True)
    entries = entries.with_columns(row=pl.Series(rows_of(entries["playlist"], playlist_keys)))
    by = ["row", "position"] if "position" in entries.columns else ["row"]
    entries = entries.sort(by, maintain_order=True)
    tracks = entries["track"].unique(maintain_order=True)
    lengths = np.bincount(entries["row"].to_numpy(), minlength=len(playlist_keys))
    titles = _first(entries, "title", by="row")
    rows = pl.Series(range(len(playlist_keys)), dtype=pl.Int32)
    pids, remarks = _pids(playlist_keys)
    info = pl.DataFrame({"pid": pids, "name": _values_of(titles, rows)})
    lists = Ragged.from_lengths(lengths, rows_of(entries["track"], tracks))
    return Playlists(info, lists, _catalog(entries, tracks)), remarks


def _in_words(character: str) -> str:
    """The kind of a forbidden character."""
    if character in _KINDS:
        return _KINDS[character]
    is_control = character.isascii() and character not in string.whitespace
    return f"the control character {character!r}" if is_control else "a blank"


def _check_columns(entries: pl.DataFrame, label: str) -> None:
    import polars as pl

    if not isinstance(entries, pl.DataFrame):
        raise PluginError(f"{label}: `read` must return a polars DataFrame of entries, not {type(entries).__name__}")
    missing = [name for name in REQUIRED if name not in entries.columns]
    unknown = [name for name in entries.columns if name not in (*TEXTS, POSITION)]
    if missing or unknown:
        wrong = f"lack {missing[0]!r}" if missing else f"have an unknown column {unknown[0]!r}"
        raise PluginError(f"{label}: its entries {wrong}; the columns are {', '.join((*TEXTS, POSITION))}")
    for name in entries.columns:
        if name != POSITION and entries[name].dtype != pl.String:
            raise PluginError(f"{label}: column {name!r} of its entries is {entries[name].dtype}, not text")
    for name in REQUIRED:
        if entries[name].null_count():
            raise PluginError(f"{label}: column {name!r} of its entries has a row without value")


def _pids(keys: pl.Series) -> tuple[pl.Series, list[str]]:
    """The playlists' numbers: their keys if those are distinct whole numbers, otherwise 0 to n - 1, with a remark."""
    import polars as pl

    digits = pl.select(pl.when(keys.str.contains(r"^[0-9]{1,19}$")).then(keys)).to_series()
    numbers = digits.cast(pl.Int64, strict=False)
    unusable = numbers.is_null() | numbers.is_duplicated()
    if not unusable.any():
        return numbers, []
    example = keys[int(unusable.arg_max() or 0)][:_MOST_SHOWN]
    remark = (
        f"playlists are numbered from 0 in order of appearance: identifiers such as {example!r} are not distinct "
        "whole numbers"
    )
    return pl.Series(np.arange(len(keys), dtype=np.int64)), [remark]


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
