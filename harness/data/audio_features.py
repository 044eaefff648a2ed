"""Import of audio features from a CSV or Parquet file, joined to the tracks of a corpus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from harness.data import store
from harness.data.delimited import read_delimited
from harness.data.feature_values import numbers, text_column
from harness.data.track_ids import canonical_uris
from harness.data.unpacking import GZIP, check_is_file
from harness.errors import DataError
from harness.kit.progress import step
from harness.rules import URI_PREFIX
from harness.types import AUDIO_FEATURES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.types import Playlists

KEYS = ("track_uri", "uri", "track_id", "id")
"""Columns that may identify the track by Spotify URI or id; the first one present is used."""

_ID = "id in the file"
"""Name of the join column; distinct from all features, one of which is named `key`."""

_ROW, _FIRST = "row in the file", " of the first row"
_PARQUET = b"PAR1"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Share of a corpus with audio features.

    Attributes:
        n_tracks, n_known_tracks: number of tracks, and of those with at least one feature.
        n_entries, n_known_entries: number of playlist entries, and of those whose track has a feature.
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
    """Store a file's audio features with a corpus, replacing any earlier ones.

    Columns have the names of Spotify's API (`AUDIO_FEATURES`), in upper or lower case. Absent columns, tracks without
    a row and values that are not numbers are unknown. If a track has several rows, the first is used.
    Numbers out of the range of their feature are stored unchanged.

    Args:
        corpus: corpus whose tracks get the features.
        file: CSV or TSV, optionally compressed with gzip, or Parquet.
        note: receives warnings: values that are not numbers or out of range, and rows of one track that differ.

    Raises:
        DataError: the file is missing, unreadable, has no track or feature column, no track of the corpus, or numbers
            with commas.
    """
    tracks = corpus.playlists().catalog.tracks
    with step("audio features"):
        rows, remarks = _read(file)
        table, differing = _first_rows(rows)
        bare = tracks.select(pl.col("uri").str.strip_prefix(URI_PREFIX).alias(_ID))
        joined = bare.join(table, on=_ID, how="left", maintain_order="left").drop(_ID)
    present = [name for name in joined.columns if joined[name].count()]
    if not present:
        is_other = bare.join(table, on=_ID, how="semi").is_empty()
        reason = "" if is_other or not remarks else f" ({remarks[0].removeprefix('warning: ')})"
        remedy = "pass the file of this corpus" if is_other else "write its features as numbers"
        raise DataError(f"{file} has no feature of any track of corpus {corpus.name!r}{reason}; {remedy}")
    for line in (*remarks, *differing):
        if note:
            note(line)
    return store.write_audio(corpus, joined.select(present))


def coverage(playlists: Playlists) -> Coverage | None:
    """Count the tracks and entries with audio features; None if the corpus has no audio features."""
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


def _read(file: Path) -> tuple[pl.DataFrame, list[str]]:
    """Read the bare track id and the features, one row per row of the file with a track; and remarks."""
    try:
        check_is_file(file, "audio features")
        with file.open("rb") as opened:
            is_parquet = opened.read(len(_PARQUET)) == _PARQUET
        lazy = pl.scan_parquet(file) if is_parquet else _delimited(file).lazy()
        names = {name.strip().lower(): name for name in reversed(lazy.collect_schema().names())}
        key, features = _columns(names, file)
        frame = lazy.select(names[name] for name in dict.fromkeys((key, *features))).collect()
        ids = canonical_uris(text_column(frame[names[key]], file))[0].str.strip_prefix(URI_PREFIX)
        columns, remarks = [ids.alias(_ID)], []
        for name in features:
            values, lines = numbers(text_column(frame[names[name]], file), name, ids, file)
            columns.append(values)
            remarks += lines
        return pl.DataFrame(columns).with_row_index(_ROW).filter(pl.col(_ID).is_not_null()), remarks
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError(f"audio features {file} cannot be read ({reason}); pass a CSV or Parquet file") from error


def _delimited(file: Path) -> pl.DataFrame:
    is_tsv = file.name.lower().removesuffix(GZIP).endswith(".tsv")
    return read_delimited(file, "\t" if is_tsv else ",")


def _first_rows(table: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """The first row of each track, and a warning if a track has rows that differ."""
    first = table.unique(_ID, keep="first", maintain_order=True)
    if first.height == table.height:
        return first.drop(_ROW), []
    features = [name for name in table.columns if name not in (_ID, _ROW)]
    both = table.join(first, on=_ID, suffix=_FIRST, maintain_order="left")
    differs = {name: pl.col(name).ne_missing(pl.col(name + _FIRST)) for name in features}
    other = both.filter(pl.any_horizontal(differs.values()))
    if not other.height:
        return first.drop(_ROW), []
    row = other.row(0, named=True)
    name = next(name for name in features if row[name] != row[name + _FIRST])
    n_tracks = other[_ID].n_unique()
    subject = "1 track has" if n_tracks == 1 else f"{n_tracks:,} tracks have"
    warning = (
        f"warning: {subject} rows that differ; the first row of each is used (track {row[_ID][:40]!r}: "
        f"{name} is {row[name + _FIRST]} in row {row[_ROW + _FIRST] + 1}, {row[name]} in row {row[_ROW] + 1})"
    )
    return first.drop(_ROW), [warning]


def _columns(names: dict[str, str], file: Path) -> tuple[str, list[str]]:
    """The column that identifies the track, and those of features, in lower case."""
    key = next((name for name in KEYS if name in names), None)
    features = [name for name in AUDIO_FEATURES if name in names]
    if key is None:
        raise DataError(f"audio features {file}: no column identifies the track; name one {', '.join(KEYS)}")
    if not features:
        raise DataError(f"audio features {file}: no column is one of {', '.join(AUDIO_FEATURES)}")
    return key, features
