"""Confidence: the estimated probability that a recommended track is a hit, and how reliable the estimate is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_PLAYLISTS = 50
"""Playlists that a curve is fitted on at least; kinds with fewer are joined with the next."""

BIN_EDGES = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 1.0)
"""Bins of estimated probabilities: narrow where most are, since most of 500 tracks are misses."""

_Z = 1.96
"""Standard errors from the centre of a 95 % normal interval to its ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Confidence:
    """Probability of a hit by rank, one falling curve per kind of playlist.

    Attributes:
        n_seeds: numbers of seed tracks that were seen, ascending, (m,).
        curve_of: the curve of each of them, (m,).
        curves: probability of a hit at each rank, (n_curves, n_ranks), never rising along a row.
        n_playlists: playlists that each curve was fitted on, (n_curves,).
    """

    n_seeds: NDArray[np.int64]
    curve_of: NDArray[np.int64]
    curves: NDArray[np.float64]
    n_playlists: NDArray[np.int64]

    def of(self, n_seeds: NDArray[np.int64]) -> NDArray[np.float64]:
        """Probabilities for playlists with these numbers of seeds, (n,): (n, n_ranks).

        A number that was not seen has the curve of the nearest one on a logarithmic scale.
        """
        curves: NDArray[np.float64] = self.curves[self._curve(n_seeds)]
        return curves

    def basis(self, n_seeds: int) -> tuple[int, tuple[int, ...]]:
        """What the curve of a number of seeds was fitted on: number of playlists, and their numbers of seeds."""
        (curve,) = self._curve(np.array([n_seeds]))
        return int(self.n_playlists[curve]), tuple(self.n_seeds[self.curve_of == curve].tolist())

    def _curve(self, n_seeds: NDArray[np.int64]) -> NDArray[np.int64]:
        distance = np.abs(np.log1p(n_seeds)[:, None] - np.log1p(self.n_seeds)[None, :])
        curves: NDArray[np.int64] = self.curve_of[distance.argmin(axis=1)]
        return curves


@dataclass(frozen=True, slots=True)
class Bin:
    """Recommended tracks of similar estimated probability.

    Attributes:
        low, high: the bin, without its lower end.
        n_tracks: number of recommended tracks in it.
        expected: mean estimated probability.
        observed: share that are hits.
        interval: 95 % interval of that share; tracks of one playlist are not independent, playlists are.
    """

    low: float
    high: float
    n_tracks: int
    expected: float
    observed: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Reliability:
    """Estimated probabilities beside what was observed on playlists that they were not fitted on.

    Attributes:
        bins: those that have a track, ascending.
        calibration_error: mean over all tracks of the distance between expected and observed in their bin (ECE).
        brier: mean squared difference between estimate and outcome.
        brier_of_mean: the same for an estimate that is the overall share of hits for each track.
    """

    bins: tuple[Bin, ...]
    calibration_error: float
    brier: float
    brier_of_mean: float


def fit_confidence(hits: NDArray[np.bool_], n_seeds: NDArray[np.int64]) -> Confidence:
    """Fit an isotonic regression of hits on rank for each number of seeds.

    Adjacent numbers of seeds are joined until a curve has at least 50 playlists.

    Args:
        hits: whether the track at each rank was withheld, (n, n_ranks), best first.
        n_seeds: number of seeds of each playlist, (n,).

    Raises:
        DataError: there is no playlist.

    Source: Zadrozny and Elkan 2002, "Transforming classifier scores into accurate multiclass probability estimates".
    """
    if not len(hits):
        raise DataError("there is no playlist to fit the confidence on")
    distinct, counts = np.unique(n_seeds, return_counts=True)
    curve_of = _joined(counts)
    curve_of_playlist = curve_of[np.searchsorted(distinct, n_seeds)]
    n_curves = int(curve_of[-1]) + 1
    curves = np.array([_falling(hits[curve_of_playlist == curve].mean(axis=0)) for curve in range(n_curves)])
    return Confidence(distinct, curve_of, curves, np.bincount(curve_of_playlist, minlength=n_curves))


def reliability(estimates: NDArray[np.float64], hits: NDArray[np.bool_]) -> Reliability:
    """Compare estimated probabilities with outcomes.

    Args:
        estimates: of each recommended track, (n, n_ranks).
        hits: whether it was withheld, (n, n_ranks).
    """
    places = np.clip(np.searchsorted(BIN_EDGES, estimates, side="left") - 1, 0, len(BIN_EDGES) - 2)
    bins = tuple(_bin(i, places == i, estimates, hits) for i in np.unique(places).tolist())
    n = estimates.size
    error = sum(each.n_tracks * abs(each.expected - each.observed) for each in bins) / n
    brier = float(np.square(estimates - hits).mean())
    return Reliability(bins, error, brier, float(hits.var()))


def _bin(i: int, inside: NDArray[np.bool_], estimates: NDArray[np.float64], hits: NDArray[np.bool_]) -> Bin:
    n_tracks = int(inside.sum())
    observed = float(hits[inside].mean())
    residuals = (hits & inside).sum(axis=1) - observed * inside.sum(axis=1)  # of each playlist: clusters of tracks
    half = _Z * float(np.sqrt(np.square(residuals).sum())) / n_tracks
    interval = (max(observed - half, 0.0), min(observed + half, 1.0))
    low, high = BIN_EDGES[i], BIN_EDGES[i + 1]
    expected = float(np.clip(estimates[inside].mean(), low, high))  # a mean of equal numbers can differ in its last bit
    return Bin(low, high, n_tracks, expected, observed, interval)


def _joined(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the curve of each kind: a curve ends once it has enough playlists; the rest joins the last."""
    curves, n, curve = [], 0, 0
    for count in counts.tolist():
        curves.append(curve)
        n += count
        if n >= LEAST_PLAYLISTS:
            n, curve = 0, curve + 1
    last = max(curve - 1, 0)
    return np.minimum(curves, last if n < LEAST_PLAYLISTS else curve)


def _falling(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Isotonic regression: the nearest curve that never rises."""
    from sklearn.isotonic import IsotonicRegression

    model = IsotonicRegression(increasing=False, y_min=0.0, y_max=1.0)
    falling: NDArray[np.float64] = model.fit_transform(np.arange(len(shares)), shares)
    return falling
