"""Checks of what was learnt on an inner draw, on inner playlists that it was not learnt from."""

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
"""The kind that every playlist is of."""

CERTAIN = 1.645
"""Standard errors from 0 at which a mean gain is significant: one-sided, at 5 %."""

FEWEST = 50
"""A kind with fewer inner playlists takes the verdict on all."""


SEEDS_FROM = (0, 1, 2, 8, 18, 63)
"""Where the classes of seed counts begin: around the challenge's 0, 1, 5, 10, 25 and 100."""


class Verdict(NamedTuple):
    """Whether the more complex of two models answers.

    Attributes:
        n_playlists: inner playlists compared.
        gain: mean gain in the objective.
        error: its standard error.
        accepted: whether the more complex model answers.
    """

    n_playlists: int
    gain: float
    error: float
    accepted: bool

    @property
    def described(self) -> dict[str, Any]:
        """For the run's record."""
        return {"playlists": self.n_playlists, "gain": round(self.gain, 5), "standard error": round(self.error, 5)}


def kinds(challenge: Challenge) -> NDArray[np.str_]:
    """The kind of each playlist, (n,): its category, or number of seeds and whether there is a title."""
    n_seeds = np.searchsorted(SEEDS_FROM, challenge.seeds.lengths, side="right") - 1
    counts = [_seeds(low, high - 1) for low, high in pairwise(SEEDS_FROM)] + [f"{SEEDS_FROM[-1]} seeds or more"]
    described = [
        f"category {category}" if category else f"{counts[seeds]}, {'title' if name else 'no title'}"
        for category, seeds, name in zip(challenge.categories, n_seeds, challenge.names, strict=True)
    ]
    return np.array(described, np.str_)


def objective(tracks: NDArray[np.int32], challenge: Challenge, withheld: Ragged) -> Values:
    """R-precision + NDCG - clicks / 51 of each list, each by its official definition, (n,).

    Three numbers between 0 and 1, of which a tenth of a click counts as much as .002 of the others.
    """
    judged = harness.evaluate_lists(tracks, challenge, withheld)
    total = np.zeros(len(tracks))
    for metric in harness.default_metrics():
        values = np.asarray(metric.values(judged), np.float64)
        total += values if metric.higher_is_better else -values / (metric.worst or 1)
    return total


def verdicts(gains: Values, kinds: NDArray[np.str_], overall: Values | None = None) -> dict[str, Verdict]:
    """The verdict on all playlists and on each kind with 50 or more.

    Accepted overall: the mean gain is significantly above 0. Accepted for a kind: it is so there, or it is overall and
    not significantly below 0 there; few playlists of a kind prove little, and most gains are alike.

    Args:
        gains: objective of the more complex model less that of the simpler one, (n,).
        kinds: of the playlists, (n,).
        overall: gains that the verdict on all is about, where the simpler model is another one there, (n,).
    """
    pooled = _verdict(gains if overall is None else overall, accepted_overall=False)
    found = {ALL: pooled}
    for kind in np.unique(kinds).tolist():
        of_kind = gains[kinds == kind]
        if len(of_kind) >= FEWEST:
            found[kind] = _verdict(of_kind, accepted_overall=pooled.accepted)
    return found


def accepted(kinds: NDArray[np.str_], found: dict[str, Verdict]) -> NDArray[np.bool_]:
    """Whether the more complex model answers each playlist, (n,)."""
    return np.array([found.get(kind, found[ALL]).accepted for kind in kinds.tolist()], np.bool_)


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
