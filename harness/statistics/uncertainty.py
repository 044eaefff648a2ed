"""What is known of runs and what is noise: intervals, paired tests, ranks that a new draw could change.

All runs of a board were scored on the same playlists. One set of draws serves every run, metric and pair:
bootstrap weights and random signs are matrices, and a draw's means are their product with the scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from harness.randomness import generator
from harness.statistics.borda import borda

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

N_DRAWS = 10_000
CONFIDENCE = 0.95
POWER = 0.80
_AT_ONCE = 250
"""Draws made together: bounds memory to so many weights a playlist."""

_ROUNDING = 1e-12
"""Means that differ by less are the same number summed in another order."""


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap:
    """Means of runs on playlists drawn anew, as many of each category as there are.

    Attributes:
        means: of the playlists as they are, (n_runs, n_metrics).
        draws: of each draw, (n_draws, n_runs, n_metrics).
        by_category: category -> the same means and draws over its playlists alone; empty where this is one.
    """

    means: Values
    draws: Values
    by_category: dict[int, Bootstrap]

    def intervals(self, confidence: float = CONFIDENCE) -> Values:
        """The percentile interval of each mean, (2, n_runs, n_metrics)."""
        return _interval(self.draws, confidence)

    def difference(self, a: int, b: int, confidence: float = CONFIDENCE) -> tuple[Values, Values]:
        """Run a's means minus run b's on the same playlists, (n_metrics,), and their intervals, (2, n_metrics)."""
        return self.means[a] - self.means[b], _interval(self.draws[:, a] - self.draws[:, b], confidence)


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """Where runs stand by the Borda sum, and where they might stand on other playlists.

    Attributes:
        rank: 1 for the most points; equal sums share the better rank, (n_runs,).
        low, high: the interval of that rank over the draws, (n_runs,).
        first: probability of the most points; runs that share them share it, (n_runs,).
    """

    rank: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    first: Values


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Every pair of runs, tested by flipping which of the two a playlist's scores belong to.

    Attributes:
        p: two-sided p-value of each pair and metric, (n_runs, n_runs, n_metrics); 1 on the diagonal.
        adjusted: Holm's correction of `p` over all pairs of the board, metric by metric.
        effect: mean difference over its standard deviation from playlist to playlist; positive where the row's
            run has more, (n_runs, n_runs, n_metrics).
        resolvable: whether so many draws can show anything after the correction.
    """

    p: Values
    adjusted: Values
    effect: Values
    resolvable: bool


def bootstrap(values: Values, categories: NDArray[np.integer], *, n_draws: int = N_DRAWS, seed: int = 0) -> Bootstrap:
    """Draw the playlists of each category anew, with replacement, and average.

    Args:
        values: score of each run, metric and playlist, (n_runs, n_metrics, n).
        categories: of each playlist, (n,); a draw holds as many of each as there are.
        n_draws: at least 1.
        seed: another seed gives other draws.

    Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapters 6 and 13; strata as in 8.
    """
    rng, n = generator(seed, "bootstrap"), len(categories)
    parts = {}
    for category in np.unique(categories):
        own = np.ascontiguousarray(values[:, :, categories == category])
        parts[int(category)] = Bootstrap(own.mean(axis=2), _drawn_means(own, n_draws, rng), {})
    draws = np.zeros((n_draws, *values.shape[:2]))
    for category, part in parts.items():
        draws += part.draws * (np.count_nonzero(categories == category) / n)
    return Bootstrap(values.mean(axis=2), draws, parts)


def normal_intervals(values: Values, categories: NDArray[np.integer], confidence: float = CONFIDENCE) -> Values:
    """The intervals of one run's means without any draw: the mean and its stratified standard error, as if normal.

    Args:
        values: score of each metric and playlist, (n_metrics, n).
        categories: of each playlist, (n,).
        confidence: of the intervals.

    Returns:
        (2, n_metrics).
    """
    error = _stratified_error(values, categories)
    mean = values.mean(axis=1)
    half = NormalDist().inv_cdf((1 + confidence) / 2) * error
    return np.stack([mean - half, mean + half])


def ranks(sample: Bootstrap, higher_is_better: NDArray[np.bool_], confidence: float = CONFIDENCE) -> Ranks:
    """The Borda ranks, recomputed in every draw.

    Args:
        sample: of the runs on one board.
        higher_is_better: of each metric, (n_metrics,).
        confidence: of the rank's interval.
    """
    drawn = np.concatenate(
        [
            _ranks(borda(sample.draws[first : first + _AT_ONCE], higher_is_better))
            for first in range(0, len(sample.draws), _AT_ONCE)
        ]
    )
    tails = ((1 - confidence) / 2, (1 + confidence) / 2)
    low, high = np.quantile(drawn, tails, axis=0, method="closest_observation")
    best = drawn == 1
    return Ranks(
        _ranks(borda(sample.means, higher_is_better)),
        low.astype(np.int64),
        high.astype(np.int64),
        (best / best.sum(axis=1, keepdims=True)).mean(axis=0),
    )


