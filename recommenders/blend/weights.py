"""How much each member of a blend counts for each kind of incomplete playlist, learnt by coordinate search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import harness
from recommenders._verdicts import ALL, FEWEST, kinds, objective, verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from harness import Challenge, Joined, Ragged

    Floats = NDArray[np.float32]
    Values = NDArray[np.float64]
    Weights = dict[str, dict[str, float]]

STEPS = (0.0, 0.5, 2.0)
"""What a weight is multiplied by while it is searched for; a step that helps is taken again."""

REVIVED = 0.1
"""What a weight of 0 is tried at, beside a largest one of 1."""

ROUNDS = 3
"""How often all weights are tried in turn, at most."""

LEAST_GAIN = 1e-4
"""What a change must add to the objective, lest noise decides."""

PRIOR = 100
"""A kind of n playlists in a half takes n / (n + PRIOR) of its own weights; below FEWEST / 2 it takes those of all."""

TOP = 500
"""Tracks a list is judged by."""


class Learnable(NamedTuple):
    """An inner challenge beside what the members say of it, and what was withheld."""

    challenge: Challenge
    joined: Joined
    withheld: Ragged


class Learnt(NamedTuple):
    """Kind -> member -> weight, and kind -> how the blend did beside its best member on playlists not learnt from."""

    weights: Weights
    checks: dict[str, dict[str, Any]]


def learn(given: Learnable, members: Sequence[str]) -> Learnt:
    """Weights by kind, and which kinds are left to one member.

    On each half of the playlists, weights are dropped, halved and doubled one at a time for as long as that helps the
    mean `objective`, first for all playlists from equal ones on, then, once round, for each kind from those of all on.
    The weights are the means of both halves. Those of one half are judged on the other: where the blend does not beat
    the best single member there (see `verdicts`), that member weighs everything.
    """
    of = kinds(given.challenge)
    half = np.arange(len(of)) % 2
    blended, alone = np.zeros(len(of)), _worth_alone(given)
    learnt = []
    for side in (0, 1):
        judged = np.flatnonzero(half == side)
        learnt.append(_by_kind(_some(given, np.flatnonzero(half != side)), members))
        blended[judged] = _worth(_some(given, judged), weights_of(given.challenge.take(judged), learnt[side], members))
    weights = _means(*learnt)
    best = _best_members(alone, of)
    of_best = np.array([best[kind] for kind in of.tolist()], np.int64)
    found = verdicts(blended - alone[np.arange(len(of)), of_best], of, blended - alone[:, best[ALL]])
    checks: dict[str, dict[str, Any]] = {}
    for kind, verdict in found.items():
        member = members[best[kind]]
        answers = "blend" if verdict.accepted else member
        checks[kind] = {"best member": member, **verdict.described, "answers": answers}
        if not verdict.accepted:
            weights[kind] = {each: float(each == member) for each in members}
    return Learnt({kind: weights[kind] for kind in found if kind in weights}, checks)


def _means(one: Weights, other: Weights) -> Weights:
    """The means of two halves' weights; a kind that one half lacks has the weights of all there."""
    pairs = {kind: (one.get(kind, one[ALL]), other.get(kind, other[ALL])) for kind in one | other}
    return {kind: {each: round((a[each] + b[each]) / 2, 4) for each in a} for kind, (a, b) in pairs.items()}


def _by_kind(given: Learnable, members: Sequence[str]) -> Weights:
    """Kind -> member -> weight; those of a kind sum to 1, and `all` is among the kinds."""
    of = kinds(given.challenge)
    start = np.ones(len(members), np.float32)
    common = _searched(given, start, ROUNDS)
    found = {ALL: common}
    distinct = [str(kind) for kind in np.unique(of)]
    for kind in harness.track(distinct, "weights by kind"):
        rows = np.flatnonzero(of == kind)
        if len(rows) >= FEWEST // 2:
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
    return float(_worth(given, np.tile(weights, (len(given.challenge), 1))).mean())


def _worth(given: Learnable, weights: Floats) -> Values:
    ranked, _ = harness.fuse(given.joined, weights, TOP)
    return objective(ranked.tracks, given.challenge, given.withheld)


def _worth_alone(given: Learnable) -> Values:
    """The objective of each member's own lists, (n, m)."""
    n, m = len(given.challenge), given.joined.parts.shape[2]
    return np.stack([_worth(given, np.tile(np.eye(m, dtype=np.float32)[one], (n, 1))) for one in range(m)], axis=1)


def _best_members(alone: Values, of: NDArray[np.str_]) -> dict[str, int]:
    """Kind -> column of the member with the highest mean; a kind of few playlists takes that of all."""
    best = {ALL: int(alone.mean(axis=0).argmax())}
    for kind in np.unique(of).tolist():
        rows = of == kind
        best[kind] = int(alone[rows].mean(axis=0).argmax()) if rows.sum() >= FEWEST else best[ALL]
    return best


def pooled(given: Sequence[Learnable]) -> Learnable:
    """Inner challenges of several folds as one."""
    import polars as pl

    width = max(each.joined.tracks.shape[1] for each in given)
    joined = harness.Joined(
        *(
            np.concatenate([_widened(values, width, empty) for values in arrays])
            for arrays, empty in zip(zip(*(each.joined for each in given), strict=True), (-1, 0, False), strict=True)
        )
    )
    challenges = [each.challenge for each in given]
    info = pl.concat([each.info for each in challenges])
    seeds = _concatenated([each.seeds for each in challenges])
    withheld = _concatenated([each.withheld for each in given])
    return Learnable(harness.Challenge(info, seeds, challenges[0].catalog), joined, withheld)


def _concatenated(rows: Sequence[Ragged]) -> Ragged:
    return harness.Ragged.from_lengths(
        np.concatenate([each.lengths for each in rows]), np.concatenate([each.values for each in rows])
    )


def _widened(values: NDArray[Any], width: int, empty: float) -> NDArray[Any]:
    more = [(0, 0), (0, width - values.shape[1]), *[(0, 0)] * (values.ndim - 2)]
    return np.pad(values, more, constant_values=empty)


def _some(given: Learnable, rows: NDArray[np.int64]) -> Learnable:
    joined = harness.Joined(given.joined.tracks[rows], given.joined.parts[rows], given.joined.listed[rows])
    return Learnable(given.challenge.take(rows), joined, given.withheld.take(rows))


def _named(weights: Floats, members: Sequence[str]) -> dict[str, float]:
    return {member: round(float(weight), 4) for member, weight in zip(members, weights / weights.sum(), strict=True)}
