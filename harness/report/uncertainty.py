"""Uncertainty of a leaderboard: confidence intervals, tie groups, rank intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError
from harness.statistics import uncertainty as statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.metrics.values import MetricValues
    from harness.report.entry import Entry
    from harness.statistics.uncertainty import Bootstrap, Comparisons

    Interval = tuple[float, float]

SIGNIFICANT = 0.05
"""Significance level of the paired randomisation tests, after Holm's correction."""


@dataclass(frozen=True, slots=True)
class EntryUncertainty:
    """Uncertainty of one entry of a leaderboard.

    Attributes:
        group: tie group, from 1. A group begins with its best run and contains the following runs down to the first
            that differs significantly from the best one in any ranking metric; that run begins the next group.
        ranks: the 95 % interval of its rank.
        first: probability of the first rank; NaN for a single playlist.
        intervals: metric -> the 95 % interval of its mean; NaN for a single playlist.
        by_category: category -> the same over the category's playlists.
        best: ranking metrics in which it is significantly better than every other run.
    """

    group: int
    ranks: tuple[int, int]
    first: float
    intervals: dict[str, Interval]
    by_category: dict[int, dict[str, Interval]]
    best: frozenset[str]


@dataclass(frozen=True, slots=True)
class SeedSpread:
    """One recommender under several seeds: uncertainty of its means from playlists and from seeds.

    Attributes:
        run: name of the first of its runs.
        n_seeds: at least 2.
        by_metric: metric -> mean, standard error over playlists, standard deviation over seeds.
    """

    run: str
    n_seeds: int
    by_metric: dict[str, tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class LeaderboardUncertainty:
    """Uncertainty of all entries of a leaderboard, and the power of its challenge.

    Attributes:
        entries: one per run, in the order of the leaderboard.
        smallest: ranking metric -> the difference of two runs that is detected with 80 % power; empty for one run, NaN
            for a single playlist.
        resolvable: whether the number of draws suffices for this number of pairs.
        seeds: recommenders that ran under several seeds.
    """

    entries: tuple[EntryUncertainty, ...]
    smallest: dict[str, float]
    resolvable: bool
    seeds: tuple[SeedSpread, ...]


def leaderboard_uncertainty(ranked: Sequence[Entry], names: Sequence[str]) -> LeaderboardUncertainty:
    """Resample the playlists, test every pair of runs, and assign tie groups.

    A single run, or runs without a ranking metric, are not compared.

    Args:
        ranked: scored runs on one challenge, best first, at least one.
        names: the ranking metrics, measured in each of the runs; may be empty.

    Raises:
        DataError: a run was scored on other playlists than the first.
    """
    runs = [_aligned(entry, ranked[0]) for entry in ranked]
    columns = tuple(dict.fromkeys([*names, *(name for run in runs for name in _means(run))]))
    unmeasured = np.zeros(len(runs[0].pids))
    values = np.array([[run.values.get(name, unmeasured) for name in columns] for run in runs])
    values = values.reshape(len(runs), len(columns), len(unmeasured))  # three axes without a column, too
    categories = runs[0].categories
    sample = statistics.bootstrap(values, categories)
    measured = [[column for column in columns if column in run.values] for run in runs]
    overall = _intervals(sample, columns, measured)
    parts = {number: _intervals(part, columns, measured) for number, part in sample.by_category.items()}
    _add_groups(runs, overall, parts)
    by_category = [{number: part[i] for number, part in parts.items()} for i in range(len(runs))]
    if len(runs) == 1 or not names:
        alone = map(_not_compared, overall, by_category)
        return LeaderboardUncertainty(tuple(alone), {}, True, ())
    ranking = values[:, : len(names)]
    higher = np.array([runs[0].traits[name].higher_is_better for name in names], np.bool_)
    ranking_sample = statistics.Bootstrap(sample.means[:, : len(names)], sample.draws[:, :, : len(names)], {})
    ranks = statistics.ranks(ranking_sample, higher)
    comparisons = statistics.compare(ranking)
    quality = ranking_sample.means * np.where(higher, 1, -1)
    groups, best = _groups(comparisons), _best(comparisons, quality, names)
    entries = tuple(
        EntryUncertainty(
            groups[i],
            (int(ranks.low[i]), int(ranks.high[i])),
            float(ranks.first[i]),
            overall[i],
            by_category[i],
            best[i],
        )
        for i in range(len(ranked))
    )
    smallest = dict(zip(names, statistics.smallest_difference(ranking, categories).tolist(), strict=True))
    return LeaderboardUncertainty(entries, smallest, comparisons.resolvable, _seeds(ranked, names))


def _not_compared(intervals: dict[str, Interval], by_category: dict[int, dict[str, Interval]]) -> EntryUncertainty:
    return EntryUncertainty(1, (1, 1), 1.0, intervals, by_category, frozenset())


def _means(values: MetricValues) -> list[str]:
    """Names of the metrics whose aggregate is the mean over all playlists; only they have tests."""
    return [name for name, traits in values.traits.items() if traits.aggregate == "mean"]


def _add_groups(
    runs: Sequence[MetricValues],
    overall: Sequence[dict[str, Interval]],
    parts: dict[int, list[dict[str, Interval]]],
) -> None:
    """Add the intervals of metrics of a group: of each run over the group's playlists alone, which are resampled."""
    for run, of_run in enumerate(runs):
        for name in _groups_of(of_run):
            rows = of_run.measured(name)
            sample = statistics.bootstrap(of_run.values[name][None, None, rows], of_run.categories[rows])
            overall[run].update(_intervals(sample, [name], [[name]])[0])
            for number, part in sample.by_category.items():
                parts[number][run].update(_intervals(part, [name], [[name]])[0])


def _groups_of(values: MetricValues) -> list[str]:
    """Names of the metrics of a group that has a playlist."""
    return [
        name for name, traits in values.traits.items() if traits.aggregate == "group" and values.measured(name).any()
    ]


def _aligned(entry: Entry, first: Entry) -> MetricValues:
    if entry.metric_values is None or first.metric_values is None:
        raise DataError(f"run {entry.run} was not scored")
    if not np.array_equal(entry.metric_values.pids, first.metric_values.pids):
        raise DataError(
            f"run {entry.run} was scored on other playlists than {first.run}; delete its folder and run again"
        )
    return entry.metric_values


def _intervals(sample: Bootstrap, columns: Sequence[str], measured: list[list[str]]) -> list[dict[str, Interval]]:
    low, high = sample.intervals()
    column_of = {name: column for column, name in enumerate(columns)}
    return [
        {name: (float(low[run, column_of[name]]), float(high[run, column_of[name]])) for name in names}
        for run, names in enumerate(measured)
    ]


def _groups(comparisons: Comparisons) -> list[int]:
    differ: NDArray[np.bool_] = np.any(comparisons.adjusted < SIGNIFICANT, axis=2)
    groups, best_of_group = [1], 0
    for run in range(1, len(differ)):
        if differ[best_of_group, run]:
            best_of_group = run
        groups.append(groups[-1] + (best_of_group == run))
    return groups


def _best(comparisons: Comparisons, quality: NDArray[np.float64], names: Sequence[str]) -> list[frozenset[str]]:
    """Metrics in which each run is significantly better than all others; `quality`, (n_runs, n_metrics), rises."""
    better = (comparisons.adjusted < SIGNIFICANT) & (quality[:, None] > quality[None, :])
    n_runs = len(better)
    n_beaten = better.sum(axis=1)  # (n_runs, n_metrics)
    return [
        frozenset(name for name, n in zip(names, n_beaten[run], strict=True) if n == n_runs - 1)
        for run in range(n_runs)
    ]


def _seeds(ranked: Sequence[Entry], names: Sequence[str]) -> tuple[SeedSpread, ...]:
    groups: dict[str, list[Entry]] = {}
    for entry in ranked:
        if "seed" in entry.params:
            others = {name: value for name, value in entry.params.items() if name != "seed"}
            groups.setdefault(repr((entry.recommender, sorted(others.items()))), []).append(entry)
    return tuple(
        _spread(group, names) for group in groups.values() if len({entry.params["seed"] for entry in group}) > 1
    )


def _spread(group: Sequence[Entry], names: Sequence[str]) -> SeedSpread:
    by_metric = {}
    for name in names:
        values = np.array([entry.metric_values.values[name] for entry in group if entry.metric_values])
        by_metric[name] = (float(values.mean()), *statistics.seed_spread(values))
    return SeedSpread(min(entry.run for entry in group), len(group), by_metric)
