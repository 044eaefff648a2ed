"""A table of audio features, from a CSV or Parquet file, joined to the tracks of a corpus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from harness.data import store
from harness.data.delimited import read_delimited
from harness.data.track_ids import canonical_uris
from harness.data.unpacking import GZIP, check_is_file
from harness.errors import DataError
from harness.progress import step
from harness.rules import URI_PREFIX
from harness.types import AUDIO_FEATURES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.types import Playlists

KEYS = ("track_uri", "uri", "track_id", "id")
"""Columns that can tell the track, the first of them that a file has: a Spotify URI or the id at its end."""

_ID = "id in the file"
"""The joined column; no feature is named so, as one is named `key`."""

_ROW, _FIRST = "row in the file", " of the first row"
_PARQUET = b"PAR1"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a corpus has audio features.

    Attributes:
        n_tracks, n_known_tracks: tracks, and those with a feature at least.
        n_entries, n_known_entries: the same of the playlists' entries.
        missing: features that no track has.
    """

    n_tracks: int
    n_known_tracks: int
    n_entries: int
    n_known_entries: int
    missing: tuple[str, ...]


def join_features(
    corpus: store.StoredCorpus, file: Path, note: Callable[[str], None] | None = None
) -> store.StoredCorpus:
    """Keep a file's audio features beside a corpus, in place of any that it had.

    Columns bear the names of Spotify's API, in any case, `AUDIO_FEATURES`; those that are absent, tracks without
    a row and values that are no numbers stay unknown. Of several rows of one track the first counts.

    Args:
        corpus: whose tracks get the features.
        file: CSV (also packed with gzip), TSV or Parquet.
        note: receives a line where rows of one track differ.

    Raises:
        DataError: the file is not there, cannot be read, names no track or no feature, or none of the corpus.
    """
    tracks = corpus.playlists().catalog.tracks
    with step("audio features"):
        table, line = _first_rows(_read(file))
        bare = tracks.select(pl.col("uri").str.strip_prefix(URI_PREFIX).alias(_ID))
        joined = bare.join(table, on=_ID, how="left", maintain_order="left").drop(_ID)
    told = [name for name in joined.columns if joined[name].count()]
    if not told:
        raise DataError(f"{file} has no feature of any track of corpus {corpus.name!r}: is it another corpus's?")
    if line and note:
        note(line)
    return store.write_audio(corpus, joined.select(told))


def coverage(playlists: Playlists) -> Coverage | None:
    """How much of a corpus has audio features; None where it has none at all."""
    audio = playlists.catalog.audio
    if audio is None:
        return None
    known = audio.select(pl.any_horizontal(pl.all().is_not_null())).to_series().to_numpy()
    return Coverage(
        n_tracks=len(known),
        n_known_tracks=int(known.sum()),
        n_entries=len(playlists.tracks.values),
        n_known_entries=int(known[playlists.tracks.values].sum()),
        missing=tuple(name for name in AUDIO_FEATURES if name not in audio.columns),
    )


def _read(file: Path) -> pl.DataFrame:
    """The table as the bare id and features, a row a track."""
    try:
        check_is_file(file, "audio features")
        with file.open("rb") as opened:
            is_parquet = opened.read(len(_PARQUET)) == _PARQUET
        lazy = pl.scan_parquet(file) if is_parquet else _delimited(file).lazy()
        names = {name.strip().lower(): name for name in reversed(lazy.collect_schema().names())}
        chosen = lazy.select(_columns(names, file)).with_row_index(_ROW).collect()
        ids = canonical_uris(chosen[_ID])[0].str.strip_prefix(URI_PREFIX)
        return chosen.with_columns(ids.alias(_ID)).filter(pl.col(_ID).is_not_null())
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError(f"audio features {file} cannot be read ({reason}): name a CSV or Parquet file") from error


def _delimited(file: Path) -> pl.DataFrame:
    is_tsv = file.name.lower().removesuffix(GZIP).endswith(".tsv")
    return read_delimited(file, "\t" if is_tsv else ",")


def _first_rows(table: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    """The first row of each track, and a line about tracks that have two rows which differ, "" if none has."""
    first = table.unique(_ID, keep="first", maintain_order=True)
    if first.height == table.height:
        return first.drop(_ROW), ""
    features = [name for name in table.columns if name not in (_ID, _ROW)]
    both = table.join(first, on=_ID, suffix=_FIRST, maintain_order="left")
    differs = {name: pl.col(name).ne_missing(pl.col(name + _FIRST)) for name in features}
    other = both.filter(pl.any_horizontal(differs.values()))
    if not other.height:
        return first.drop(_ROW), ""
    row = other.row(0, named=True)
    name = next(name for name in features if row[name] != row[name + _FIRST])
    n_tracks = other[_ID].n_unique()
    which = "1 track has two rows that differ" if n_tracks == 1 else f"{n_tracks:,} tracks have two rows that differ"
    return first.drop(_ROW), (
        f"warning: {which}; the first row of each counts (track {row[_ID][:40]!r}: {name} is {row[name + _FIRST]} in "
        f"row {row[_ROW + _FIRST] + 1}, {row[name]} in row {row[_ROW] + 1})"
    )


def _columns(names: dict[str, str], file: Path) -> list[pl.Expr]:
    key = next((name for name in KEYS if name in names), None)
    features = [name for name in AUDIO_FEATURES if name in names]
    if key is None:
        raise DataError(f"audio features {file}: no column tells the track; name one of them {', '.join(KEYS)}")
    if not features:
        raise DataError(f"audio features {file}: no column is one of {', '.join(AUDIO_FEATURES)}")
    bare = pl.col(names[key]).cast(pl.String).alias(_ID)
    return [bare, *(_number(names[name]).alias(name) for name in features)]


def _number(column: str) -> pl.Expr:
    number = pl.col(column).cast(pl.String).str.strip_chars().cast(pl.Float32, strict=False)
    return pl.when(number.is_finite()).then(number)
