"""Track table: names, artists, albums, preview links and further columns, joined to the tracks of a corpus.

The table is stored beside the corpus and used where tracks are searched and shown. It is not part of the corpus:
recommenders and metrics do not see it, and fingerprints and runs do not depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from harness.data import store
from harness.data.delimited import read_delimited
from harness.data.track_ids import canonical_uris
from harness.data.unpacking import GZIP, check_is_file
from harness.errors import DataError
from harness.kit.progress import step

if TYPE_CHECKING:
    from pathlib import Path

KEYS = ("track_uri", "uri", "track_id", "id", "track")
"""Columns that may identify the track; the first one present is used."""

KNOWN = {
    "name": ("track_name", "name", "title", "track_title", "song"),
    "artist": ("artist_name", "artist", "artists", "artist_title"),
    "album": ("album_name", "album", "album_title"),
    "preview": ("preview_url", "preview", "preview_link", "track_preview"),
}
"""Column of the track table -> the names accepted in a file; the first one present is used."""

PREFIX = "track_"
"""Prefix of track identifiers in lists; a table may lack it."""

_ID = "id in the file"
_PARQUET = b"PAR1"
_NOT_TEXT = "its values are not texts or numbers"
_MOST_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class Joined:
    """A corpus with its track table.

    Attributes:
        corpus: the corpus.
        n_known: column of the table -> number of tracks with a value.
        ignored: columns of the file that are not in the table, each with the reason.
        n_repeated: number of rows that name a track of an earlier row.
    """

    corpus: store.StoredCorpus
    n_known: dict[str, int]
    ignored: dict[str, str]
    n_repeated: int


def join_tracks(corpus: store.StoredCorpus, file: Path) -> Joined:
    """Store a file's columns about tracks with a corpus, replacing any earlier table.

    Column names are compared in lower case, with `-` and blanks as `_`. If a track has several rows, the first is
    used. Identifiers match with or without `track_` in front.

    Args:
        corpus: corpus whose tracks are described.
        file: CSV or TSV, optionally compressed with gzip, or Parquet.

    Raises:
        DataError: the file is missing, unreadable, has no column that identifies the track, no other column, or no
            track of the corpus.
    """
    with step("track table"):
        texts, ignored = _read(file)
        names = {_plain(name): name for name in reversed(texts.columns)}
        key = next((names[name] for name in KEYS if name in names), None)
        if key is None:
            raise DataError(f"track table {file}: no column identifies the track; name one {', '.join(KEYS)}")
        columns, unused = _columns(texts, names, key)
        if not columns:
            raise DataError(f"track table {file}: no column besides {key}; add e.g. name, artist, album, preview_url")
        rows = texts.select(pl.Series(_ID, canonical_uris(texts[key])[0]), **columns).filter(pl.col(_ID).is_not_null())
        first = rows.unique(_ID, keep="first", maintain_order=True)
        joined = _joined(corpus.playlists().catalog.tracks["uri"], first)
    n_known = {name: joined.height - joined[name].null_count() for name in joined.columns}
    if not any(n_known.values()):
        raise DataError(
            f"track table {file} has no value for any track of corpus {corpus.name!r}: column {key} has identifiers "
            f"such as {texts[key].drop_nulls().head(1).to_list()}; pass the table of this corpus"
        )
    ignored |= unused | {str(columns[name].meta.output_name()): "no value" for name, n in n_known.items() if not n}
    table = joined.select(name for name, n in n_known.items() if n)
    stored = store.write_track_table(corpus, table)
    return Joined(stored, {name: n for name, n in n_known.items() if n}, ignored, rows.height - first.height)


def _read(file: Path) -> tuple[pl.DataFrame, dict[str, str]]:
    """The columns of a file as texts without surrounding blanks, null if empty; and ignored columns with the reason.

    Lists of texts, e.g. of artists, become one text.
    """
    try:
        check_is_file(file, "track table")
        with file.open("rb") as opened:
            is_parquet = opened.read(len(_PARQUET)) == _PARQUET
        is_tsv = file.name.lower().removesuffix(GZIP).endswith(".tsv")
        frame = pl.read_parquet(file) if is_parquet else read_delimited(file, "\t" if is_tsv else ",")
        flat = frame.with_columns(pl.col(pl.List(pl.String)).list.join(", ", ignore_nulls=True))
        ignored = {name: _NOT_TEXT for name, dtype in flat.schema.items() if dtype.is_nested() or dtype == pl.Binary}
        return flat.drop(ignored).select(pl.all().cast(pl.String).str.strip_chars().replace("", None)), ignored
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError(f"track table {file} cannot be read ({reason}); pass a CSV or Parquet file") from error


def _columns(texts: pl.DataFrame, names: dict[str, str], key: str) -> tuple[dict[str, pl.Expr], dict[str, str]]:
    """Column of the table -> column of the file; and the ignored columns of the file with the reason."""
    columns = {}
    for column, accepted in KNOWN.items():
        present = [names[name] for name in accepted if name in names and names[name] != key]
        if present:
            columns[column] = pl.col(present[0])
    if "preview" in columns:  # not the words that programs write for a missing link
        columns["preview"] = pl.when(columns["preview"].str.contains("://", literal=True)).then(columns["preview"])
    used = {key, *(expression.meta.output_name() for expression in columns.values())}
    ignored = {}
    for name in texts.columns:
        if name in used:
            continue
        if not _plain(name) or _plain(name) in columns or names[_plain(name)] != name:
            ignored[name] = "no name" if not _plain(name) else "same as another column"
        elif len(columns) >= _MOST_COLUMNS:
            ignored[name] = f"more than {_MOST_COLUMNS} columns"
        else:
            columns[_plain(name)] = pl.col(name)
    return columns, ignored


def _joined(uris: pl.Series, first: pl.DataFrame) -> pl.DataFrame:
    """The rows of the corpus's tracks, (n_tracks,): by the form of identifiers that matches most tracks."""
    whole = pl.col(_ID).str.replace(r"^([0-9]+)\.0$", "${1}")
    forms = (whole, pl.lit(PREFIX) + whole, whole.str.strip_prefix(PREFIX))
    n_matches = [int(uris.is_in(first.select(form).to_series().implode()).sum()) for form in forms]
    best = first.with_columns(forms[n_matches.index(max(n_matches))].alias(_ID))
    best = best.unique(_ID, keep="first", maintain_order=True)
    return pl.DataFrame({_ID: uris}).join(best, on=_ID, how="left", maintain_order="left").drop(_ID)


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")
