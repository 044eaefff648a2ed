"""Uncertainty of metric values: bootstrap intervals, paired randomisation tests, rank intervals, power.

All runs of a leaderboard are scored on the same playlists. One set of draws serves every run, metric and pair:
bootstrap weights and random signs are matrices, and the means of a draw are their product with the metric values.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from harness.kit.randomness import generator
from harness.statistics.borda import borda

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

N_DRAWS = 10_000
CONFIDENCE = 0.95
POWER = 0.80
_DRAWS_PER_BLOCK = 250
"""Draws computed together; bounds memory to this many weights per playlist."""

_ROUNDING = 1e-12
"""Means that differ by less are equal up to the order of summation."""


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap:
    """Bootstrap distribution of the means of runs, stratified by category.

    Attributes:
        means: over the observed playlists, (n_runs, n_metrics).
        draws: over the playlists of each draw, (n_draws, n_runs, n_metrics); NaN for a single playlist.
        by_category: category -> the bootstrap over its playlists alone; empty for a single category.
    """

    means: Values
    draws: Values
    by_category: dict[int, Bootstrap]

    def intervals(self, confidence: float = CONFIDENCE) -> Values:
        """Percentile interval of each mean, (2, n_runs, n_metrics); NaN for a single playlist."""
        return _interval(self.draws, confidence)

    def difference(self, a: int, b: int, confidence: float = CONFIDENCE) -> tuple[Values, Values]:
        """Means of run a minus those of run b, (n_metrics,), and paired intervals of the difference, (2, n_metrics)."""
        return self.means[a] - self.means[b], _interval(self.draws[:, a] - self.draws[:, b], confidence)


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """Ranks by the Borda sum, and their uncertainty under resampling of the playlists.

    Attributes:
        rank: 1 for the most points; equal sums share the better rank, (n_runs,).
        low, high: rank interval over the draws, (n_runs,).
        first: probability of the first rank; runs with equal points share it, (n_runs,).
    """

    rank: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    first: Values


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Paired randomisation test of every pair of runs.

    Attributes:
        p: two-sided p-value of each pair and metric, (n_runs, n_runs, n_metrics); 1 on the diagonal.
        adjusted: `p` with Holm's correction over all pairs, metric by metric.
        effect: mean difference over its standard deviation between playlists; positive where the row's run has the
            higher mean, NaN where the deviation is 0 or there is a single playlist, (n_runs, n_runs, n_metrics).
        resolvable: whether the number of draws suffices for a significant result after the correction.
    """

    p: Values
    adjusted: Values
    effect: Values
    resolvable: bool


def bootstrap(values: Values, categories: NDArray[np.integer], *, n_draws: int = N_DRAWS, seed: int = 0) -> Bootstrap:
    """Resample the playlists of each stratum with replacement, and average.

    A stratum is a category; categories with a single playlist are pooled, see `_strata`. A draw takes n - 1 of the n
    playlists of a stratum, since the means of n would vary too little, by the factor (n - 1) / n of the variance. A
    single playlist shows no variance: its draws are NaN.

    Args:
        values: metric values of each run and playlist, (n_runs, n_metrics, n).
        categories: of each playlist, (n,); in every draw, each stratum has its observed share of the playlists.
        n_draws: at least 1.
        seed: of the random draws.

    Source: Rao and Wu 1988, Resampling inference with complex survey data, with n - 1 draws per stratum; Efron and
    Tibshirani 1993, An Introduction to the Bootstrap, chapters 6 and 13.
    """
    rng, n = generator(seed, "bootstrap"), len(categories)

    def resampled(rows: NDArray[np.bool_]) -> Bootstrap:
        chosen = np.ascontiguousarray(values[:, :, rows])
        return Bootstrap(chosen.mean(axis=2), _drawn_means(chosen, n_draws, rng), {})

    parts = {int(category): resampled(categories == category) for category in np.unique(categories)}
    draws = np.zeros((n_draws, *values.shape[:2]))
    for stratum in _strata(categories):
        rows = np.isin(categories, stratum)
        part = parts[stratum[0]] if len(stratum) == 1 else resampled(rows)
        draws += part.draws * (np.count_nonzero(rows) / n)
    return Bootstrap(values.mean(axis=2), draws, parts)


