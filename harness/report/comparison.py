"""Comparison of two runs on one challenge: paired differences, overlap of lists, most affected playlists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import DataError
from harness.metrics.overlap import overlap_at, rank_biased_overlap
from harness.notebook import Tabular
from harness.statistics import uncertainty as statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from harness.metrics.metric import MetricTraits
    from harness.metrics.values import MetricValues
    from harness.ragged import Ids, Ragged
    from harness.report.entry import Entry
    from harness.types import Challenge

DEPTHS = (10, 100, 500)
"""Depths k at which shared tracks are counted."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Paired difference of two runs in one metric, over all playlists or one category.

    Attributes:
        metric: name of the metric.
        category: number of the category; None for all playlists.
        means: of the first and of the second run.
        difference: first mean minus second mean.
        interval: 95 % interval of the difference; NaN for a single playlist.
        p: p-value of the paired randomisation test.
        effect: difference in standard deviations between playlists; NaN if that deviation is 0 or unknown.
        wins, ties, losses: number of playlists for which the first run is better, equal, worse; None for an
            informative metric, which says of no run that it is better.
    """

    metric: str
    category: int | None
    means: tuple[float, float]
    difference: float
    interval: tuple[float, float]
    p: float
    effect: float
    wins: int | None
    ties: int | None
    losses: int | None


@dataclass(frozen=True, slots=True)
class Likeness:
    """Similarity of the lists of two runs, averaged over the playlists.

    Attributes:
        overlap: k -> share of the first k tracks that both lists contain.
        rank_biased: rank-biased overlap.
    """

    overlap: dict[int, float]
    rank_biased: float


@dataclass(frozen=True, slots=True)
class Side:
    """Labels of the first tracks that a run recommends, and which of them are hits."""

    tracks: tuple[str, ...]
    hits: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A playlist with a large difference between the two runs.

    Attributes:
        pid: number of the playlist.
        title: title; empty if hidden.
        category: number of its category.
        seeds: labels of the last seed tracks.
        values: metric values of the first and of the second run.
        sides: first recommended tracks of the first and of the second run.
    """

    pid: int
    title: str
    category: int
    seeds: tuple[str, ...]
    values: tuple[float, float]
    sides: tuple[Side, Side]


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Tabular):
    """Comparison of two runs.

    Attributes:
        runs: names of the runs.
        about: corpus and challenge.
        n_playlists: number of playlists of the challenge.
        metrics: metric -> its traits, for each metric that both runs measured under the same definition.
        differences: overall differences first, then by category.
        likeness: None if the lists cannot be read.
        by: metric that selects the playlists of `gained` and `lost`.
        gained, lost: playlists with the largest advantage of the first and of the second run; largest first.
    """

    runs: tuple[str, str]
    about: str
    n_playlists: int
    metrics: dict[str, MetricTraits]
    differences: tuple[Difference, ...]
    likeness: Likeness | None = None
    by: str = "ndcg"
    gained: tuple[Moved, ...] = ()
    lost: tuple[Moved, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Names of the runs and of their challenge, and the overall difference in each metric."""
        overall = {row.metric: row.difference for row in self.differences if row.category is None}
        return {"runs": self.runs, "about": self.about, "n_playlists": self.n_playlists, "differences": overall}

    def to_polars(self) -> pl.DataFrame:
        """One row per metric and category: both means, their difference with its interval, and the tests."""
        import polars as pl

        rows = [
            {
                "metric": row.metric,
                "category": row.category,
                "mean_a": row.means[0],
                "mean_b": row.means[1],
                "difference": row.difference,
                "low": row.interval[0],
                "high": row.interval[1],
                "p": row.p,
                "effect": row.effect,
                "wins": row.wins,
                "ties": row.ties,
                "losses": row.losses,
            }
            for row in self.differences
        ]
        return pl.DataFrame(rows, infer_schema_length=None)


def differences(a: Entry, b: Entry) -> tuple[Difference, ...]:
    """Paired differences of the metrics that both runs measured and that are means over playlists.

    The differences over all playlists come first; those of a metric of a group are over the playlists of the group.

    Raises:
        DataError: the runs belong to different challenges, or one of them was not scored.
    """
    if (a.corpus, a.challenge) != (b.corpus, b.challenge):
        raise DataError(
            f"{a.run} answers {a.challenge.label} of {a.corpus.name}, {b.run} {b.challenge.label} of {b.corpus.name}: "
            "only runs on one challenge can be compared"
        )
    if (
        a.metric_values is None
        or b.metric_values is None
        or not np.array_equal(a.metric_values.pids, b.metric_values.pids)
    ):
        raise DataError(f"{a.run} and {b.run} were not both scored on the same playlists; run them again")
    both = (a.metric_values, b.metric_values)
    traits = shared_metrics(*both)
    of_all = [name for name, each in traits.items() if each.aggregate == "mean"]
    of_groups = [[name] for name, each in traits.items() if each.aggregate == "group"]
    result = [difference for names in (of_all, *of_groups) if names for difference in _paired(both, names)]
    return tuple(sorted(result, key=lambda each: (each.category is not None, each.category or 0)))


def _paired(runs: tuple[MetricValues, MetricValues], names: list[str]) -> list[Difference]:
    """Differences of metrics that have values for the same playlists, overall and by category."""
    measured = runs[0].measured(names[0])
    values = np.array([[run.values[name][measured] for name in names] for run in runs])
    categories = runs[0].categories[measured]
    all_playlists = np.ones(len(categories), np.bool_)
    sample = statistics.bootstrap(values, categories)
    parts = {None: (sample, all_playlists)} | {
        number: (part, categories == number) for number, part in sample.by_category.items()
    }
    result = []
    for number, (part, rows) in parts.items():
        test = statistics.compare(values[:, :, rows])
        gaps, (low, high) = part.difference(0, 1)
        for column, name in enumerate(names):
            counts = _outcomes(values[0, column, rows] - values[1, column, rows], runs[0].traits[name])
            means = (float(part.means[0, column]), float(part.means[1, column]))
            interval = (float(low[column]), float(high[column]))
            p, effect = float(test.p[0, 1, column]), float(test.effect[0, 1, column])
            result.append(Difference(name, number, means, float(gaps[column]), interval, p, effect, *counts))
    return result


def _outcomes(gaps: NDArray[np.float64], traits: MetricTraits) -> tuple[int, int, int] | tuple[None, None, None]:
    """Wins, ties and losses of the first run."""
    if traits.informative:
        return None, None, None
    n_higher, n_lower = int((gaps > 0).sum()), int((gaps < 0).sum())
    n_equal = len(gaps) - n_higher - n_lower
    return (n_higher, n_equal, n_lower) if traits.higher_is_better else (n_lower, n_equal, n_higher)


def shared_metrics(a: MetricValues, b: MetricValues) -> dict[str, MetricTraits]:
    """Metrics that both runs measured under the same definition and that are means over playlists."""
    return {
        name: traits for name, traits in a.traits.items() if traits.is_mean and b.has(traits) and a.measured(name).any()
    }


def likeness(a: Ids, b: Ids) -> Likeness:
    """Similarity of the lists of two runs, (n, 500) each."""
    depths = [k for k in DEPTHS if k <= a.shape[1]]
    overlap = overlap_at(a, b, depths).mean(axis=0)
    return Likeness(dict(zip(depths, overlap.tolist(), strict=True)), float(rank_biased_overlap(a, b).mean()))


def moved(
    values: tuple[Sequence[float], Sequence[float]],
    rows: Sequence[int],
    lists: tuple[Ids, Ids],
    judged: tuple[Challenge, Ragged],
    n_shown: int,
) -> tuple[Moved, ...]:
    """Selected playlists with the first recommended tracks of both runs.

    Args:
        values: metric values of each run, (n,) each.
        rows: rows of the selected playlists, in display order.
        lists: of each run, (n, 500), over the challenge's catalog.
        judged: the challenge and its withheld tracks.
        n_shown: number of tracks shown of each list, and of seeds.
    """
    challenge, withheld = judged
    names = challenge.names

    def side(tracks: Ids, row: int) -> Side:
        first_tracks = tracks[row, :n_shown]
        hits = np.isin(first_tracks, withheld.row(row))
        return Side(track_labels(challenge, first_tracks), tuple(hits.tolist()))

    return tuple(
        Moved(
            int(challenge.pids[row]),
            names[row],
            int(challenge.categories[row]),
            track_labels(challenge, challenge.seeds.row(row)[-n_shown:]),
            (float(values[0][row]), float(values[1][row])),
            (side(lists[0], row), side(lists[1], row)),
        )
        for row in rows
    )


def track_labels(challenge: Challenge, tracks: Ids) -> tuple[str, ...]:
    """`name - artist` of each track; the URI if the corpus has no name."""
    catalog = challenge.catalog
    names, uris = catalog.tracks["name"][tracks].to_list(), catalog.tracks["uri"][tracks].to_list()
    artists = catalog.artist_names(tracks)
    return tuple(
        f"{name or uri} - {artist}" if artist else (name or uri)
        for name, uri, artist in zip(names, uris, artists, strict=True)
    )
