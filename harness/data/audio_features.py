"""A table of audio features, from a CSV or Parquet file, joined to the tracks of a corpus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from harness.data import store
from harness.errors import DataError
from harness.progress import step
from harness.rules import URI_PREFIX
from harness.types import AUDIO_FEATURES

if TYPE_CHECKING:
    from pathlib import Path

    from harness.types import Playlists

KEYS = ("track_uri", "uri", "track_id", "id")
"""Columns that can tell the track, the first of them that a file has: a Spotify URI or the id at its end."""

_ID = "id in the file"
"""The joined column; no feature is named so, as one is named `key`."""

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


def join_features(corpus: store.StoredCorpus, file: Path) -> store.StoredCorpus:
    """Keep a file's audio features beside a corpus, in place of any that it had.

    Columns bear the names of Spotify's API, in any case, `AUDIO_FEATURES`; those that are absent, tracks without
    a row and values that are no numbers stay unknown. Of several rows of one track the first counts.

    Raises:
        DataError: the file is not there, cannot be read, names no track or no feature, or none of the corpus.
    """
    tracks = corpus.playlists().catalog.tracks
    with step("audio features"):
        table = _read(file)
        bare = tracks.select(pl.col("uri").str.strip_prefix(URI_PREFIX).alias(_ID))
        joined = bare.join(table, on=_ID, how="left", maintain_order="left").drop(_ID)
    told = [name for name in joined.columns if joined[name].count()]
    if not told:
        raise DataError(f"{file} has no feature of any track of corpus {corpus.name!r}: is it another corpus's?")
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
        with file.open("rb") as opened:
            is_parquet = opened.read(len(_PARQUET)) == _PARQUET
        lazy = pl.scan_parquet(file) if is_parquet else pl.scan_csv(file, infer_schema=False, encoding="utf8-lossy")
        names = {name.strip().lower(): name for name in reversed(lazy.collect_schema().names())}
        chosen = lazy.select(_columns(names, file))
        return chosen.filter(pl.col(_ID).is_not_null()).unique(_ID, keep="first", maintain_order=True).collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError(f"audio features {file} cannot be read ({reason}): name a CSV or Parquet file") from error


def _columns(names: dict[str, str], file: Path) -> list[pl.Expr]:
    key = next((name for name in KEYS if name in names), None)
    features = [name for name in AUDIO_FEATURES if name in names]
    if key is None:
        raise DataError(f"audio features {file}: no column tells the track; name one of them {', '.join(KEYS)}")
    if not features:
        raise DataError(f"audio features {file}: no column is one of {', '.join(AUDIO_FEATURES)}")
    bare = pl.col(names[key]).cast(pl.String).str.strip_chars().str.strip_prefix(URI_PREFIX).alias(_ID)
    return [bare, *(_number(names[name]).alias(name) for name in features)]


def _number(column: str) -> pl.Expr:
    number = pl.col(column).cast(pl.Float32, strict=False)
    return pl.when(number.is_finite()).then(number)
