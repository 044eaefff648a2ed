"""Measures of artists and albums within a playlist: number, distance, repeated tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.kit.randomness import generator
from harness.ragged import NO_ID, pairs_of
from harness.synthetic.measures.known import known_entries
from harness.synthetic.measures.shape import n_groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Playlists

_DISTANCES = (1, 2, 3, 5, 10, 20, 50, 100)
_FIRST = 25
_LONG = 101


def measure_artists(playlists: Playlists) -> dict[str, float]:
    """Distinct and effective artists; pairs and adjacent entries by one artist; pairs by distance."""
    artist_of = playlists.catalog.artist_of
    known = known_entries(playlists, artist_of)
    if not len(known):
        return {}
    ratio = n_groups(known, artist_of) / known.tracks.lengths
    pairs, neighbours = _pairs(playlists, artist_of), _neighbours(playlists, artist_of)
    values = {
        "artists / length: mean": float(ratio.mean()),
        "artists / length: p10": float(np.quantile(ratio, 0.1)),
        "artists / length: p90": float(np.quantile(ratio, 0.9)),
        "effective artists": effective_artists(playlists),
    }
    for name, shares in (("two tracks by one artist", pairs), ("neighbours by one artist", neighbours)):
        if len(shares):
            values[f"{name}: mean"] = float(shares.mean())
            values[f"{name}: median"] = float(np.median(shares))
            values[f"{name}: p90"] = float(np.quantile(shares, 0.9))
    return values | _by_distance(playlists, artist_of)


def measure_albums_in_order(playlists: Playlists) -> dict[str, float]:
    """Pairs of entries, and adjacent entries, from one album."""
    album_of = playlists.catalog.album_of
    shares = {
        "two tracks of one album": _pairs(playlists, album_of),
        "neighbours of one album": _neighbours(playlists, album_of),
    }
    return {name: float(values.mean()) for name, values in shares.items() if len(values)}


def measure_repeats(playlists: Playlists) -> dict[str, float]:
    """Tracks that occur twice in a playlist."""
    if not len(playlists.tracks.values):
        return {}
    distinct = n_groups(playlists, np.arange(playlists.catalog.n_tracks, dtype=np.int32))
    repeats = playlists.tracks.lengths - distinct
    return {
        "a track twice: playlists": float((repeats > 0).mean()),
        "a track twice: entries": float(repeats.sum() / playlists.tracks.lengths.sum()),
    }


def measure_openings(playlists: Playlists) -> dict[str, float]:
    """Pairs by one artist among the first 25 entries of long playlists, and among 25 at random."""
    long = known_entries(playlists, playlists.catalog.artist_of, least=_LONG)
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
    """Mean over playlists of exp(entropy of the known artists' shares); NaN if no artist is known."""
    known = known_entries(playlists, playlists.catalog.artist_of)
    if not len(known):
        return float("nan")
    rows, counts, lengths = _counts(known, playlists.catalog.artist_of)
    shares = counts / lengths[rows]
    return float(np.exp(np.bincount(rows, -shares * np.log(shares), len(lengths))).mean())


def _counts(
    playlists: Playlists, group_of: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    keys = pairs_of(playlists.tracks.row_ids, group_of[playlists.tracks.values])
    distinct, counts = np.unique(keys, return_counts=True)
    return distinct >> 32, counts, playlists.tracks.lengths


def _pairs(playlists: Playlists, group_of: NDArray[np.int32]) -> NDArray[np.float64]:
    """Share of the pairs of known entries that belong to one group, of each playlist that has such a pair, (m,)."""
    rows, counts, lengths = _counts(known_entries(playlists, group_of, least=2), group_of)
    return np.bincount(rows, counts * (counts - 1), len(lengths)) / (lengths * (lengths - 1))


def _neighbours(playlists: Playlists, group_of: NDArray[np.int32]) -> NDArray[np.float64]:
    """Share of the adjacent known entries that belong to one group, of each playlist that has such entries, (m,)."""
    rows, groups = playlists.tracks.row_ids, group_of[playlists.tracks.values]
    adjacent = (rows[1:] == rows[:-1]) & (groups[1:] != NO_ID) & (groups[:-1] != NO_ID)
    n_adjacent = np.bincount(rows[1:], adjacent, len(playlists))
    n_same = np.bincount(rows[1:], adjacent & (groups[1:] == groups[:-1]), len(playlists))
    return n_same[n_adjacent > 0] / n_adjacent[n_adjacent > 0]


def _by_distance(playlists: Playlists, artist_of: NDArray[np.int32]) -> dict[str, float]:
    rows, artists = playlists.tracks.row_ids, artist_of[playlists.tracks.values]
    values = {}
    for distance in _DISTANCES:
        later, earlier = artists[distance:], artists[:-distance]
        together = (rows[distance:] == rows[:-distance]) & (later != NO_ID) & (earlier != NO_ID)
        same = later[together] == earlier[together]
        values[f"one artist at distance {distance}"] = float(same.mean()) if len(same) else float("nan")
    return values


def _pairs_of(artists: NDArray[np.int32]) -> float:
    ordered = np.sort(artists, axis=1)
    n = ordered.shape[1]
    same = sum((ordered[:, gap:] == ordered[:, :-gap]).sum(axis=1) for gap in range(1, n))
    return float(np.mean(same) / (n * (n - 1) / 2))
