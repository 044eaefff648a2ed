"""Synthetic audio features of tracks, with the names of Spotify's API and consistent with the playlists.

A track's features are the sum of three parts: its artist's scene, its artist, and the track itself. The scene follows
from the playlists: random values are averaged from artists to playlists and back, until artists that share playlists
have similar values. So any corpus can have features, not only a synthetic one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy import stats

from harness.kit.randomness import generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.ragged import Ragged
    from harness.types import Playlists

WITHIN = {
    "danceability": (0.25, 0.45),
    "energy": (0.25, 0.45),
    "loudness": (0.32, 0.57),
    "speechiness": (0.28, 0.50),
    "acousticness": (0.28, 0.50),
    "instrumentalness": (0.20, 0.40),
    "liveness": (0.025, 0.07),
    "valence": (0.22, 0.34),
    "tempo": (0.02, 0.07),
    "key": (0.0, 0.01),
    "mode": (0.02, 0.05),
}
"""Intraclass correlation of each feature within a playlist and within an artist (7,071 MPD playlists)."""

_CORRELATIONS = {
    ("energy", "loudness"): 0.77,
    ("energy", "acousticness"): -0.72,
    ("loudness", "acousticness"): -0.56,
    ("danceability", "valence"): 0.43,
}

_DISTRIBUTIONS = {
    "danceability": stats.beta(3.76, 2.91),
    "energy": stats.beta(1.72, 1.06),
    "loudness": stats.norm(),
    "speechiness": stats.beta(0.75, 7.6),
    "acousticness": stats.beta(0.38, 0.75),
    "instrumentalness": stats.beta(0.08, 0.45),
    "liveness": stats.beta(1.1, 4.4),
    "valence": stats.beta(1.5, 1.6),
    "tempo": stats.gamma(17.1, scale=7.0),
}

_LOUDNESS = stats.gamma(2.97, scale=2.913)
_KEYS = (0.112, 0.106, 0.107, 0.032, 0.077, 0.087, 0.074, 0.108, 0.072, 0.095, 0.063, 0.067)
_MAJOR = 0.66
_TIME_SIGNATURES = {1: 0.01, 3: 0.08, 4: 0.89, 5: 0.02}
_SPREADS = 5
_PLAYLISTS_USED = 50_000
_LEAST_ALIKE = _LEAST_VARIANCE = 1e-6
_TABLE = 10_001


def audio_features(playlists: Playlists, seed: int = 0) -> pl.DataFrame:
    """Synthetic audio features of every track of a corpus.

    Args:
        playlists: any corpus; its first 50,000 playlists determine which artists are similar.
        seed: seed of the random parts.

    Returns:
        One row per track, in the catalog's order: `track_uri` and the columns of Spotify's API.
    """
    latent = _latent(playlists, seed)
    rng = generator(seed, "audio features, the rest")
    columns: dict[str, NDArray[np.generic]] = {}
    for place, name in enumerate(WITHIN):
        shares = stats.norm.cdf(latent[:, place])
        if name == "loudness":
            columns[name] = -_quantiles(_LOUDNESS, 1 - shares)
        elif name == "key":
            columns[name] = np.searchsorted(np.cumsum(_KEYS), shares * sum(_KEYS)).clip(0, len(_KEYS) - 1)
        elif name == "mode":
            columns[name] = (shares < _MAJOR).astype(np.int64)
        else:
            columns[name] = _quantiles(_DISTRIBUTIONS[name], shares)
    columns["duration_ms"] = playlists.catalog.duration_ms
    columns["time_signature"] = rng.choice(
        list(_TIME_SIGNATURES), playlists.catalog.n_tracks, p=list(_TIME_SIGNATURES.values())
    )
    return pl.DataFrame({"track_uri": playlists.catalog.tracks["uri"], **columns})


def with_audio_features(playlists: Playlists, seed: int = 0) -> Playlists:
    """The same playlists; synthetic audio features replace those of their catalog."""
    audio = audio_features(playlists, seed).drop("track_uri").cast(pl.Float32)
    return replace(playlists, catalog=replace(playlists.catalog, audio=audio))


def _quantiles(distribution: stats.rv_continuous, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantiles of a distribution at the shares, (n,), interpolated in a table."""
    grid = np.linspace(0.5 / _TABLE, 1 - 0.5 / _TABLE, _TABLE)
    values: NDArray[np.float64] = np.interp(shares, grid, distribution.ppf(grid))
    return values


