"""Weighted random draws within groups, for many groups at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEW_GROUPS = 1 << 16
"""Maximum number of groups that fit 16 bits, which NumPy sorts by radix, many times as fast."""

LOG_RANGE = 128.0
"""Upper bound on the range of the logarithms of a group's weights."""


class Grouped:
    """Weighted items in groups, to be drawn from any group.

    A draw is a binary search in one array of cumulative weights, sorted by group.

    Attributes:
        items: the items sorted by group, (n,) int32.
        indptr: group g is `items[indptr[g]:indptr[g + 1]]`, (n_groups + 1,) int64.
    """

    def __init__(
        self, groups: NDArray[Any], weights: NDArray[Any], n_groups: int, *, heaviest_first: bool = False
    ) -> None:
        """Sort the items by group and accumulate their weights.

        Args:
            groups: group of each item, (n,) integers below n_groups.
            weights: positive weight of each item, (n,).
            n_groups: number of groups; an empty group is allowed, but cannot be drawn from.
            heaviest_first: whether a group's items are sorted by weight, as `walk` requires.
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
        """Number of items of each group, (n_groups,)."""
        return np.diff(self.indptr)

    def draw(self, groups: NDArray[Any], rng: np.random.Generator) -> NDArray[np.int32]:
        """Draw one item by weight from each of `groups`, (m,); returns (m,) int32."""
        drawn_sums = self._starts[groups] + rng.random(len(groups)) * self._totals[groups]
        places = np.empty(len(drawn_sums), np.int64)
        order = np.argsort(drawn_sums)  # sorted queries stay in the processor's cache: six times as fast
        places[order] = np.searchsorted(self._sums, drawn_sums[order], side="right")
        return self.items[np.clip(places, self.indptr[groups], self.indptr[groups + 1] - 1)]

    def walk(self, groups: NDArray[Any], steps: NDArray[Any]) -> NDArray[np.int32]:
        """The item of rank `steps`, (m,), in each of `groups`, (m,), heaviest first, cyclically."""
        places = steps % np.maximum(self.sizes[groups], 1)
        items: NDArray[np.int32] = self.items[self.indptr[groups] + places]
        return items


def pick(cumulative: NDArray[np.float64], rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    """Draw n indices from a distribution given by its cumulative sums, (k,); returns (n,) below k."""
    places = np.searchsorted(cumulative, rng.random(n) * cumulative[-1], side="right")
    picked: NDArray[np.int64] = np.minimum(places, len(cumulative) - 1)
    return picked


def on_curve(knots: tuple[tuple[float, float], ...], x: NDArray[Any]) -> NDArray[np.float64]:
    """Values at `x`, (n,), of the curve through the knots: linear on logarithmic axes, constant outside."""
    log_x, log_y = np.log(np.array(knots)).T
    values: NDArray[np.float64] = np.exp(np.interp(np.log(x), log_x, log_y))
    return values
