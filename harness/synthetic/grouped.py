"""Weighted draws inside groups, many groups at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEW_GROUPS = 1 << 16
"""So many groups fit 16 bits, which NumPy sorts by radix, many times as fast."""

LOG_RANGE = 128.0
"""More than the logarithms of a group's weights lie apart."""


class Grouped:
    """Items with a group and a weight each, ready to be drawn from any group.

    One array of running sums over all groups, sorted by group, answers every draw by bisection.

    Attributes:
        items: the items by group, (n,) int32.
        indptr: group g holds `items[indptr[g]:indptr[g + 1]]`, (n_groups + 1,) int64.
    """

    def __init__(
        self, groups: NDArray[Any], weights: NDArray[Any], n_groups: int, *, heaviest_first: bool = False
    ) -> None:
        """Sort and sum.

        Args:
            groups: group of each item, (n,) integers below n_groups.
            weights: positive weight of each item, (n,).
            n_groups: number of groups; one may be empty, but nothing can be drawn from it.
            heaviest_first: whether a group's items are sorted by weight, as `walk` needs it.
        """
        if heaviest_first:
            order = np.argsort(groups * LOG_RANGE - np.log(weights), kind="stable")
        else:
            keys = groups.astype(np.uint16) if n_groups <= _FEW_GROUPS else groups
            order = np.argsort(keys, kind="stable")
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
        places = np.empty(len(at), np.int64)
        order = np.argsort(at)  # sorted questions stay in the processor's cache: six times as fast
        places[order] = np.searchsorted(self._sums, at[order], side="right")
        return self.items[np.clip(places, self.indptr[groups], self.indptr[groups + 1] - 1)]

    def walk(self, groups: NDArray[Any], steps: NDArray[Any]) -> NDArray[np.int32]:
        """The item at place `steps`, (m,), of each of `groups`, (m,), heaviest first, round and round."""
        places = steps % np.maximum(self.sizes[groups], 1)
        items: NDArray[np.int32] = self.items[self.indptr[groups] + places]
        return items


def pick(cumulative: NDArray[np.float64], rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    """N draws from the distribution whose running sums, (k,), end in its total; returns (n,) below k."""
    places = np.searchsorted(cumulative, rng.random(n) * cumulative[-1], side="right")
    picked: NDArray[np.int64] = np.minimum(places, len(cumulative) - 1)
    return picked


def on_curve(knots: tuple[tuple[float, float], ...], at: NDArray[Any]) -> NDArray[np.float64]:
    """The curve through the knots at the points `at`, (n,): straight on logarithmic axes, flat outside."""
    x, y = np.log(np.array(knots)).T
    values: NDArray[np.float64] = np.exp(np.interp(np.log(at), x, y))
    return values
