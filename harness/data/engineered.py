"""Engineered playlist features: means and maxima of their tracks' audio features, scaled to [0, 1]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from harness.errors import DataError
from harness.ragged import read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.ragged import Ragged
    from harness.types import Catalog, Playlists

MEANS = (
    *("danceability", "energy", "speechiness", "acousticness"),
    *("instrumentalness", "liveness", "valence", "duration_ms"),
)
"""Features averaged over the entries of a playlist."""

MAXIMA = ("key", "loudness", "tempo", "time_signature")
"""Features of which a playlist has the maximum over its entries."""

ENGINEERED = (*MEANS, *MAXIMA)
"""The twelve features of a playlist, in the order of their columns."""

Scaling = Literal["none", "range", "standard", "reliability"]
"""How features are made comparable in a distance of playlists, see `FeatureSpace.weights`."""

_BLOCK = 20_000

_MOST_HALVED = 100_000
"""Playlists from which reliabilities are computed."""


@dataclass(frozen=True, slots=True, eq=False)
class FeatureSpace:
    """Mapping from tracks to the twelve features of playlists, scaled by the range in a training set.

    With m(f) and M(f) the minimum and maximum of feature f over the training playlists::

        scaled(f) = (value(f) - m(f)) / (M(f) - m(f)), cut to [0, 1]; 0 where M(f) = m(f)

    Attributes:
        tracks: features of each track in the order of `ENGINEERED`, (n_tracks, 12) float32, NaN if unknown.
        least: m, (12,) float64.
        span: M - m, (12,) float64; 0 if the feature is constant in the training set.
        middle: mean over the scaled training playlists, (12,) float64; replaces a playlist's unknown values.
        deviation: their standard deviation, (12,) float64; 0 if the feature is constant.
    """

    tracks: NDArray[np.float32]
    least: NDArray[np.float64]
    span: NDArray[np.float64]
    middle: NDArray[np.float64]
    deviation: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Check types and shapes; raises DataError."""
        object.__setattr__(self, "tracks", read_only(self.tracks, np.float32, 2, "tracks"))
        for name in ("least", "span", "middle", "deviation"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.float64, 1, name))
        widths = {self.tracks.shape[1], *map(len, (self.least, self.span, self.middle, self.deviation))}
        if widths != {len(ENGINEERED)}:
            raise DataError(f"playlists have {len(ENGINEERED)} features: {', '.join(ENGINEERED)}")

    @classmethod
    def of(cls, train: Playlists) -> Self:
        """Compute the feature space of a training set.

        Raises:
            DataError: its corpus has no audio features.
        """
        tracks = _of_tracks(train.catalog)
        raw = engineered(tracks, train.tracks)
        is_known = ~np.isnan(raw)
        least = np.where(is_known, raw, np.inf).min(axis=0, initial=np.inf)
        greatest = np.where(is_known, raw, -np.inf).max(axis=0, initial=-np.inf)
        any_known = is_known.any(axis=0)
        span = np.subtract(greatest, least, out=np.zeros_like(least), where=any_known)
        least = np.where(any_known, least, 0)
        scaled = _scaled(raw, least, span)
        n_known = np.maximum(is_known.sum(axis=0), 1)
        middle = np.where(is_known, scaled, 0).sum(axis=0) / n_known
        variance = (np.where(is_known, scaled - middle, 0) ** 2).sum(axis=0) / n_known
        return cls(tracks, least, span, middle, np.sqrt(variance))

    @property
    def largest_distance(self) -> float:
        """The largest possible Euclidean distance of two playlists: sqrt(number of features that are not constant)."""
        return float(np.sqrt(np.count_nonzero(self.span)))

    def known(self, rows: Ragged) -> NDArray[np.bool_]:
        """Mask of the playlists with at least one known feature, (n,)."""
        n_known: NDArray[np.int64] = np.count_nonzero(np.isfinite(engineered(self.tracks, rows)), axis=1)
        return n_known > 0

    def scaled(self, rows: Ragged) -> NDArray[np.float64]:
        """Scaled features of playlists with these tracks, (n, 12) in [0, 1]; tracks without features are ignored."""
        scaled = _scaled(engineered(self.tracks, rows), self.least, self.span)
        return np.where(np.isnan(scaled), self.middle, scaled)

    def weights(self, rows: Ragged, scaling: Scaling) -> NDArray[np.float64]:
        """Factors of the scaled features in a distance of playlists, (12,) float64, at least 0.

        ============= ===========================================================================================
        `none`        M - m: features in their own units; duration in milliseconds outweighs all others
        `range`       1: each feature in 0-1; a feature that is often at either end outweighs others
        `standard`    1 / standard deviation: all features have the same variance, noise as much as character
        `reliability` reliability / standard deviation, see `reliability`; as `standard` if all reliabilities are 0
        ============= ===========================================================================================

        Args:
            rows: the training playlists, for the reliabilities.
            scaling: one of the four.
        """
        if scaling == "none":
            return self.span
        if scaling == "range":
            return np.ones(len(ENGINEERED))
        standard = np.divide(1, self.deviation, out=np.zeros(len(ENGINEERED)), where=self.deviation > 0)
        reliable = self.reliability(rows) if scaling == "reliability" else np.zeros(len(ENGINEERED))
        return standard * reliable if reliable.any() else standard

    def reliability(self, rows: Ragged) -> NDArray[np.float64]:
        """Split-half reliability of each feature: how much of it belongs to the playlist rather than to single tracks.

        Each playlist is divided into its entries at even and at odd positions, counting those with known features. The
        reliability is the correlation of the feature between both halves over the playlists, at least 0; 0 where it is
        undefined. It is computed from at most 100,000 playlists, evenly spaced.

        Returns:
            (12,) float64 in [0, 1].
        """
        sample = rows.take(np.linspace(0, len(rows) - 1, min(len(rows), _MOST_HALVED)).astype(np.int64))
        is_known = np.count_nonzero(np.isfinite(self.tracks), axis=1) > 0
        heard = sample.keep(sample.values < len(is_known))
        heard = heard.keep(is_known[heard.values])
        halves = [engineered(self.tracks, heard.keep(heard.places % 2 == parity)) for parity in (0, 1)]
        return np.array([_correlation(*pair) for pair in zip(*(half.T for half in halves), strict=True)])


