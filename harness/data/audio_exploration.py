"""Exploration of audio features: description, histograms, correlations, principal components, clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from harness.data.clusters import clusters_of
from harness.data.components import components_of
from harness.data.correlations import correlations_of
from harness.data.distributions import Histogram, even_edges
from harness.data.engineered import ENGINEERED, FeatureSpace, engineered

if TYPE_CHECKING:
    from harness.data.clusters import Cluster
    from harness.data.components import Component
    from harness.data.correlations import Correlations
    from harness.types import Playlists


@dataclass(frozen=True, slots=True)
class AudioExploration:
    """Audio features of a corpus.

    Attributes:
        described: feature of tracks -> statistic -> value, None if it is unknown.
        histograms: feature of tracks -> histogram of the known values.
        track_correlations: of the features of tracks.
        playlist_correlations: of the engineered features of playlists, their number of entries and of followers.
        components: principal components of the scaled engineered features; empty if no two playlists differ.
        features: names of the features in a cluster's centre.
        clusters: clusters of playlists by the same features; empty likewise.
        centres: mean of each feature in each cluster, in the units of the features.
    """

    described: dict[str, dict[str, float | None]]
    histograms: dict[str, Histogram]
    track_correlations: Correlations
    playlist_correlations: Correlations
    components: list[Component]
    features: list[str]
    clusters: list[Cluster]
    centres: list[list[float]]


def explore_audio(playlists: Playlists) -> AudioExploration | None:
    """Explore the audio features of a corpus; None if it has none."""
    audio = playlists.catalog.audio
    if audio is None:
        return None
    space = FeatureSpace.of(playlists)
    raw = engineered(space.tracks, playlists.tracks)
    is_known = np.isfinite(raw).any(axis=1)
    differing = np.flatnonzero(space.span)
    components: list[Component] = []
    clusters: list[Cluster] = []
    if is_known.sum() > 1 and len(differing):
        scaled = space.scaled(playlists.tracks)[is_known][:, differing]
        names = [ENGINEERED[column] for column in differing]
        components = components_of(names, scaled)
        clusters = clusters_of(scaled, playlists.info["name"].filter(pl.Series(is_known)).to_list())
    return AudioExploration(
        _described(audio),
        {name: _histogram(audio[name]) for name in audio.columns},
        correlations_of(audio),
        correlations_of(_numbers(playlists, raw)),
        components,
        [ENGINEERED[column] for column in differing],
        clusters,
        [(space.least[differing] + space.span[differing] * cluster.centre).tolist() for cluster in clusters],
    )


def _described(audio: pl.DataFrame) -> dict[str, dict[str, float | None]]:
    table = audio.cast(pl.Float64).describe()
    statistics = table["statistic"].to_list()
    return {name: dict(zip(statistics, table[name].to_list(), strict=True)) for name in audio.columns}


def _histogram(values: pl.Series) -> Histogram:
    known = values.drop_nulls().cast(pl.Float64).to_numpy()
    return Histogram.of(known, even_edges(known))


def _numbers(playlists: Playlists, raw: np.ndarray) -> pl.DataFrame:
    """Engineered features of playlists, (n, 12), those that are known of any; number of entries and of followers."""
    columns = {name: raw[:, column] for column, name in enumerate(ENGINEERED) if np.isfinite(raw[:, column]).any()}
    numbers = pl.DataFrame(columns | {"entries": playlists.tracks.lengths.astype(np.float64)})
    if "num_followers" in playlists.info.columns:
        numbers = numbers.with_columns(followers=playlists.info["num_followers"].cast(pl.Float64))
    return numbers
