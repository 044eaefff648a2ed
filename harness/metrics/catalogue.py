"""Every metric and definition by name: `r_precision`, `r_precision:paper` for another definition, `hit@10`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import ParameterError
from harness.metrics import followers
from harness.metrics.at_k import hit_at, ndcg_at
from harness.metrics.clicks import clicks
from harness.metrics.ndcg import ndcg, ndcg_log2i, ndcg_rules
from harness.metrics.r_precision import (
    r_precision,
    r_precision_all,
    r_precision_demand,
    r_precision_paper,
    r_precision_tracks,
)
from harness.registry import suggestion
from harness.rules import TRACKS_PER_PLAYLIST, WORST_CLICKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from harness.metrics.evaluation import Judged


@dataclass(frozen=True, slots=True)
class Metric:
    """One measure of a list, under one definition.

    Attributes:
        name: distinct for each definition, so that several can stand beside each other.
        definition: how it is measured; every stored and printed number carries it.
        compute: lists judged -> a value a playlist, (n,) float64; pure.
        higher_is_better: False where less is better.
        worst: the value of a playlist without an answer; None where it differs from playlist to playlist and
            `compute` gives it.
        of_followers: whether it needs `Judged.followed`.
        family: what is measured, whatever the definition: `r_precision`, `ndcg`, `clicks`, `hit@10`, ...
    """

    name: str
    definition: str
    compute: Callable[[Judged], NDArray[np.float64]]
    higher_is_better: bool = True
    worst: float | None = 0.0
    of_followers: bool = field(default=False, kw_only=True)
    family: str = field(kw_only=True)

    def values(self, judged: Judged) -> NDArray[np.float64]:
        """What each list is worth, (n,), a playlist without an answer the worst value."""
        computed = self.compute(judged)
        return computed if self.worst is None else np.where(judged.answered, computed, self.worst)


DEFAULT_METRICS = (
    Metric("r_precision", "final", r_precision, family="r_precision"),
    Metric("ndcg", "start-kit", ndcg, family="ndcg"),
    Metric("clicks", "rules", clicks, higher_is_better=False, worst=WORST_CLICKS, family="clicks"),
)
"""The challenge's three, under the definitions that a board ranks by unless others are asked for."""

METRICS = (
    *DEFAULT_METRICS,
    Metric("r_precision_tracks", "tracks", r_precision_tracks, family="r_precision"),
    Metric("r_precision:paper", "paper", r_precision_paper, family="r_precision"),
    Metric("r_precision:demand", "demand", r_precision_demand, family="r_precision"),
    Metric("r_precision:all-500", "all-500", r_precision_all, family="r_precision"),
    Metric("ndcg:log2i", "log2i", ndcg_log2i, family="ndcg"),
    Metric("ndcg:rules", "rules", ndcg_rules, family="ndcg"),
)
"""All that lists and answers suffice for, beside those that look at the first k tracks alone."""

_CUT_OFF = {"hit": ("any", hit_at), "ndcg": ("start-kit", ndcg_at)}
"""What `NAME@k` measures: its definition and its function, for every k up to the length of a list."""

_AT = re.compile(rf"({'|'.join(_CUT_OFF)})@([1-9][0-9]*)(?::([a-z-]+))?")


def _of_followers(
    family: str, compute: Callable[[Judged], NDArray[np.float64]], definition: str = "plain", *, higher: bool = False
) -> Metric:
    name = family if definition == "plain" else f"{family}:{definition}"
    return Metric(name, definition, compute, higher, None, of_followers=True, family=family)


FOLLOWER_METRICS = (
    Metric("match", "plain", followers.match, family="match"),
    _of_followers("distance", followers.distance),
    _of_followers("distance", followers.distance_scaled, "scaled"),
    _of_followers("numf", followers.numf, higher=True),
    _of_followers("diff", followers.diff),
    _of_followers("diff", followers.diff_scaled, "scaled"),
    _of_followers("metric", followers.metric),
    _of_followers("metric", followers.metric_scaled, "scaled"),
    _of_followers("metric2", followers.metric2),
    _of_followers("metric2", followers.metric2_scaled, "scaled"),
)
"""Those of a course project, which but for the first need audio features and numbers of followers."""

ALL_METRICS = (*METRICS, *FOLLOWER_METRICS)
"""All there is, in the order of a board's columns."""

_BY_NAME = {metric.name: metric for metric in ALL_METRICS} | {
    f"{metric.family}:{metric.definition}": metric for metric in ALL_METRICS
}


def metric(name: str) -> Metric:
    """The metric of a name as stored (`ndcg`, `ndcg:log2i`, `hit@10`) or of `family:definition` (`ndcg:start-kit`).

    Raises:
        ParameterError: there is none; the message names all.
    """
    found = _BY_NAME.get(name) or _at(name)
    if found is None:
        raise ParameterError(
            f"no metric {name!r}{suggestion(name, _BY_NAME)}; there are {', '.join(sorted(_BY_NAME))}, "
            f"{' and '.join(f'{each}@k' for each in _CUT_OFF)} with k from 1 to {TRACKS_PER_PLAYLIST}"
        )
    return found


@cache
def _at(name: str) -> Metric | None:
    """The metric of the first k tracks that is named so, the very same one each time."""
    named = _AT.fullmatch(name)
    if not named or len(named[2]) > len(str(TRACKS_PER_PLAYLIST)) or int(named[2]) > TRACKS_PER_PLAYLIST:
        return None
    definition, compute = _CUT_OFF[named[1]]
    family = f"{named[1]}@{named[2]}"
    if named[3]:
        return _at(family) if named[3] == definition else None
    return Metric(family, definition, partial(compute, k=int(named[2])), family=family)


NEXT_TRACK_METRICS = (metric("hit@10"), metric("ndcg@10"), metric("clicks"))
"""Where one track is to be found: by what such studies report, and by clicks."""


def default_metrics(kind: str) -> tuple[Metric, ...]:
    """What lists for a split of this kind are measured and ranked by unless others are asked for."""
    return NEXT_TRACK_METRICS if kind == "next-track" else DEFAULT_METRICS


def in_order(names: Iterable[str]) -> tuple[Metric, ...]:
    """The metrics of these names, each once, in the order in which tables show them."""
    found = {metric(name) for name in names}
    at = [each for each in found if each not in ALL_METRICS]
    at.sort(key=lambda each: (each.name.partition("@")[0], int(each.name.partition("@")[2])))
    return (*(each for each in ALL_METRICS if each in found), *at)


def metrics_named(names: str) -> tuple[Metric, ...]:
    """The metrics of `name,name,…`, in that order, each once.

    Raises:
        ParameterError: a name is unknown, or none is given.
    """
    return tuple(dict.fromkeys(metric(name.strip()) for name in names.split(",")))
