"""Entries of a file -> tracks of a catalog, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.data.mpd.columns import NAMED, artist_keys, durations
from harness.data.mpd.schema import Entry
from harness.types import NO_ID, Catalog

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from harness.types import Ids


def track_ids(catalog: Catalog, uris: pl.Series) -> Ids:
    """The catalog's id of each URI, (n,); -1 where the catalog lacks it."""
    return places(uris, catalog.tracks["uri"])


def extend(catalog: Catalog, entries: Sequence[Entry]) -> tuple[Catalog, Ids]:
    """The ids of the entries' tracks, (n,), in a catalog whose first rows are the given one's.

    A track that the catalog lacks is appended once, with its artist where the catalog knows that one by URI
    or, where there is no URI, by name; its album and its audio features stay unknown.

    Returns:
        The longer catalog (the very same one where nothing is new), and the ids.
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
    longer = Catalog(
        pl.concat([catalog.tracks, frame]),
        catalog.artists,
        catalog.albums,
        np.concatenate([catalog.artist_of, _artists(catalog, new)]),
        np.concatenate([catalog.album_of, np.full(len(new), NO_ID, np.int32)]),
        np.concatenate([catalog.duration_ms, durations(new)]),
        None if catalog.audio is None else pl.concat([catalog.audio, catalog.audio.clear(len(new))]),
    )
    return longer, ids


def describe(catalog: Catalog, ids: Ids) -> list[Entry]:
    """The tracks of these ids, (n,), as entries of a file; what is unknown of a track is left out."""
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
    """The catalog's artist of each entry, (n,); -1 where it is unknown."""
    import polars as pl

    known = catalog.artists.select(
        pl.when(pl.col("uri") == "").then(pl.lit(NAMED) + pl.col("name")).otherwise("uri")
    ).to_series()
    keys = pl.Series(artist_keys(entries), dtype=pl.String)
    return places(keys, known)


def places(asked: pl.Series, known: pl.Series) -> Ids:
    """The row of `known`, whose texts are distinct, that holds each text of `asked`, (n,); -1 for none."""
    import polars as pl

    rows = pl.DataFrame({"key": known}).with_row_index("row")
    joined = pl.DataFrame({"key": asked}).join(rows, on="key", how="left", maintain_order="left")
    rows_of_asked: Ids = joined["row"].cast(pl.Int32).fill_null(NO_ID).to_numpy().copy()
    return rows_of_asked


def _texts(texts: pl.Series, ids: Ids) -> list[str | None]:
    import polars as pl

    values: list[str | None] = texts.gather(pl.Series(ids).replace(NO_ID, None)).to_list()
    return values
