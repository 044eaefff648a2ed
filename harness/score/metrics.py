"""Every metric and definition by name: `r_precision`, or `r_precision:paper` for another definition."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.errors import ParameterError
from harness.registry import suggestion
from harness.rules import WORST_CLICKS
from harness.score import followers
from harness.score.clicks import clicks
from harness.score.ndcg import ndcg, ndcg_log2i, ndcg_rules
from harness.score.r_precision import (
    r_precision,
    r_precision_all,
    r_precision_demand,
    r_precision_paper,
    r_precision_tracks,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from harness.score.judged import Judged


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
        family: what is measured, whatever the definition: `r_precision`, `ndcg` or `clicks`.
    """

    name: str
    definition: str
    compute: Callable[[Judged], NDArray[np.float64]]
    higher_is_better: bool = True
    worst: float | None = 0.0
    of_followers: bool = field(default=False, kw_only=True)
    family: str = field(kw_only=True)


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
"""All that lists and answers suffice for."""


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
    """The metric of a name as stored (`ndcg`, `ndcg:log2i`) or of `family:definition` (`ndcg:start-kit`).

    Raises:
        ParameterError: there is none; the message names all.
    """
    found = _BY_NAME.get(name)
    if found is None:
        raise ParameterError(f"no metric {name!r}{suggestion(name, _BY_NAME)}; there are {', '.join(sorted(_BY_NAME))}")
    return found


def metrics_named(names: str) -> tuple[Metric, ...]:
    """The metrics of `name,name,…`, in that order, each once.

    Raises:
        ParameterError: a name is unknown, or none is given.
    """
    return tuple(dict.fromkeys(metric(name.strip()) for name in names.split(",")))
