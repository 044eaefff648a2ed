"""Checks of a complex model against a simpler one, on inner playlists that it was not trained on."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import harness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness import Challenge, Ragged

    Values = NDArray[np.float64]

ALL = "all"
"""The kind of all playlists."""

CERTAIN = 1.645
"""Standard errors above 0 from which a mean gain is significant: one-sided, 5 %."""

FEWEST = 50
"""A kind with fewer inner playlists has the verdict of all playlists."""


SEEDS_FROM = (0, 1, 2, 8, 18, 63)
"""Lower bounds of the classes of seed counts: around 0, 1, 5, 10, 25 and 100 of the challenge."""


class Verdict(NamedTuple):
    """Comparison of a complex model with a simpler one.

    Attributes:
        n_playlists: inner playlists compared.
        gain: mean gain in the objective.
        error: its standard error.
        accepted: whether the complex model is used.
    """

    n_playlists: int
    gain: float
    error: float
    accepted: bool

    @property
    def described(self) -> dict[str, Any]:
        """Content for the record of a run."""
        return {"playlists": self.n_playlists, "gain": round(self.gain, 5), "standard error": round(self.error, 5)}


def kinds(challenge: Challenge) -> NDArray[np.str_]:
    """Kind of each playlist, (n,): its category, or its number of seeds and whether it has a title."""
    n_seeds = np.searchsorted(SEEDS_FROM, challenge.seeds.lengths, side="right") - 1
    counts = [_seeds(low, high - 1) for low, high in pairwise(SEEDS_FROM)] + [f"{SEEDS_FROM[-1]} seeds or more"]
    labels = [
        f"category {category}" if category else f"{counts[seeds]}, {'title' if name else 'no title'}"
        for category, seeds, name in zip(challenge.categories, n_seeds, challenge.names, strict=True)
    ]
    return np.array(labels, np.str_)


def objective(tracks: NDArray[np.int32], challenge: Challenge, withheld: Ragged) -> Values:
    """R-precision + NDCG - clicks / 51 of each list, by the official definitions, (n,).

    Each term is between 0 and 1; 0.1 clicks are equivalent to 0.002 of the other metrics.
    """
    judged = harness.evaluate_lists(tracks, challenge, withheld)
    total = np.zeros(len(tracks))
    for metric in harness.default_metrics():
        values = np.asarray(metric.values(judged), np.float64)
        total += values if metric.higher_is_better else -values / (metric.worst or 1)
    return total


def verdicts(gains: Values, kinds: NDArray[np.str_], overall: Values | None = None) -> dict[str, Verdict]:
    """Verdicts for all playlists and for each kind with 50 or more.

    Accepted for all: the mean gain is significantly above 0. Accepted for a kind: the mean gain of the kind is
    significantly above 0, or the model is accepted for all and the mean gain of the kind is not significantly below
    0, because kinds have few playlists and most gains are similar.

    Args:
        gains: objective of the complex model minus that of the simpler one, (n,).
        kinds: kinds of the playlists, (n,).
        overall: gains for the verdict on all, if the simpler model differs there, (n,).
    """
    pooled = _verdict(gains if overall is None else overall, accepted_overall=False)
    by_kind = {ALL: pooled}
    for kind in np.unique(kinds).tolist():
        of_kind = gains[kinds == kind]
        if len(of_kind) >= FEWEST:
            by_kind[kind] = _verdict(of_kind, accepted_overall=pooled.accepted)
    return by_kind


def accepted(kinds: NDArray[np.str_], by_kind: dict[str, Verdict]) -> NDArray[np.bool_]:
    """Whether the complex model is used for each playlist, (n,)."""
    return np.array([by_kind.get(kind, by_kind[ALL]).accepted for kind in kinds.tolist()], np.bool_)


def _verdict(gains: Values, *, accepted_overall: bool) -> Verdict:
    n = len(gains)
    mean = float(gains.mean()) if n else 0.0
    error = float(gains.std(ddof=1)) / np.sqrt(n) if n > 1 else np.inf
    better = mean > CERTAIN * error
    return Verdict(n, mean, float(error), bool(better or (accepted_overall and mean >= -CERTAIN * error)))


def _seeds(low: int, high: int) -> str:
    if low == high:
        return f"{low} seed{'' if low == 1 else 's'}"
    return f"{low} to {high} seeds"