def compare(values: Values, *, n_draws: int = N_DRAWS, seed: int = 0, alpha: float = 1 - CONFIDENCE) -> Comparisons:
    """Test each pair of runs: under the null a playlist's two scores may be exchanged.

    In each draw one random sign a playlist serves all pairs, since the signed mean of a difference is the
    difference of signed means.

    Args:
        values: score of each run, metric and playlist, (n_runs, n_metrics, n).
        n_draws: at least 1; the smallest p-value is 1 / (n_draws + 1).
        seed: another seed gives other draws.
        alpha: at which `resolvable` asks whether anything could be shown.

    Source: Fisher's randomisation test; for ranked lists Smucker, Allan and Carterette 2007.
    """
    n_runs, n_metrics, n = values.shape
    flat = values.reshape(-1, n)
    observed = np.abs(_differences(values.mean(axis=2)))
    reached = np.zeros((n_runs, n_runs, n_metrics))
    for signs in _signs(n, n_draws, seed):
        drawn = (signs @ flat.T / n).reshape(-1, n_runs, n_metrics)
        for a in range(n_runs):
            differences = np.abs(drawn[:, a : a + 1] - drawn[:, a:])
            reached[a, a:] += (differences >= observed[a, a:] - _ROUNDING).sum(axis=0)
    reached = np.maximum(reached, reached.transpose(1, 0, 2))
    p = (1 + reached) / (n_draws + 1)
    n_pairs = n_runs * (n_runs - 1) // 2
    return Comparisons(p, _holm(p), _effects(values), n_pairs / (n_draws + 1) <= alpha)


def smallest_difference(values: Values, categories: NDArray[np.integer]) -> Values:
    """The difference of two runs that a challenge of this size shows four times in five, (n_metrics,).

    That is (z(1 - alpha / 2) + z(power)) standard errors of a paired difference, the median over all pairs; the
    error is that of a mean stratified by category. 0 where there are fewer than two runs.

    Args:
        values: score of each run, metric and playlist, (n_runs, n_metrics, n).
        categories: of each playlist, (n,).
    """
    n_runs, n_metrics, _ = values.shape
    pairs = [(a, b) for a in range(n_runs) for b in range(a + 1, n_runs)]
    if not pairs:
        return np.zeros(n_metrics)
    errors = [_stratified_error(values[a] - values[b], categories) for a, b in pairs]
    factor = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) + NormalDist().inv_cdf(POWER)
    smallest: Values = factor * np.median(errors, axis=0)
    return smallest


def seed_spread(values: Values) -> tuple[float, float]:
    """What playlists and what seeds contribute to the uncertainty of one run's mean.

    Args:
        values: one metric of one recommender under several seeds, (n_seeds, n), at least two of each.

    Returns:
        The standard error from the playlists, of the mean over the seeds, and the standard deviation of the mean
        from seed to seed.
    """
    n = values.shape[1]
    return float(values.mean(axis=0).std(ddof=1) / np.sqrt(n)), float(values.mean(axis=1).std(ddof=1))


def _drawn_means(values: Values, n_draws: int, rng: np.random.Generator) -> Values:
    """Means over n playlists drawn with replacement, (n_draws, n_runs, n_metrics)."""
    n_runs, n_metrics, n = values.shape
    flat = values.reshape(-1, n)
    means = np.empty((n_draws, n_runs * n_metrics))
    for first in range(0, n_draws, _AT_ONCE):
        size = min(_AT_ONCE, n_draws - first)
        drawn = rng.integers(n, size=(size, n)) + np.arange(size)[:, None] * n
        weights = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
        means[first : first + size] = weights @ flat.T / n
    return means.reshape(n_draws, n_runs, n_metrics)


def _signs(n: int, n_draws: int, seed: int) -> Iterator[Values]:
    """+1 or -1 for each playlist, (some draws, n)."""
    rng = generator(seed, "randomisation")
    for first in range(0, n_draws, _AT_ONCE):
        size = (min(_AT_ONCE, n_draws - first), -(-n // 8))
        bits = np.unpackbits(rng.integers(256, size=size, dtype=np.uint8), axis=1, count=n)
        yield np.where(bits, -1.0, 1.0)


def _interval(draws: Values, confidence: float) -> Values:
    interval: Values = np.quantile(draws, ((1 - confidence) / 2, (1 + confidence) / 2), axis=0)
    return interval


def _ranks(points: Values) -> NDArray[np.int64]:
    ranks_of: NDArray[np.int64] = 1 + (points[..., None, :] > points[..., :, None]).sum(axis=-1)
    return ranks_of


def _differences(means: Values) -> Values:
    """Of each pair, (n_runs, n_runs, n_metrics), the row's run minus the column's."""
    differences: Values = means[:, None] - means[None, :]
    return differences


def _effects(values: Values) -> Values:
    n_runs, n_metrics, _ = values.shape
    effects = np.zeros((n_runs, n_runs, n_metrics))
    for a in range(n_runs):
        for b in range(a + 1, n_runs):
            difference = values[a] - values[b]
            sd = difference.std(axis=1, ddof=1)
            effects[a, b] = np.divide(difference.mean(axis=1), sd, out=np.zeros(n_metrics), where=sd > 0)
            effects[b, a] = -effects[a, b]
    return effects


def _holm(p: Values) -> Values:
    """Holm's step-down correction of the pairs above the diagonal, metric by metric, mirrored below it."""
    n_runs, _, n_metrics = p.shape
    rows, columns = np.triu_indices(n_runs, 1)
    adjusted = np.ones_like(p)
    for each in range(n_metrics):
        pairs = p[rows, columns, each]
        order = np.argsort(pairs, kind="stable")
        stepped = np.maximum.accumulate(pairs[order] * (len(pairs) - np.arange(len(pairs))))
        adjusted[rows[order], columns[order], each] = np.minimum(stepped, 1)
        adjusted[columns, rows, each] = adjusted[rows, columns, each]
    return adjusted


def _stratified_error(values: Values, categories: NDArray[np.integer]) -> Values:
    """Standard errors of means over playlists, as many of each category as there are, (n_metrics,)."""
    strata = [values[:, categories == each] for each in np.unique(categories)]
    error: Values = sum(each.shape[1] ** 2 * _variance_of_mean(each) for each in strata) ** 0.5 / values.shape[1]
    return error


def _variance_of_mean(values: Values) -> Values:
    n = values.shape[1]
    return values.var(axis=1, ddof=1) / n if n > 1 else np.zeros(len(values))
