"""Weights of the members of a blend for each kind of incomplete playlist, trained by coordinate search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import harness
from recommenders._verdicts import ALL, FEWEST, kinds, objective, verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from harness import Challenge, Ragged
    from harness.kit import Joined

    Floats = NDArray[np.float32]
    Values = NDArray[np.float64]
    Weights = dict[str, dict[str, float]]

STEPS = (0.0, 0.5, 2.0)
"""Factors by which a weight is multiplied in the search; a factor that helps is applied again."""

REVIVED = 0.1
"""Trial value for a weight of 0, relative to the largest weight."""

ROUNDS = 3
"""Maximum number of rounds over all weights."""

LEAST_GAIN = 1e-4
"""Minimum gain of the objective for a change of weight, so that noise is ignored."""

PRIOR = 100
"""Shrinkage: a kind with n playlists in a half has n / (n + PRIOR) of its own weights, the rest of the common ones;
below FEWEST / 2 it has the common weights."""

TOP = 500
"""Length of the evaluated lists."""


class Learnable(NamedTuple):
    """An inner challenge, the joined lists of the members, and the withheld tracks."""

    challenge: Challenge
    joined: Joined
    withheld: Ragged


class Learnt(NamedTuple):
    """Kind -> member -> weight, and kind -> comparison with the best member on playlists not used in training."""

    weights: Weights
    checks: dict[str, dict[str, Any]]


def learn(inner: Learnable, members: Sequence[str]) -> Learnt:
    """Train weights by kind, and check them against the best member.

    On each half of the playlists, one weight at a time is set to 0, halved or doubled as long as that increases the
    mean `objective`: first for all playlists, starting from equal weights; then, in one round, for each kind, starting
    from the common weights. The weights are the means of both halves. Weights of one half are evaluated on the other:
    where the blend is not better than the best single member (see `verdicts`), that member gets all the weight.
    """
    kind_of = kinds(inner.challenge)
    half = np.arange(len(kind_of)) % 2
    blended, alone = np.zeros(len(kind_of)), _objectives_alone(inner)
    halves: list[Weights] = []
    for side in (0, 1):
        judged = np.flatnonzero(half == side)
        halves.append(_by_kind(_some(inner, np.flatnonzero(half != side)), members))
        blended[judged] = _objectives(
            _some(inner, judged), weights_of(inner.challenge.take(judged), halves[side], members)
        )
    weights = _means(*halves)
    best = _best_members(alone, kind_of)
    of_best = np.array([best[kind] for kind in kind_of.tolist()], np.int64)
    by_kind = verdicts(blended - alone[np.arange(len(kind_of)), of_best], kind_of, blended - alone[:, best[ALL]])
    checks: dict[str, dict[str, Any]] = {}
    for kind, verdict in by_kind.items():
        member = members[best[kind]]
        answers = "blend" if verdict.accepted else member
        checks[kind] = {"best member": member, **verdict.described, "answers": answers}
        if not verdict.accepted:
            weights[kind] = {name: float(name == member) for name in members}
    return Learnt({kind: weights[kind] for kind in by_kind if kind in weights}, checks)


def _means(one: Weights, other: Weights) -> Weights:
    """Means of the weights of two halves; a kind that is missing in a half has its common weights."""
    pairs = {kind: (one.get(kind, one[ALL]), other.get(kind, other[ALL])) for kind in one | other}
    return {kind: {member: round((a[member] + b[member]) / 2, 4) for member in a} for kind, (a, b) in pairs.items()}


def _by_kind(inner: Learnable, members: Sequence[str]) -> Weights:
    """Kind -> member -> weight, including the kind `all`; the weights of a kind sum to 1."""
    kind_of = kinds(inner.challenge)
    start = np.ones(len(members), np.float32)
    common = _searched(inner, start, ROUNDS)
    by_kind = {ALL: common}
    distinct = [str(kind) for kind in np.unique(kind_of)]
    for kind in harness.kit.track(distinct, "weights by kind"):
        rows = np.flatnonzero(kind_of == kind)
        if len(rows) >= FEWEST // 2:
            weights = _searched(_some(inner, rows), common, 1)
            by_kind[kind] = ((len(rows) * weights + PRIOR * common) / (len(rows) + PRIOR)).astype(np.float32)
    return {kind: _named(weights, members) for kind, weights in by_kind.items()}


def weights_of(challenge: Challenge, by_kind: Mapping[str, Mapping[str, float]], members: Sequence[str]) -> Floats:
    """Weight of each member for each playlist, (n, m)."""
    rows = [by_kind.get(kind, by_kind[ALL]) for kind in kinds(challenge).tolist()]
    return np.array([[row.get(member, 0.0) for member in members] for row in rows], np.float32).reshape(
        len(challenge), len(members)
    )


def _searched(inner: Learnable, start: Floats, rounds: int) -> Floats:
    best, weights = _mean_objective(inner, start), start
    for _ in range(rounds):
        before = best
        for member in range(len(weights)):
            for step in STEPS:
                while True:
                    tried = weights.copy()
                    tried[member] = tried[member] * step if tried[member] else REVIVED * tried.max()
                    value = _mean_objective(inner, tried) if tried.any() else best
                    if value <= best + LEAST_GAIN:
                        break
                    best, weights = value, tried
                    if not step:
                        break
        if best == before:
            break
    shares: Floats = weights / weights.sum()
    return shares


def _mean_objective(inner: Learnable, weights: Floats) -> float:
    return float(_objectives(inner, np.tile(weights, (len(inner.challenge), 1))).mean())


def _objectives(inner: Learnable, weights: Floats) -> Values:
    ranked, _ = harness.kit.fuse(inner.joined, weights, TOP)
    return objective(ranked.tracks, inner.challenge, inner.withheld)


def _objectives_alone(inner: Learnable) -> Values:
    """Objective of the list of each member, (n, m)."""
    n, m = len(inner.challenge), inner.joined.parts.shape[2]
    return np.stack([_objectives(inner, np.tile(np.eye(m, dtype=np.float32)[one], (n, 1))) for one in range(m)], axis=1)


def _best_members(alone: Values, kind_of: NDArray[np.str_]) -> dict[str, int]:
    """Kind -> column of the member with the highest mean; a kind with few playlists has that of all playlists."""
    best = {ALL: int(alone.mean(axis=0).argmax())}
    for kind in np.unique(kind_of).tolist():
        rows = kind_of == kind
        best[kind] = int(alone[rows].mean(axis=0).argmax()) if rows.sum() >= FEWEST else best[ALL]
    return best


def pooled(inner: Sequence[Learnable]) -> Learnable:
    """Inner challenges of several folds as one."""
    import polars as pl

    width = max(fold.joined.tracks.shape[1] for fold in inner)
    joined = harness.kit.Joined(
        *(
            np.concatenate([_widened(values, width, empty) for values in arrays])
            for arrays, empty in zip(zip(*(fold.joined for fold in inner), strict=True), (-1, 0, False), strict=True)
        )
    )
    challenges = [fold.challenge for fold in inner]
    info = pl.concat([challenge.info for challenge in challenges])
    seeds = _concatenated([challenge.seeds for challenge in challenges])
    withheld = _concatenated([fold.withheld for fold in inner])
    return Learnable(harness.Challenge(info, seeds, challenges[0].catalog), joined, withheld)


def _concatenated(rows: Sequence[Ragged]) -> Ragged:
    return harness.Ragged.from_lengths(
        np.concatenate([part.lengths for part in rows]), np.concatenate([part.values for part in rows])
    )


def _widened(values: NDArray[Any], width: int, empty: float) -> NDArray[Any]:
    more = [(0, 0), (0, width - values.shape[1]), *[(0, 0)] * (values.ndim - 2)]
    return np.pad(values, more, constant_values=empty)


def _some(inner: Learnable, rows: NDArray[np.int64]) -> Learnable:
    joined = harness.kit.Joined(inner.joined.tracks[rows], inner.joined.parts[rows], inner.joined.listed[rows])
    return Learnable(inner.challenge.take(rows), joined, inner.withheld.take(rows))


def _named(weights: Floats, members: Sequence[str]) -> dict[str, float]:
    return {member: round(float(weight), 4) for member, weight in zip(members, weights / weights.sum(), strict=True)}