def normal_intervals(values: Values, categories: NDArray[np.integer], confidence: float = CONFIDENCE) -> Values:
    """Normal intervals of the means of one run, from their stratified standard errors; NaN for a single playlist.

    Args:
        values: metric values of each playlist, (n_metrics, n).
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
    """Ranks by the Borda sum, recomputed in every draw.

    Over a single playlist, any rank is possible and the probability of the first one is NaN.

    Args:
        sample: bootstrap of the runs of one leaderboard.
        higher_is_better: of each metric, (n_metrics,).
        confidence: of the rank interval.
    """
    observed = _ranks(borda(sample.means, higher_is_better))
    n_runs = len(observed)
    if np.isnan(sample.draws).any():
        return Ranks(observed, np.ones_like(observed), np.full_like(observed, n_runs), np.full(n_runs, np.nan))
    drawn_ranks = np.concatenate(
        [
            _ranks(borda(sample.draws[first : first + _DRAWS_PER_BLOCK], higher_is_better))
            for first in range(0, len(sample.draws), _DRAWS_PER_BLOCK)
        ]
    )
    tails = ((1 - confidence) / 2, (1 + confidence) / 2)
    low, high = np.quantile(drawn_ranks, tails, axis=0, method="closest_observation")
    is_first = drawn_ranks == 1
    return Ranks(
        observed,
        low.astype(np.int64),
        high.astype(np.int64),
        (is_first / is_first.sum(axis=1, keepdims=True)).mean(axis=0),
    )


def compare(values: Values, *, n_draws: int = N_DRAWS, seed: int = 0, alpha: float = 1 - CONFIDENCE) -> Comparisons:
    """Paired randomisation test of each pair of runs.

    Under the null hypothesis the two values of a playlist are exchangeable. In each draw one random sign per
    playlist serves all pairs, since the signed mean of a difference is the difference of the signed means.

    Args:
        values: metric values of each run and playlist, (n_runs, n_metrics, n).
        n_draws: at least 1; the smallest p-value is 1 / (n_draws + 1).
        seed: of the random draws.
        alpha: significance level used for `resolvable`.

    Source: Fisher's randomisation test; for ranked lists Smucker, Allan and Carterette 2007.
    """
    n_runs, n_metrics, n = values.shape
    flat = values.reshape(-1, n)
    observed = np.abs(_differences(values.mean(axis=2)))
    n_reached = np.zeros((n_runs, n_runs, n_metrics))
    for signs in _signs(n, n_draws, seed):
        drawn = (signs @ flat.T / n).reshape(-1, n_runs, n_metrics)
        for a in range(n_runs):
            differences = np.abs(drawn[:, a : a + 1] - drawn[:, a:])
            n_reached[a, a:] += (differences >= observed[a, a:] - _ROUNDING).sum(axis=0)
    n_reached = np.maximum(n_reached, n_reached.transpose(1, 0, 2))
    p = (1 + n_reached) / (n_draws + 1)
    n_pairs = n_runs * (n_runs - 1) // 2
    return Comparisons(p, _holm(p), _effects(values), n_pairs / (n_draws + 1) <= alpha)


def smallest_difference(values: Values, categories: NDArray[np.integer]) -> Values:
    """Smallest difference of two runs that is detected with 80 % power at this number of playlists, (n_metrics,).

    That is (z(1 - alpha / 2) + z(power)) standard errors of a paired difference, the median over all pairs whose
    difference varies between playlists. The standard error is that of a mean, with the strata of `bootstrap`. NaN
    without such a pair, and for a single playlist.

    Args:
        values: metric values of each run and playlist, (n_runs, n_metrics, n).
        categories: of each playlist, (n,).
    """
    n_runs, n_metrics, _ = values.shape
    pairs = combinations(range(n_runs), 2)
    errors = np.array([_stratified_error(values[a] - values[b], categories) for a, b in pairs]).reshape(-1, n_metrics)
    factor = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) + NormalDist().inv_cdf(POWER)
    varying = [of_pairs[of_pairs > _ROUNDING] for of_pairs in errors.T]
    return np.array([factor * np.median(of_pairs) if len(of_pairs) else np.nan for of_pairs in varying])


def seed_spread(values: Values) -> tuple[float, float]:
    """Contribution of playlists and of random seeds to the uncertainty of a mean.

    Args:
        values: one metric of one recommender under several seeds, (n_seeds, n), at least two seeds.

    Returns:
        Standard error over the playlists of the mean over seeds, NaN for a single playlist, and standard deviation of
        the means over the seeds.
    """
    (variance,) = _variance_of_mean(values.mean(axis=0, keepdims=True))
    return float(np.sqrt(variance)), float(values.mean(axis=1).std(ddof=1))


def _drawn_means(values: Values, n_draws: int, rng: np.random.Generator) -> Values:
    """Means over n - 1 of n playlists drawn with replacement, (n_draws, n_runs, n_metrics); NaN for one playlist."""
    n_runs, n_metrics, n = values.shape
    if n == 1:
        return np.full((n_draws, n_runs, n_metrics), np.nan)
    flat = values.reshape(-1, n)
    means = np.empty((n_draws, n_runs * n_metrics))
    for first in range(0, n_draws, _DRAWS_PER_BLOCK):
        size = min(_DRAWS_PER_BLOCK, n_draws - first)
        rows = rng.integers(n, size=(size, n - 1)) + np.arange(size)[:, None] * n
        weights = np.bincount(rows.ravel(), minlength=size * n).reshape(size, n)
        means[first : first + size] = weights @ flat.T / (n - 1)
    return means.reshape(n_draws, n_runs, n_metrics)


def _signs(n: int, n_draws: int, seed: int) -> Iterator[Values]:
    """Blocks of draws of +1 or -1 for each playlist, (n_draws_of_block, n)."""
    rng = generator(seed, "randomisation")
    for first in range(0, n_draws, _DRAWS_PER_BLOCK):
        size = (min(_DRAWS_PER_BLOCK, n_draws - first), -(-n // 8))
        bits = np.unpackbits(rng.integers(256, size=size, dtype=np.uint8), axis=1, count=n)
        yield np.where(bits, -1.0, 1.0)


def _interval(draws: Values, confidence: float) -> Values:
    interval: Values = np.quantile(draws, ((1 - confidence) / 2, (1 + confidence) / 2), axis=0)
    return interval


def _ranks(points: Values) -> NDArray[np.int64]:
    ranks_of: NDArray[np.int64] = 1 + (points[..., None, :] > points[..., :, None]).sum(axis=-1)
    return ranks_of


def _differences(means: Values) -> Values:
    """Mean of the row's run minus mean of the column's run, (n_runs, n_runs, n_metrics)."""
    differences: Values = means[:, None] - means[None, :]
    return differences


def _effects(values: Values) -> Values:
    n_runs, n_metrics, n = values.shape
    effects = np.full((n_runs, n_runs, n_metrics), np.nan)
    if n == 1:  # no deviation between playlists
        return effects
    for a in range(n_runs):
        for b in range(a + 1, n_runs):
            difference = values[a] - values[b]
            sd = difference.std(axis=1, ddof=1)
            effects[a, b] = np.divide(difference.mean(axis=1), sd, out=effects[a, b], where=sd > _ROUNDING)
            effects[b, a] = -effects[a, b]
    return effects


def _holm(p: Values) -> Values:
    """Holm's step-down correction of the pairs above the diagonal, metric by metric, mirrored below the diagonal."""
    n_runs, _, n_metrics = p.shape
    rows, columns = np.triu_indices(n_runs, 1)
    adjusted = np.ones_like(p)
    for metric in range(n_metrics):
        pairs = p[rows, columns, metric]
        order = np.argsort(pairs, kind="stable")
        stepped = np.maximum.accumulate(pairs[order] * (len(pairs) - np.arange(len(pairs))))
        adjusted[rows[order], columns[order], metric] = np.minimum(stepped, 1)
        adjusted[columns, rows, metric] = adjusted[rows, columns, metric]
    return adjusted


