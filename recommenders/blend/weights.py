"""How much each member of a blend counts for each kind of incomplete playlist, learnt by coordinate search."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import harness

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from harness import Challenge, Joined, Ragged

    Floats = NDArray[np.float32]

ALL = "all"
"""The kind that every playlist is of."""

STEPS = (0.0, 0.5, 2.0)
"""What a weight is multiplied by while it is searched for; a step that helps is taken again."""

REVIVED = 0.1
"""What a weight of 0 is tried at, beside a largest one of 1."""

ROUNDS = 3
"""How often all weights are tried in turn, at most."""

LEAST_GAIN = 1e-4
"""What a change must add to the objective, lest noise decides."""

FEWEST, PRIOR = 50, 100
"""A kind of fewer playlists takes the weights of all; one of n takes n / (n + PRIOR) of its own."""

SEEDS_FROM = (0, 1, 2, 8, 18, 63)
"""Where the classes of seed counts begin: around the challenge's 0, 1, 5, 10, 25 and 100."""

TOP = 500
"""Tracks a list is judged by."""


class Learnable(NamedTuple):
    """An inner challenge beside what the members say of it, and what was withheld."""

    challenge: Challenge
    joined: Joined
    withheld: Ragged


def kinds(challenge: Challenge) -> NDArray[np.str_]:
    """The kind of each playlist, (n,): its category, or number of seeds and whether there is a title."""
    n_seeds = np.searchsorted(SEEDS_FROM, challenge.seeds.lengths, side="right") - 1
    counts = [_seeds(low, high - 1) for low, high in pairwise(SEEDS_FROM)] + [f"{SEEDS_FROM[-1]} seeds or more"]
    described = [
        f"category {category}" if category else f"{counts[seeds]}, {'title' if name else 'no title'}"
        for category, seeds, name in zip(challenge.categories, n_seeds, challenge.names, strict=True)
    ]
    return np.array(described, np.str_)


def learn(given: Learnable, members: Sequence[str]) -> dict[str, dict[str, float]]:
    """Kind -> member -> weight; those of a kind sum to 1, and `all` is among the kinds.

    The objective is the mean over playlists of R-precision + NDCG - clicks / 51, each by its official definition:
    three numbers between 0 and 1, of which a tenth of a click counts as much as .002 of the others. Weights are
    dropped, halved and doubled one at a time for as long as that helps, first for all playlists from equal ones on,
    then, once round, for each kind from those of all on.
    """
    of = kinds(given.challenge)
    start = np.ones(len(members), np.float32)
    common = _searched(given, start, ROUNDS)
    found = {ALL: common}
    distinct = [str(kind) for kind in np.unique(of)]
    for kind in harness.track(distinct, "weights by kind"):
        rows = np.flatnonzero(of == kind)
        if len(rows) >= FEWEST:
            own = _searched(_some(given, rows), common, 1)
            found[kind] = ((len(rows) * own + PRIOR * common) / (len(rows) + PRIOR)).astype(np.float32)
    return {kind: _named(weights, members) for kind, weights in found.items()}


def weights_of(challenge: Challenge, learnt: Mapping[str, Mapping[str, float]], members: Sequence[str]) -> Floats:
    """The weight of each member for each playlist, (n, m)."""
    rows = [learnt.get(kind, learnt[ALL]) for kind in kinds(challenge).tolist()]
    return np.array([[row.get(member, 0.0) for member in members] for row in rows], np.float32).reshape(
        len(challenge), len(members)
    )


def _searched(given: Learnable, start: Floats, rounds: int) -> Floats:
    best, weights = _objective(given, start), start
    for _ in range(rounds):
        before = best
        for member in range(len(weights)):
            for step in STEPS:
                while True:
                    tried = weights.copy()
                    tried[member] = tried[member] * step if tried[member] else REVIVED * tried.max()
                    worth = _objective(given, tried) if tried.any() else best
                    if worth <= best + LEAST_GAIN:
                        break
                    best, weights = worth, tried
                    if not step:
                        break
        if best == before:
            break
    shares: Floats = weights / weights.sum()
    return shares


def _objective(given: Learnable, weights: Floats) -> float:
    ranked, _ = harness.fuse(given.joined, np.tile(weights, (len(given.challenge), 1)), TOP)
    judged = harness.evaluate_lists(ranked.tracks, given.challenge, given.withheld)
    worth = 0.0
    for metric in harness.default_metrics():
        mean = float(metric.values(judged).mean())
        worth += mean if metric.higher_is_better else -mean / (metric.worst or 1)
    return worth


def _some(given: Learnable, rows: NDArray[np.int64]) -> Learnable:
    joined = harness.Joined(given.joined.tracks[rows], given.joined.parts[rows], given.joined.listed[rows])
    return Learnable(given.challenge.take(rows), joined, given.withheld.take(rows))


def _named(weights: Floats, members: Sequence[str]) -> dict[str, float]:
    return {member: round(float(weight), 4) for member, weight in zip(members, weights / weights.sum(), strict=True)}


def _seeds(low: int, high: int) -> str:
    if low == high:
        return f"{low} seed{'' if low == 1 else 's'}"
    return f"{low} to {high} seeds"
