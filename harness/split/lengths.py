"""How long the playlists of a category should be, by exact arithmetic."""

from bisect import bisect_left
from fractions import Fraction
from itertools import accumulate

from harness.rules import Category, Lengths


def target_lengths(category: Category, n: int) -> list[int]:
    """N playlist lengths, rising, distributed as in the official challenge.

    Length j of the n is the (2j + 1) / 2n quantile of the category's distribution. Only integers and
    fractions are used, so the answer is the same on every machine.
    """
    total: dict[int, Fraction] = {}
    for part in category.lengths:
        for length, density in _densities(part).items():
            total[length] = total.get(length, Fraction(0)) + Fraction(part.share) * density
    lengths = sorted(total)
    cumulative = list(accumulate(total[length] for length in lengths))
    return [lengths[bisect_left(cumulative, cumulative[-1] * Fraction(2 * j + 1, 2 * n))] for j in range(n)]


def _densities(part: Lengths) -> dict[int, Fraction]:
    """The share of each length: the quadratic density over the range that has the published mean and sd.

    With x the distance from the middle of the range, the density c0 + c1 x + c2 x^2 is found from the
    sums of 1, x and x^2 under it; where it would fall below zero at an end, it is zero there.
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