def _strata(categories: NDArray[np.integer]) -> list[tuple[int, ...]]:
    """Categories of each stratum: each alone, except that those with one playlist, which shows no variance, are pooled.

    If only one category has one playlist, it joins the smallest other one.

    Source: collapsed strata, e.g. Cochran 1977, Sampling Techniques, section 5A.12.
    """
    numbers, sizes = np.unique(categories, return_counts=True)
    order = np.argsort(sizes, kind="stable")
    single = [int(number) for number in numbers[sizes == 1]]
    others = [int(number) for number in numbers[order] if number not in single]
    if len(single) == 1 and others:
        single.append(others.pop(0))
    return [*((number,) for number in sorted(others)), *([tuple(single)] if single else [])]


def _stratified_error(values: Values, categories: NDArray[np.integer]) -> Values:
    """Standard errors of means over playlists, with the strata of `bootstrap`, (n_metrics,)."""
    strata = [values[:, np.isin(categories, stratum)] for stratum in _strata(categories)]
    error: Values = (
        sum(stratum.shape[1] ** 2 * _variance_of_mean(stratum) for stratum in strata) ** 0.5 / values.shape[1]
    )
    return error


def _variance_of_mean(values: Values) -> Values:
    n = values.shape[1]
    return values.var(axis=1, ddof=1) / n if n > 1 else np.full(len(values), np.nan)
