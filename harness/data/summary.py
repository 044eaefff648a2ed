"""Summary of a corpus: counts, numbers per playlist, titles, popularity concentration, missing values, duplicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.data.audio_features import coverage
from harness.data.distributions import distribution
from harness.data.mpd.schema import NUMBERS
from harness.data.titles_and_dates import months_of, titles_of
from harness.kit.seed_order import order_of

if TYPE_CHECKING:
    from harness.data.distributions import Distribution
    from harness.data.titles_and_dates import Titles
    from harness.types import Playlists

TOP_SHARES = (0.1, 1.0, 10.0)
"""Percentages of the tracks, the most frequent first."""

N_TOP = 10

_ORDERS = {
    "real": "informative: adjacent tracks share an artist more often than by chance",
    "random": "not informative: adjacent tracks share an artist no more often than by chance",
    "sorted": "not informative: all playlists are sorted by the same key",
    "unknown": "unknown: too few tracks with a known artist",
}

_NUMBERS = {
    "followers": ("num_followers", 1),
    "albums": ("num_albums", 1),
    "artists": ("num_artists", 1),
    "edits": ("num_edits", 1),
    "minutes": ("duration_ms", 60_000),
}
"""Name of a number in the summary -> its column, and the unit that it is divided by."""

_DOUBLING = ("followers", "edits")
"""Numbers that vary by orders of magnitude."""

_OPTIONAL = ("description", "collaborative", *NUMBERS)


@dataclass(frozen=True, slots=True)
class Summary:
    """Statistics of a corpus.

    Attributes:
        counts: playlists, entries, tracks, artists, albums, titles, normalised titles.
        numbers: `entries`, `followers`, `albums`, `artists`, `edits`, `minutes` of a playlist -> their distribution;
            only those that are known of some playlist.
        months: month of the last modification, as `2017-10`, ascending -> number of playlists.
        titles: number of titles, the most frequent ones, groups of playlists with one title.
        concentration: percentage of tracks, the most frequent first -> their share of the entries.
        top_tracks: URI, name, artist and number of playlists, the most frequent first.
        missing: field -> number of playlists, tracks or entries without it; only non-zero numbers.
        duplicates: kind of duplicate -> number.
        order: whether the order of tracks within playlists is informative.
    """

    counts: dict[str, int]
    numbers: dict[str, Distribution]
    months: dict[str, int]
    titles: Titles
    concentration: dict[str, float]
    top_tracks: list[tuple[str, str, str, int]]
    missing: dict[str, int]
    duplicates: dict[str, int]
    order: str


def summarise(playlists: Playlists) -> Summary:
    """Compute the statistics of a corpus."""
    catalog, tracks = playlists.catalog, playlists.tracks
    titles = titles_of(playlists, N_TOP)
    distinct = tracks.matrix(catalog.n_tracks)
    n_playlists_of = np.bincount(distinct.indices, minlength=catalog.n_tracks)
    repeated = tracks.lengths - np.diff(distinct.indptr)
    return Summary(
        counts={
            "playlists": len(playlists),
            "entries": len(tracks.values),
            "tracks": catalog.n_tracks,
            "artists": catalog.n_artists,
            "albums": catalog.n_albums,
            "titles": titles.n_distinct,
            "normalised titles": titles.n_normalised,
        },
        numbers=_numbers(playlists),
        months=months_of(playlists),
        titles=titles,
        concentration=_concentration(playlists.track_counts()),
        top_tracks=_top_tracks(playlists, n_playlists_of),
        missing=_missing(playlists),
        duplicates={
            "playlists with a repeated track": int(np.count_nonzero(repeated)),
            "entries that repeat an earlier entry of their playlist": int(repeated.sum()),
            "tracks with the same name and artist as another track": _same_name(playlists),
        },
        order=_ORDERS[order_of(tracks, catalog.artist_of)],
    )


def _numbers(playlists: Playlists) -> dict[str, Distribution]:
    """Distributions of the numbers of a playlist; playlists without entries count as 0 entries."""
    values = {"entries": playlists.tracks.lengths.astype(np.float64)}
    for name, (column, unit) in _NUMBERS.items():
        if column in playlists.info.columns:
            values[name] = playlists.info[column].cast(float).to_numpy() / unit
    known = {name: distribution(numbers, doubling=name in _DOUBLING) for name, numbers in values.items()}
    return {name: found for name, found in known.items() if found}


def _concentration(counts: np.ndarray) -> dict[str, float]:
    ordered = np.sort(counts)[::-1]
    total = max(int(ordered.sum()), 1)
    tops = {share: max(round(len(ordered) * share / 100), 1) for share in TOP_SHARES}
    return {f"{share:g} %": float(ordered[:n].sum() / total) for share, n in tops.items()}


def _top_tracks(playlists: Playlists, n_playlists_of: np.ndarray) -> list[tuple[str, str, str, int]]:
    catalog = playlists.catalog
    best = np.argsort(-n_playlists_of, kind="stable")[:N_TOP].astype(np.int32)
    artists = catalog.artist_names(best)
    columns = (
        catalog.tracks["uri"][best],
        catalog.tracks["name"][best],
        artists,
        n_playlists_of[best].tolist(),
    )
    return list(zip(*columns, strict=True))


def _missing(playlists: Playlists) -> dict[str, int]:
    catalog = playlists.catalog
    covered = coverage(playlists)
    missing = {f"playlists without {name}": playlists.info[name].null_count() for name in playlists.info.columns}
    missing |= {f"playlists without {name}": len(playlists) for name in _OPTIONAL if name not in playlists.info.columns}
    missing["playlists without name"] = int((playlists.info["name"].fill_null("") == "").sum())
    missing |= {
        "playlists without any track": int(np.count_nonzero(playlists.tracks.lengths == 0)),
        "tracks without name": int((catalog.tracks["name"] == "").sum()),
        "tracks without artist": int(np.count_nonzero(catalog.artist_of < 0)),
        "tracks without album": int(np.count_nonzero(catalog.album_of < 0)),
        "tracks without duration": int(np.count_nonzero(catalog.duration_ms == 0)),
        "tracks without audio features": covered.n_tracks - covered.n_known_tracks if covered else 0,
        "artists known by name only": int((catalog.artists["uri"] == "").sum()),
        "albums known by name only": int((catalog.albums["uri"] == "").sum()),
    }
    return {kind: n for kind, n in missing.items() if n}


def _same_name(playlists: Playlists) -> int:
    import polars as pl

    named = pl.DataFrame({"name": playlists.catalog.tracks["name"], "artist": playlists.catalog.artist_of})
    named = named.filter((pl.col("name") != "") & (pl.col("artist") >= 0))
    return named.height - named.n_unique() if named.height else 0
