"""Target lengths of a category's playlists, in exact arithmetic, and the playlists nearest to them."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.rules import Category, Lengths


def target_lengths(category: Category, n: int) -> list[int]:
    """N playlist lengths, rising, distributed as in the official challenge.

    Length j of the n is the (2j + 1) / 2n quantile of the category's distribution. Only integers and
    fractions are used, so the result is the same on every machine.
    """
    total: dict[int, Fraction] = {}
    for part in category.lengths:
        for length, density in _densities(part).items():
            total[length] = total.get(length, Fraction(0)) + Fraction(part.share) * density
    lengths = sorted(total)
    cumulative = list(accumulate(total[length] for length in lengths))
    return [lengths[bisect_left(cumulative, cumulative[-1] * Fraction(2 * j + 1, 2 * n))] for j in range(n)]


def nearest(
    targets: Sequence[int],
    candidates: NDArray[np.int64],
    lengths: NDArray[np.int64],
    least: Sequence[int] | None = None,
) -> NDArray[np.int64]:
    """Assign a candidate of the nearest length to each target in turn, each candidate once, (n_targets,).

    Of two equally near lengths the shorter is taken; of candidates of one length, the first.

    Args:
        targets: target lengths.
        candidates: rows of playlists, (n,).
        lengths: length of each candidate, (n,).
        least: minimum length for each target; any length if None.

    Returns:
        Rows of the assigned candidates; -1 where none remains.
    """
    waiting: dict[int, list[int]] = {}
    for row, length in zip(candidates[::-1].tolist(), lengths[::-1].tolist(), strict=True):
        waiting.setdefault(length, []).append(row)
    rows = np.full(len(targets), -1, np.int64)
    for position, (target, shortest) in enumerate(zip(targets, least or [0] * len(targets), strict=True)):
        long_enough = [target] if target in waiting and target >= shortest else [x for x in waiting if x >= shortest]
        if long_enough:
            length = min(long_enough, key=lambda length: (abs(length - target), length))
            rows[position] = waiting[length].pop()
            if not waiting[length]:
                del waiting[length]
    return rows


def _densities(part: Lengths) -> dict[int, Fraction]:
    """Share of each length: the quadratic density over the range with the published mean and standard deviation.

    With x the distance from the middle of the range, the density c0 + c1 x + c2 x^2 follows from the
    sums of 1, x and x^2 under it; negative values at an end are replaced by zero.
    """
    middle = Fraction(part.least + part.most, 2)
    xs = [length - middle for length in range(part.least, part.most + 1)]
    n, s2, s4 = Fraction(len(xs)), sum(x**2 for x in xs), sum(x**4 for x in xs)
    mean = Fraction(part.mean) - middle
    square = Fraction(part.sd) ** 2 + mean**2
    c2 = (square - s2 / n) / (s4 - s2 * s2 / n)
    c1 = mean / s2
    c0 = (1 - c2 * s2) / n
    weights = [max(c0 + c1 * x + c2 * x * x, Fraction(0)) for x in xs]
    return {int(x + middle): weight / sum(weights) for x, weight in zip(xs, weights, strict=True)}
