"""Two runs on one challenge, beside each other: what differs, by how much, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError
from harness.metrics.overlap import overlap_at, rank_biased_overlap
from harness.statistics import uncertainty as statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.metrics.metric import MetricTraits
    from harness.metrics.values import MetricValues
    from harness.report.entry import Entry
    from harness.types import Challenge, Ids, Ragged

DEPTHS = (10, 100, 500)
"""At which shared tracks are counted."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric of two runs, over all playlists or those of one category.

    Attributes:
        metric: its name.
        category: its number; None for all playlists.
        means: of the first and of the second run.
        difference: the first mean minus the second.
        interval: the 95 % interval of that.
        p: of the randomisation test.
        effect: the difference in standard deviations from playlist to playlist.
        wins, ties, losses: playlists in which the first run is better, equal and worse.
    """

    metric: str
    category: int | None
    means: tuple[float, float]
    difference: float
    interval: tuple[float, float]
    p: float
    effect: float
    wins: int
    ties: int
    losses: int


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two runs' lists are, on average over the playlists.

    Attributes:
        overlap: k -> share of the first k tracks that both hold.
        rank_biased: rank-biased overlap.
    """

    overlap: dict[int, float]
    rank_biased: float


@dataclass(frozen=True, slots=True)
class Side:
    """The first tracks that a run recommends: what they are called, and which of them are hits."""

    tracks: tuple[str, ...]
    hits: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A playlist that the second run serves much worse, or much better, than the first.

    Attributes:
        pid: the playlist.
        title: its title, empty where it is hidden.
        category: its number.
        seeds: the last seeds, as they are called.
        values: of the first and of the second run.
        sides: their first tracks.
    """

    pid: int
    title: str
    category: int
    seeds: tuple[str, ...]
    values: tuple[float, float]
    sides: tuple[Side, Side]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs beside each other.

    Attributes:
        runs: their names.
        about: the challenge.
        n_playlists: of the challenge.
        metrics: metric -> its traits, for each metric that both measured under one definition.
        differences: overall first, then category by category, for each of them.
        likeness: None where the lists could not be read.
        by: the metric that tells which playlists moved.
        gained, lost: the playlists that gain most from the first run and from the second; largest first.
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


def differences(a: Entry, b: Entry) -> tuple[Difference, ...]:
    """Paired differences of the metrics that both runs measured, those of all lists together left out.

    Raises:
        DataError: they answer different challenges, or one of them was not scored.
    """
    if (a.data, a.split) != (b.data, b.split):
        raise DataError(
            f"{a.run} answers {a.split[0]} of {a.data[0]}, {b.run} {b.split[0]} of {b.data[0]}: "
            "only runs on one challenge can be compared"
        )
    if (
        a.metric_values is None
        or b.metric_values is None
        or not np.array_equal(a.metric_values.pids, b.metric_values.pids)
    ):
        raise DataError(f"{a.run} and {b.run} were not both scored on the same playlists: run them again")
    traits = shared_metrics(a.metric_values, b.metric_values)
    names = list(traits)
    values = np.array([[each.values[name] for name in names] for each in (a.metric_values, b.metric_values)])
    categories = a.metric_values.categories
    everything = np.ones(len(categories), np.bool_)
    sample = statistics.bootstrap(values, categories)
    parts = {None: (sample, everything)} | {
        number: (part, categories == number) for number, part in sample.by_category.items()
    }
    found = []
    for number, (part, rows) in parts.items():
        tested = statistics.compare(values[:, :, rows])
        gaps, (low, high) = part.difference(0, 1)
        for at, name in enumerate(names):
            better = np.sign(values[0, at, rows] - values[1, at, rows]) * (1 if traits[name].higher_is_better else -1)
            wins, ties, losses = ((better == sign).sum() for sign in (1, 0, -1))
            means = (float(part.means[0, at]), float(part.means[1, at]))
            interval = (float(low[at]), float(high[at]))
            p, effect = float(tested.p[0, 1, at]), float(tested.effect[0, 1, at])
            counts = (int(wins), int(ties), int(losses))
            found.append(Difference(name, number, means, float(gaps[at]), interval, p, effect, *counts))
    return tuple(found)


def shared_metrics(a: MetricValues, b: MetricValues) -> dict[str, MetricTraits]:
    """The metrics that both measured under one definition and that are means over playlists."""
    return {
        name: traits
        for name, traits in a.traits.items()
        if traits.aggregate == "mean" and b.definitions.get(name) == traits.definition
    }


def likeness(a: Ids, b: Ids) -> Likeness:
    """How alike two runs' lists are, (n, 500) each."""
    depths = [k for k in DEPTHS if k <= a.shape[1]]
    overlap = overlap_at(a, b, depths).mean(axis=0)
    return Likeness(dict(zip(depths, overlap.tolist(), strict=True)), float(rank_biased_overlap(a, b).mean()))


def moved(
    values: tuple[Sequence[float], Sequence[float]],
    rows: Sequence[int],
    lists: tuple[Ids, Ids],
    asked: tuple[Challenge, Ragged],
    n_shown: int,
) -> tuple[Moved, ...]:
    """The playlists of these rows with what both runs recommend to them.

    Args:
        values: of each run, (n,) each.
        rows: which playlists, in the order in which they are shown.
        lists: of each run, (n, 500), over the challenge's catalog.
        asked: the challenge and what was withheld.
        n_shown: how many tracks of each list, and how many seeds.
    """
    challenge, withheld = asked
    names = challenge.names

    def side(tracks: Ids, row: int) -> Side:
        shown = tracks[row, :n_shown]
        hits = np.isin(shown, withheld.row(row))
        return Side(track_labels(challenge, shown), tuple(hits.tolist()))

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
    """`name - artist` of each track; the URI where the corpus has no name."""
    catalog = challenge.catalog
    names, uris = catalog.tracks["name"][tracks].to_list(), catalog.tracks["uri"][tracks].to_list()
    artists = catalog.artist_names(tracks)
    return tuple(
        f"{name or uri} - {artist}" if artist else (name or uri)
        for name, uri, artist in zip(names, uris, artists, strict=True)
    )
