"""Leaderboards: ranked entries of one corpus, one challenge and one set of metric definitions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.metrics.catalogue import in_order, metric_named
from harness.notebook import Tabular
from harness.report.uncertainty import leaderboard_uncertainty
from harness.statistics.borda import borda

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from harness.identities import ChallengeKey, CorpusId
    from harness.metrics.metric import MetricTraits
    from harness.report.entry import Entry
    from harness.report.uncertainty import EntryUncertainty, LeaderboardUncertainty


@dataclass(frozen=True, slots=True)
class Row:
    """An entry and its rank; all other fields are None if it was not scored.

    Attributes:
        entry: the run.
        rank: by the Borda sum; equal sums share the better rank.
        points: the Borda sum.
        uncertainty: of its means and of its rank.
    """

    entry: Entry
    rank: int | None = None
    points: float | None = None
    uncertainty: EntryUncertainty | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Leaderboard(Tabular):
    """Comparable runs: same corpus, same challenge, same definitions of the ranking metrics.

    Attributes:
        corpus: the training corpus.
        challenge: the challenge with its withheld tracks.
        metrics: metric -> its traits, in column order, ranking metrics first; empty for unscored runs.
        ranked_by: the ranking metrics; empty if all are informative, and then there is no rank.
        rows: best first.
        n_playlists: playlists of the challenge; 0 for unscored runs.
        uncertainty: of all rows; None for unscored runs.
    """

    corpus: CorpusId
    challenge: ChallengeKey
    metrics: dict[str, MetricTraits]
    ranked_by: tuple[str, ...]
    rows: tuple[Row, ...]
    n_playlists: int
    uncertainty: LeaderboardUncertainty | None = None

    def facts(self) -> dict[str, Any]:
        """Corpus, challenge, number of playlists, and the runs, best first."""
        names = {"corpus": self.corpus.name, "challenge": self.challenge.label, "n_playlists": self.n_playlists}
        return names | {"runs": [row.entry.run for row in self.rows]}

    def to_polars(self) -> pl.DataFrame:
        """One row per run, best first: rank, tie group, means with 95 % intervals, costs, hyper-parameters as JSON."""
        import polars as pl

        return pl.DataFrame([_cells(self, row) for row in self.rows], infer_schema_length=None)

    @property
    def definitions(self) -> dict[str, str]:
        """Metric -> the name of its definition."""
        return {name: traits.definition for name, traits in self.metrics.items()}

    @property
    def drawn_metrics(self) -> list[str]:
        """Metrics that charts can show: means over playlists, for at least one playlist of a run."""
        measured = [row.entry.metric_values for row in self.rows if row.entry.metric_values]
        return [
            name
            for name, traits in self.metrics.items()
            if traits.is_mean and any(name in values.values and values.measured(name).any() for values in measured)
        ]

    @property
    def equal_lists(self) -> list[list[str]]:
        """Groups of at least two runs whose lists are equal, in the order of the rows."""
        groups: dict[str, list[str]] = {}
        for row in self.rows:
            if row.entry.lists_digest:
                groups.setdefault(row.entry.lists_digest, []).append(row.entry.run)
        return [runs for runs in groups.values() if len(runs) > 1]

    def equals_of(self, run: str) -> list[str]:
        """Other runs whose lists equal those of this run."""
        return [other for runs in self.equal_lists if run in runs for other in runs if other != run]


def _cells(leaderboard: Leaderboard, row: Row) -> dict[str, Any]:
    """Column -> value of one run."""
    entry, uncertainty = row.entry, row.uncertainty
    cells: dict[str, Any] = {"rank": row.rank, "tie_group": uncertainty.group if uncertainty else None}
    cells |= {"run": entry.run, "recommender": entry.recommender}
    values = entry.metric_values
    for name, traits in leaderboard.metrics.items():
        is_measured = values is not None and values.has(traits)
        low, high = uncertainty.intervals.get(name, (None, None)) if uncertainty and is_measured else (None, None)
        mean = values.overall(name) if values and is_measured else None
        cells |= {name: mean, f"{name}_low": low, f"{name}_high": high}
    costs = ("fit_seconds", "recommend_seconds", "peak_memory_bytes")
    return cells | {cost: getattr(entry, cost) for cost in costs} | {"params": json.dumps(entry.params)}


def leaderboards(entries: Iterable[Entry]) -> list[Leaderboard]:
    """Group entries into leaderboards and rank each; corpora, challenges and definitions are never mixed."""
    groups: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        traits = _traits(entry)
        ranked_by = tuple(
            (name, traits[name].full_definition, traits[name].higher_is_better) for name in ranking(entry)
        )
        groups.setdefault((entry.corpus, entry.challenge, ranked_by), []).append(entry)
    return [_leaderboard(group) for _, group in sorted(groups.items(), key=lambda item: repr(item[0]))]


def ranking(entry: Entry) -> tuple[str, ...]:
    """Names of the ranking metrics of an entry: one definition of each default metric of its split, if measured.

    The default definition is used if it was measured, else the first one; other definitions are columns without
    points. If no default metric was measured, every metric ranks that is neither informative nor computed over all
    lists together.
    """
    name_of_family: dict[str, str] = {}
    for name, traits in _traits(entry).items():
        if traits.ranks and (traits.family not in name_of_family or name == traits.family):
            name_of_family[traits.family] = name
    defaults = [family for family in (metric_named(name).family for name in entry.metrics) if family in name_of_family]
    return tuple(name_of_family[family] for family in defaults or name_of_family)


def _traits(entry: Entry) -> dict[str, MetricTraits]:
    return entry.metric_values.traits if entry.metric_values else {}


def _leaderboard(group: list[Entry]) -> Leaderboard:
    first = group[0]
    if first.metric_values is None:
        unscored = tuple(Row(entry) for entry in sorted(group, key=lambda entry: entry.run))
        return Leaderboard(first.corpus, first.challenge, {}, (), unscored, 0)
    names = ranking(first)
    means = np.array([[entry.metric_values.overall(name) for name in names] for entry in group if entry.metric_values])
    points = borda(means, np.array([_traits(first)[name].higher_is_better for name in names], np.bool_))
    ranked = sorted(
        (
            (1 + int((points > borda_sum).sum()), float(borda_sum), entry)
            for entry, borda_sum in zip(group, points, strict=True)
        ),
        key=lambda place: (place[0], place[2].run),
    )
    uncertainty = leaderboard_uncertainty([entry for _, _, entry in ranked], names)
    rows = tuple(
        Row(entry, rank if names else None, borda_sum if names else None, of_entry)
        for (rank, borda_sum, entry), of_entry in zip(ranked, uncertainty.entries, strict=True)
    )
    return Leaderboard(
        first.corpus,
        first.challenge,
        _columns(group, names),
        names,
        rows,
        len(first.metric_values.pids),
        uncertainty,
    )


def _columns(group: list[Entry], ranked_by: tuple[str, ...]) -> dict[str, MetricTraits]:
    measured = {name: traits for entry in group for name, traits in _traits(entry).items()}
    others = [name for name in in_order(measured) if name not in ranked_by]
    return {name: measured[name] for name in (*ranked_by, *others)}
