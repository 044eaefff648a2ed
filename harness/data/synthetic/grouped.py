"""Weighted draws inside groups, many groups at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Grouped:
    """Items with a group and a weight each, ready to be drawn from any group.

    One array of running sums over all groups, sorted by group, answers every draw by bisection.

    Attributes:
        items: the items by group, heaviest first, (n,) int32.
        indptr: group g holds `items[indptr[g]:indptr[g + 1]]`, (n_groups + 1,) int64.
    """

    def __init__(self, groups: NDArray[Any], weights: NDArray[Any], n_groups: int) -> None:
        """Sort and sum.

        Args:
            groups: group of each item, (n,) integers below n_groups.
            weights: positive weight of each item, (n,).
            n_groups: number of groups; one may be empty, but nothing can be drawn from it.
        """
        order = np.lexsort((-weights, groups))
        self.items = order.astype(np.int32)
        self.indptr = np.concatenate([[0], np.cumsum(np.bincount(groups, minlength=n_groups))])
        self._sums = np.cumsum(weights[order].astype(np.float64))
        bounds = np.concatenate([[0.0], self._sums])[self.indptr]
        self._starts, self._totals = bounds[:-1], np.diff(bounds)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Items of each group, (n_groups,)."""
        return np.diff(self.indptr)

    def draw(self, groups: NDArray[Any], rng: np.random.Generator) -> NDArray[np.int32]:
        """One item, by weight, from each of `groups`, (m,); returns (m,) int32."""
        at = self._starts[groups] + rng.random(len(groups)) * self._totals[groups]
        places = np.searchsorted(self._sums, at, side="right")
        return self.items[np.clip(places, self.indptr[groups], self.indptr[groups + 1] - 1)]

    def walk(self, groups: NDArray[Any], steps: NDArray[Any]) -> NDArray[np.int32]:
        """The item at place `steps`, (m,), of each of `groups`, (m,), heaviest first, round and round."""
        places = steps % np.maximum(self.sizes[groups], 1)
        return self.items[self.indptr[groups] + places]


def pick(cumulative: NDArray[np.float64], rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    """N draws from the distribution whose running sums, (k,), end in its total; returns (n,) below k."""
    places = np.searchsorted(cumulative, rng.random(n) * cumulative[-1], side="right")
    return np.minimum(places, len(cumulative) - 1)


def on_curve(knots: tuple[tuple[float, float], ...], at: NDArray[Any]) -> NDArray[np.float64]:
    """The curve through the knots at the points `at`, (n,): straight on logarithmic axes, flat outside."""
    x, y = np.log(np.array(knots)).T
    return np.exp(np.interp(np.log(at), x, y))