def _latent(playlists: Playlists, seed: int) -> NDArray[np.float64]:
    """Correlated normal values of each track and feature, (n_tracks, n_features)."""
    catalog, n = playlists.catalog, len(WITHIN)
    mixing = _mixing()
    used = playlists.take(np.arange(min(_PLAYLISTS_USED, len(playlists)))).tracks
    artist_of = np.where(catalog.artist_of < 0, catalog.n_artists, catalog.artist_of)
    rng = generator(seed, "audio features")
    scene = _scenes(used, artist_of, rng.standard_normal((catalog.n_artists + 1, n))) @ mixing
    alike = np.array([_alike(used, column[artist_of]) for column in scene.T])
    in_playlist, in_artist = np.array(list(WITHIN.values())).T
    from_scene = np.minimum(in_playlist / np.maximum(alike, _LEAST_ALIKE), in_artist)
    artist_part = rng.standard_normal((catalog.n_artists + 1, n)) @ mixing
    artist = scene * np.sqrt(from_scene) + artist_part * np.sqrt(in_artist - from_scene)
    track = rng.standard_normal((catalog.n_tracks, n)) @ mixing
    latent: NDArray[np.float64] = artist[artist_of] + track * np.sqrt(1 - in_artist)
    return latent


def _mixing() -> NDArray[np.float64]:
    names = list(WITHIN)
    matrix = np.eye(len(names))
    for (one, other), value in _CORRELATIONS.items():
        i, j = names.index(one), names.index(other)
        matrix[i, j] = matrix[j, i] = value
    return np.linalg.cholesky(matrix).T.astype(np.float64)


def _scenes(tracks: Ragged, artist_of: NDArray[np.integer], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average the artists' values, (n_artists, n_features), over the playlists that they share.

    Over the tracks, each column stays N(0, 1) and the columns stay uncorrelated.
    """
    rows, artists = tracks.row_ids, artist_of[tracks.values]
    entries = np.bincount(artists, minlength=len(values))
    heard = np.flatnonzero(entries)
    n_tracks = np.bincount(artist_of[np.unique(tracks.values)], minlength=len(values))[heard]
    spread = values[heard]
    place = np.cumsum(entries > 0) - 1
    for _ in range(_SPREADS):
        for column in range(spread.shape[1]):
            in_playlist = np.bincount(rows, spread[place[artists], column], len(tracks)) / np.maximum(tracks.lengths, 1)
            back = np.bincount(artists, in_playlist[rows], len(values))[heard] / entries[heard]
            order = np.argsort(back, kind="stable")
            until = np.cumsum(n_tracks[order])
            spread[order, column] = stats.norm.ppf((until - n_tracks[order] / 2) / until[-1])
        spread = _uncorrelated(spread, n_tracks)
    scenes = values.copy()
    scenes[heard] = spread
    return scenes


def _uncorrelated(values: NDArray[np.float64], weights: NDArray[np.int64]) -> NDArray[np.float64]:
    """The nearest uncorrelated columns, with variance 1 under the weights, (n,)."""
    if len(values) <= values.shape[1]:
        return values
    variances, axes = np.linalg.eigh(np.cov(values, rowvar=False, fweights=weights))
    scale = 1 / np.sqrt(np.maximum(variances, _LEAST_VARIANCE))
    centred = values - np.average(values, axis=0, weights=weights)
    uncorrelated: NDArray[np.float64] = centred @ (axes * scale @ axes.T)
    return uncorrelated


def _alike(tracks: Ragged, values: NDArray[np.float64]) -> float:
    """Intraclass correlation of the tracks' values, (n_tracks,), within the playlists."""
    entries = values[tracks.values]
    lengths = tracks.lengths
    means = np.bincount(tracks.row_ids, entries, len(tracks)) / np.maximum(lengths, 1)
    within = ((entries - means[tracks.row_ids]) ** 2).sum() / max(len(entries) - len(tracks), 1)
    return float(1 - within / max(entries.var(), 1e-12))
