"""Measures of artists and albums within a playlist: number, distance, repeated tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.kit.randomness import generator
from harness.synthetic.measures.shape import n_distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Playlists

_DISTANCES = (1, 2, 3, 5, 10, 20, 50, 100)
_FIRST = 25
_LONG = 101


def measure_artists(playlists: Playlists) -> dict[str, float]:
    """Distinct and effective artists; pairs and adjacent entries by one artist; pairs by distance."""
    artist_of = playlists.catalog.artist_of
    ratio = n_distinct(playlists, artist_of) / playlists.tracks.lengths
    pairs, neighbours = _pairs(playlists, artist_of), _neighbours(playlists, artist_of)
    values = {
        "artists / length: mean": float(ratio.mean()),
        "artists / length: p10": float(np.quantile(ratio, 0.1)),
        "artists / length: p90": float(np.quantile(ratio, 0.9)),
        "effective artists": effective_artists(playlists),
    }
    for name, shares in (("two tracks by one artist", pairs), ("neighbours by one artist", neighbours)):
        values[f"{name}: mean"] = float(shares.mean())
        values[f"{name}: median"] = float(np.median(shares))
        values[f"{name}: p90"] = float(np.quantile(shares, 0.9))
    return values | _by_distance(playlists, artist_of)


def measure_albums_in_order(playlists: Playlists) -> dict[str, float]:
    """Pairs of entries, and adjacent entries, from one album."""
    album_of = playlists.catalog.album_of
    return {
        "two tracks of one album": float(_pairs(playlists, album_of).mean()),
        "neighbours of one album": float(_neighbours(playlists, album_of).mean()),
    }


def measure_repeats(playlists: Playlists) -> dict[str, float]:
    """Tracks that occur twice in a playlist."""
    distinct = n_distinct(playlists, np.arange(playlists.catalog.n_tracks, dtype=np.int32))
    repeats = playlists.tracks.lengths - distinct
    return {
        "a track twice: playlists": float((repeats > 0).mean()),
        "a track twice: entries": float(repeats.sum() / playlists.tracks.lengths.sum()),
    }


def measure_openings(playlists: Playlists) -> dict[str, float]:
    """Pairs by one artist among the first 25 entries of long playlists, and among 25 at random."""
    long = playlists.take(playlists.tracks.lengths >= _LONG)
    if len(long) == 0:
        return {}
    artists = long.catalog.artist_of[long.tracks.values]
    starts, lengths = long.tracks.indptr[:-1], long.tracks.lengths
    first = artists[starts[:, None] + np.arange(_FIRST)]
    keys = generator(0, "measure openings").random((len(long), int(lengths.max())))
    keys[np.arange(keys.shape[1]) >= lengths[:, None]] = 2
    anywhere = artists[starts[:, None] + np.argpartition(keys, _FIRST, axis=1)[:, :_FIRST]]
    return {"one artist, first 25": _pairs_of(first), "one artist, random 25": _pairs_of(anywhere)}


def effective_artists(playlists: Playlists) -> float:
    """Mean over playlists of exp(entropy of the artists' shares)."""
    rows, counts, lengths = _counts(playlists, playlists.catalog.artist_of)
    shares = counts / lengths[rows]
    return float(np.exp(np.bincount(rows, -shares * np.log(shares), len(lengths))).mean())


def _counts(
    playlists: Playlists, group_of: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    keys = playlists.tracks.row_ids.astype(np.int64) << 32 | group_of[playlists.tracks.values]
    distinct, counts = np.unique(keys, return_counts=True)
    return distinct >> 32, counts, playlists.tracks.lengths


def _pairs(playlists: Playlists, group_of: NDArray[np.int32]) -> NDArray[np.float64]:
    """Share of each playlist's pairs of entries that belong to one group, (n,)."""
    rows, counts, lengths = _counts(playlists, group_of)
    return np.bincount(rows, counts * (counts - 1), len(lengths)) / (lengths * (lengths - 1))


def _neighbours(playlists: Playlists, group_of: NDArray[np.int32]) -> NDArray[np.float64]:
    rows, groups = playlists.tracks.row_ids, group_of[playlists.tracks.values]
    same = (rows[1:] == rows[:-1]) & (groups[1:] == groups[:-1])
    return np.bincount(rows[1:], same, len(playlists)) / (playlists.tracks.lengths - 1)


def _by_distance(playlists: Playlists, artist_of: NDArray[np.int32]) -> dict[str, float]:
    rows, artists = playlists.tracks.row_ids, artist_of[playlists.tracks.values]
    values = {}
    for distance in _DISTANCES:
        together = rows[distance:] == rows[:-distance]
        same = artists[distance:][together] == artists[:-distance][together]
        values[f"one artist at distance {distance}"] = float(same.mean()) if len(same) else float("nan")
    return values


def _pairs_of(artists: NDArray[np.int32]) -> float:
    ordered = np.sort(artists, axis=1)
    n = ordered.shape[1]
    same = sum((ordered[:, gap:] == ordered[:, :-gap]).sum(axis=1) for gap in range(1, n))
    return float(np.mean(same) / (n * (n - 1) / 2))