def engineered(tracks: NDArray[np.float32], rows: Ragged) -> NDArray[np.float64]:
    """Compute the unscaled twelve features of playlists: means and maxima over the entries with a known value.

    Args:
        tracks: features of each track, (n_tracks, 12), NaN if unknown.
        rows: tracks of n playlists; a repeated track counts repeatedly, the features of ids >= n_tracks are unknown.

    Returns:
        (n, 12); NaN if no entry has the feature.
    """
    known_rows = rows.keep(rows.values < len(tracks))
    features = np.full((len(rows), len(ENGINEERED)), np.nan)
    for first in range(0, len(rows), _BLOCK):
        block = known_rows.take(np.arange(first, min(first + _BLOCK, len(rows))))
        filled = np.flatnonzero(block.lengths)
        if not len(filled):
            continue
        starts = block.indptr[:-1][filled]
        values = tracks[block.values].astype(np.float64)
        averaged, is_known = values[:, : len(MEANS)], ~np.isnan(values[:, : len(MEANS)])
        sums = np.add.reduceat(np.where(is_known, averaged, 0), starts, axis=0)
        counts = np.add.reduceat(is_known, starts, axis=0, dtype=np.int64)
        np.divide(sums, counts, out=sums, where=counts > 0)
        features[first + filled, : len(MEANS)] = np.where(counts > 0, sums, np.nan)
        features[first + filled, len(MEANS) :] = np.fmax.reduceat(values[:, len(MEANS) :], starts, axis=0)
    return features


def _of_tracks(catalog: Catalog) -> NDArray[np.float32]:
    if catalog.audio is None:
        raise DataError(
            "no audio features are known: join a file of them to the corpus with `harness data features FILE --data "
            "NAME`; a recommender of your own must also declare `uses_audio=True`"
        )
    tracks = np.full((catalog.n_tracks, len(ENGINEERED)), np.nan, np.float32)
    for column, name in enumerate(ENGINEERED):
        if name in catalog.audio.columns:
            tracks[:, column] = catalog.audio[name].to_numpy()
    return tracks


def _scaled(raw: NDArray[np.float64], least: NDArray[np.float64], span: NDArray[np.float64]) -> NDArray[np.float64]:
    scaled = np.divide(raw - least, span, out=np.zeros_like(raw), where=span > 0)
    scaled[np.isnan(raw)] = np.nan
    return np.clip(scaled, 0, 1)


def _correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Correlation where both are known, at least 0; 0 if undefined."""
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if not known.any() or np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0
    return max(float(np.corrcoef(x, y)[0, 1]), 0.0)
