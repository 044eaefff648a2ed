"""Entries -> boards: runs of one corpus, one challenge and one set of definitions, ranked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.metrics.catalogue import in_order, metric_named
from harness.report.uncertainty import certainty
from harness.statistics.borda import borda

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.metrics.metric import MetricTraits
    from harness.report.entry import Entry
    from harness.report.uncertainty import Certainty, Standing


@dataclass(frozen=True, slots=True)
class Row:
    """An entry and its place; all but the entry are None where it was not scored.

    Attributes:
        entry: the run.
        rank: by the Borda sum; equal sums share the better rank.
        points: the Borda sum.
        standing: how sure that is.
    """

    entry: Entry
    rank: int | None = None
    points: float | None = None
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """Runs that may be compared: same corpus, same challenge, same definitions of what ranks them.

    Attributes:
        data: the corpus's name.
        split: the challenge's label.
        split_fingerprint: of the challenge and of the answers it is judged by.
        metrics: metric -> its traits, in the order of the columns, those that rank first; empty for runs without
            values.
        ranked_by: the metrics that decide the rank; empty where all are informative, and then there is no rank.
        rows: best first.
        n_playlists: playlists of the challenge, 0 for runs without scores.
        certainty: what the challenge can tell; None for runs without scores.
    """

    data: str
    split: str
    split_fingerprint: str
    metrics: dict[str, MetricTraits]
    ranked_by: tuple[str, ...]
    rows: tuple[Row, ...]
    n_playlists: int
    certainty: Certainty | None = None

    @property
    def definitions(self) -> dict[str, str]:
        """Metric -> the name of its definition."""
        return {name: each.definition for name, each in self.metrics.items()}


def boards(entries: Iterable[Entry]) -> list[Board]:
    """Group the entries into boards and rank each; data, challenges and definitions are never mixed."""
    groups: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        traits = _traits(entry)
        ranked_by = tuple((name, traits[name].definition, traits[name].higher_is_better) for name in ranking(entry))
        groups.setdefault((entry.data, entry.split, ranked_by), []).append(entry)
    return [_board(group) for _, group in sorted(groups.items(), key=lambda item: repr(item[0]))]


def ranking(entry: Entry) -> tuple[str, ...]:
    """The metrics that rank an entry: one definition of each of the split's defaults, as far as measured.

    That is the default definition where it was measured, else the first; what else was measured stands in
    columns beside it and gives no points. Where none of the defaults was measured, everything ranks that is neither
    informative nor a measure of all lists together.
    """
    chosen: dict[str, str] = {}
    for name, traits in _traits(entry).items():
        if traits.ranks and (traits.family not in chosen or name == traits.family):
            chosen[traits.family] = name
    defaults = [family for family in (metric_named(name).family for name in entry.metrics) if family in chosen]
    return tuple(chosen[family] for family in defaults or chosen)


def _traits(entry: Entry) -> dict[str, MetricTraits]:
    return entry.metric_values.traits if entry.metric_values else {}


def _board(group: list[Entry]) -> Board:
    first = group[0]
    if first.metric_values is None:
        unscored = tuple(Row(entry) for entry in sorted(group, key=lambda each: each.run))
        return Board(first.data[0], *first.split, {}, (), unscored, 0)
    names = ranking(first)
    means = np.array([[entry.metric_values.overall(name) for name in names] for entry in group if entry.metric_values])
    points = borda(means, np.array([_traits(first)[name].higher_is_better for name in names], np.bool_))
    ranked = sorted(
        ((1 + int((points > own).sum()), float(own), entry) for entry, own in zip(group, points, strict=True)),
        key=lambda each: (each[0], each[2].run),
    )
    known = certainty([entry for _, _, entry in ranked], names)
    rows = tuple(
        Row(entry, rank if names else None, own if names else None, standing)
        for (rank, own, entry), standing in zip(ranked, known.standings, strict=True)
    )
    return Board(first.data[0], *first.split, _columns(group, names), names, rows, len(first.metric_values.pids), known)


def _columns(group: list[Entry], ranked_by: tuple[str, ...]) -> dict[str, MetricTraits]:
    measured = {name: traits for entry in group for name, traits in _traits(entry).items()}
    others = [name for name in in_order(measured) if name not in ranked_by]
    return {name: measured[name] for name in (*ranked_by, *others)}
