"""Conversion between the entries of a file and the tracks of a catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.data.mpd.columns import NAMED, artist_keys, durations
from harness.data.mpd.schema import Entry
from harness.ragged import NO_ID
from harness.types import Catalog

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from harness.ragged import Ids


def track_ids(catalog: Catalog, uris: pl.Series) -> Ids:
    """The catalog's id of each URI, (n,); -1 if the catalog lacks it."""
    return rows_of(uris, catalog.tracks["uri"])


def extend(catalog: Catalog, entries: Sequence[Entry]) -> tuple[Catalog, Ids]:
    """Append the entries' unknown tracks to a catalog and look up the ids of all entries.

    Existing ids stay valid. An unknown track is appended once. It gets its artist if the catalog has that artist's
    URI or, for an artist without URI, name; its album and audio features stay unknown.

    Returns:
        The extended catalog (the same object if no track is new), and the ids, (n,).
    """
    import polars as pl

    uris = pl.Series("uri", [entry.track_uri for entry in entries], dtype=pl.String)
    ids = track_ids(catalog, uris)
    unknown = np.flatnonzero(ids == NO_ID)
    if not len(unknown):
        return catalog, ids
    codes: dict[str, int] = {}
    ids[unknown] = [codes.setdefault(entries[i].track_uri, catalog.n_tracks + len(codes)) for i in unknown.tolist()]
    first: list[int] = unknown[np.unique(ids[unknown], return_index=True)[1]].tolist()
    new = [entries[i] for i in first]
    frame = pl.DataFrame(
        {"uri": list(codes), "name": [entry.track_name or "" for entry in new]},
        schema={"uri": pl.String, "name": pl.String},
    )
    extended = Catalog(
        pl.concat([catalog.tracks, frame]),
        catalog.artists,
        catalog.albums,
        np.concatenate([catalog.artist_of, _artists(catalog, new)]),
        np.concatenate([catalog.album_of, np.full(len(new), NO_ID, np.int32)]),
        np.concatenate([catalog.duration_ms, durations(new)]),
        None if catalog.audio is None else pl.concat([catalog.audio, catalog.audio.clear(len(new))]),
    )
    return extended, ids


def describe(catalog: Catalog, ids: Ids) -> list[Entry]:
    """The tracks with these ids, (n,), as entries of a file, without fields that are unknown."""
    artist_of, album_of = catalog.artist_of[ids], catalog.album_of[ids]
    columns = (
        catalog.tracks["uri"][ids].to_list(),
        catalog.tracks["name"][ids].to_list(),
        *(_texts(catalog.artists[column], artist_of) for column in ("uri", "name")),
        *(_texts(catalog.albums[column], album_of) for column in ("uri", "name")),
        catalog.duration_ms[ids].tolist(),
    )
    return [
        Entry(
            track_uri=uri,
            track_name=name,
            artist_uri=artist or None,
            artist_name=artist_name or None,
            album_uri=album or None,
            album_name=album_name or None,
            duration_ms=duration,
        )
        for uri, name, artist, artist_name, album, album_name, duration in zip(*columns, strict=True)
    ]


def _artists(catalog: Catalog, entries: Sequence[Entry]) -> Ids:
    """The catalog's artist of each entry, (n,); -1 if unknown."""
    import polars as pl

    known = catalog.artists.select(
        pl.when(pl.col("uri") == "").then(pl.lit(NAMED) + pl.col("name")).otherwise("uri")
    ).to_series()
    keys = pl.Series(artist_keys(entries), dtype=pl.String)
    return rows_of(keys, known)


def rows_of(texts: pl.Series, distinct: pl.Series) -> Ids:
    """The row of each text, (n,), in a series of distinct texts; -1 if it is absent."""
    import polars as pl

    numbered = pl.DataFrame({"key": distinct}).with_row_index("row")
    joined = pl.DataFrame({"key": texts}).join(numbered, on="key", how="left", maintain_order="left")
    rows: Ids = joined["row"].cast(pl.Int32).fill_null(NO_ID).to_numpy().copy()
    return rows


def _texts(texts: pl.Series, ids: Ids) -> list[str | None]:
    import polars as pl

    values: list[str | None] = texts.gather(pl.Series(ids).replace(NO_ID, None)).to_list()
    return values
