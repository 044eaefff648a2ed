"""How sure a board is of its rows: intervals, tie groups, ranks on other playlists."""

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
"""Two runs differ in a metric where chance alone gives such a difference less often, after Holm's correction."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one run of a board, and what another challenge of its kind could change.

    Attributes:
        group: 1 for the first run and all below it that do not differ significantly from it in any metric that
            ranks, until the first that does: that one begins group 2, and so on.
        ranks: the 95 % interval of its rank.
        first: probability of the first rank.
        intervals: metric -> the 95 % interval of its mean.
        by_category: category -> the same over the category's playlists.
        best: the ranking metrics in which it is significantly better than every other run.
    """

    group: int
    ranks: tuple[int, int]
    first: float
    intervals: dict[str, Interval]
    by_category: dict[int, dict[str, Interval]]
    best: frozenset[str]


@dataclass(frozen=True, slots=True)
class SeedSpread:
    """One recommender under several seeds: what playlists and what seeds add to the doubt about its means.

    Attributes:
        run: its first run.
        n_seeds: at least 2.
        by_metric: metric -> mean, standard error from the playlists, standard deviation from seed to seed.
    """

    run: str
    n_seeds: int
    by_metric: dict[str, tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class Certainty:
    """What a board's challenge can tell.

    Attributes:
        standings: one a run, in the order of the board.
        smallest: ranking metric -> the difference of two runs that is shown four times in five; empty for one run.
        resolvable: whether the draws are enough for so many pairs of runs.
        seeds: recommenders that ran under several seeds.
    """

    standings: tuple[Standing, ...]
    smallest: dict[str, float]
    resolvable: bool
    seeds: tuple[SeedSpread, ...]


def certainty(ranked: Sequence[Entry], names: Sequence[str]) -> Certainty:
    """Resample the playlists, compare every pair of runs, and place each run.

    A single run, or runs that no metric ranks, are compared with nothing: their intervals are those of a normal mean.

    Args:
        ranked: scored runs on one challenge, best first, at least one.
        names: the metrics that rank, measured in each of them; may be empty.

    Raises:
        DataError: a run was scored on other playlists than the first.
    """
    runs = [_aligned(entry, ranked[0]) for entry in ranked]
    if len(runs) == 1 or not names:
        return Certainty(tuple(map(_alone, runs)), {}, True, ())
    columns = tuple(dict.fromkeys([*names, *(name for each in runs for name in _means(each))]))
    nothing = np.zeros(len(runs[0].pids))
    values = np.array([[each.values.get(name, nothing) for name in columns] for each in runs])
    categories = runs[0].categories
    sample = statistics.bootstrap(values, categories)
    ranking = values[:, : len(names)]
    higher = np.array([runs[0].traits[name].higher_is_better for name in names], np.bool_)
    of_ranking = statistics.Bootstrap(sample.means[:, : len(names)], sample.draws[:, :, : len(names)], {})
    ranks = statistics.ranks(of_ranking, higher)
    tested = statistics.compare(ranking)
    groups, best = _groups(tested), _best(tested, names, higher)
    measured = [[column for column in columns if column in each.values] for each in runs]
    overall = _intervals(sample, columns, measured)
    parts = {number: _intervals(part, columns, measured) for number, part in sample.by_category.items()}
    standings = tuple(
        Standing(
            groups[i],
            (int(ranks.low[i]), int(ranks.high[i])),
            float(ranks.first[i]),
            overall[i],
            {number: part[i] for number, part in parts.items()},
            best[i],
        )
        for i in range(len(ranked))
    )
    smallest = dict(zip(names, statistics.smallest_difference(ranking, categories).tolist(), strict=True))
    return Certainty(standings, smallest, tested.resolvable, _seeds(ranked, names))


def _means(values: MetricValues) -> list[str]:
    """The metrics whose aggregate is the mean: intervals and tests apply to them alone."""
    return [name for name, traits in values.traits.items() if traits.aggregate == "mean"]


def _alone(alone: MetricValues) -> Standing:
    names = _means(alone)
    values = np.array([alone.values[name] for name in names]).reshape(len(names), len(alone.pids))

    def intervals(rows: NDArray[np.bool_]) -> dict[str, Interval]:
        low, high = statistics.normal_intervals(values[:, rows], alone.categories[rows])
        return {name: (float(low[at]), float(high[at])) for at, name in enumerate(names)}

    of_category = {int(each): intervals(alone.categories == each) for each in np.unique(alone.categories)}
    everything = np.ones(len(alone.pids), np.bool_)
    return Standing(1, (1, 1), 1.0, intervals(everything), of_category, frozenset())


def _aligned(entry: Entry, first: Entry) -> MetricValues:
    if entry.metric_values is None or first.metric_values is None:
        raise DataError(f"run {entry.run} was not scored")
    if not np.array_equal(entry.metric_values.pids, first.metric_values.pids):
        raise DataError(f"run {entry.run} was scored on other playlists than {first.run}: delete its folder, run again")
    return entry.metric_values


def _intervals(sample: Bootstrap, columns: Sequence[str], measured: list[list[str]]) -> list[dict[str, Interval]]:
    low, high = sample.intervals()
    at = {name: column for column, name in enumerate(columns)}
    return [
        {name: (float(low[run, at[name]]), float(high[run, at[name]])) for name in own}
        for run, own in enumerate(measured)
    ]


def _groups(tested: Comparisons) -> list[int]:
    differ: NDArray[np.bool_] = np.any(tested.adjusted < SIGNIFICANT, axis=2)
    groups, leader = [1], 0
    for run in range(1, len(differ)):
        if differ[leader, run]:
            leader = run
        groups.append(groups[-1] + (leader == run))
    return groups


def _best(tested: Comparisons, names: Sequence[str], higher: NDArray[np.bool_]) -> list[frozenset[str]]:
    better: NDArray[np.bool_] = (tested.adjusted < SIGNIFICANT) & (tested.effect * np.where(higher, 1, -1) > 0)
    n_runs = len(better)
    beaten = better.sum(axis=1)  # other runs, (n_runs, n_metrics)
    return [
        frozenset(name for name, n in zip(names, beaten[run], strict=True) if n == n_runs - 1) for run in range(n_runs)
    ]


def _seeds(ranked: Sequence[Entry], names: Sequence[str]) -> tuple[SeedSpread, ...]:
    groups: dict[str, list[Entry]] = {}
    for entry in ranked:
        if "seed" in entry.params:
            others = {name: value for name, value in entry.params.items() if name != "seed"}
            groups.setdefault(repr((entry.recommender, sorted(others.items()))), []).append(entry)
    return tuple(_spread(group, names) for group in groups.values() if len({each.params["seed"] for each in group}) > 1)


def _spread(group: Sequence[Entry], names: Sequence[str]) -> SeedSpread:
    by_metric = {}
    for name in names:
        values = np.array([each.metric_values.values[name] for each in group if each.metric_values])
        by_metric[name] = (float(values.mean()), *statistics.seed_spread(values))
    return SeedSpread(min(each.run for each in group), len(group), by_metric)
