"""Measures of audio features: distributions, correlations, similarity within playlists and artists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.ragged import NO_ID
from harness.synthetic.audio import WITHIN, audio_features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Playlists

_SPREAD = ("danceability", "energy", "loudness", "key")
_PAIRS = (
    ("energy", "loudness"),
    ("energy", "acousticness"),
    ("loudness", "acousticness"),
    ("danceability", "valence"),
)


def measure_audio(playlists: Playlists) -> dict[str, float]:
    """Means and deviations over tracks, correlations, and intraclass correlations."""
    tracks = np.flatnonzero(playlists.track_counts())
    if not len(tracks):
        return {}
    features = audio_features(playlists)
    with_artist = tracks[playlists.catalog.artist_of[tracks] != NO_ID]
    columns = {name: features[name].to_numpy().astype(np.float64) for name in WITHIN}
    values: dict[str, float] = {}
    for name in _SPREAD:
        values[f"{name}: mean"] = float(columns[name][tracks].mean())
        values[f"{name}: sd"] = float(columns[name][tracks].std())
    for one, other in _PAIRS:
        if len(tracks) > 1:
            values[f"{one} and {other}"] = float(np.corrcoef(columns[one][tracks], columns[other][tracks])[0, 1])
    for name, column in columns.items():
        entries = column[playlists.tracks.values]
        values[f"within a playlist: {name}"] = intraclass(playlists.tracks.row_ids, entries)
        values[f"within an artist: {name}"] = intraclass(playlists.catalog.artist_of[with_artist], column[with_artist])
    return values


def intraclass(groups: NDArray[np.integer], values: NDArray[np.float64]) -> float:
    """Intraclass correlation of values, (n,), within groups, (n,), by one-way analysis of variance.

    With mean squares B between and W within groups, and n0 the size of an average group::

        (B - W) / (B + (n0 - 1) W)

    NaN if there is no value, or all are equal.
    """
    if not len(values):
        return float("nan")
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    n, k = len(values), len(sizes)
    means = np.bincount(group, values) / sizes
    between = float((sizes * (means - values.mean()) ** 2).sum()) / max(k - 1, 1)
    within = float(((values - means[group]) ** 2).sum()) / max(n - k, 1)
    size = (n - float((sizes**2).sum()) / n) / max(k - 1, 1)
    total = between + (size - 1) * within
    return (between - within) / total if total else float("nan")
