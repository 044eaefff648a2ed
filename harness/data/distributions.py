"""Distributions of numbers: mean, deviation, quantiles, histogram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

QUANTILES = (0, 10, 25, 50, 75, 90, 99, 100)
"""Percentiles of a distribution."""

BINS = 30
"""Number of bins of equal width."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Number of values per bin.

    Attributes:
        edges: ascending bounds of the bins, n + 1; a bin contains its lower bound, the last one both.
        counts: number of values in each bin, n.
    """

    edges: list[float]
    counts: list[int]

    @classmethod
    def of(cls, values: NDArray[np.float64], edges: ArrayLike) -> Self:
        """Count values, (n,), between ascending edges."""
        counts, bounds = np.histogram(values, np.asarray(edges, np.float64))
        return cls(bounds.tolist(), counts.tolist())


@dataclass(frozen=True, slots=True)
class Distribution:
    """Distribution of a number over playlists or tracks.

    Attributes:
        n_known: number of known values, at least 1.
        mean: their mean.
        deviation: their standard deviation, with n in the denominator.
        quantiles: percentile, as `50 %`, -> the least value that at least this share does not exceed.
        histogram: of the known values.
    """

    n_known: int
    mean: float
    deviation: float
    quantiles: dict[str, float]
    histogram: Histogram


def distribution(values: NDArray[np.float64], *, doubling: bool = False) -> Distribution | None:
    """Compute the distribution of values, (n,), of which NaN is unknown; None if all are unknown.

    Args:
        values: any numbers.
        doubling: bins that double in width, for counts on a logarithmic scale; otherwise bins of equal width.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    quantiles = np.percentile(known, QUANTILES, method="inverted_cdf").tolist()
    edges = doubling_edges(known) if doubling else even_edges(known)
    return Distribution(
        len(known),
        float(known.mean()),
        float(known.std()),
        {f"{q} %": value for q, value in zip(QUANTILES, quantiles, strict=True)},
        Histogram.of(known, edges),
    )


def even_edges(values: NDArray[np.float64]) -> list[float]:
    """Edges of at most `BINS` bins of equal width; whole numbers of a small range have a bin each, centred on it."""
    edges = np.histogram_bin_edges(values, BINS)
    low, high = float(values.min(initial=np.inf)), float(values.max(initial=-np.inf))
    if len(values) and high - low < BINS and bool((values == np.round(values)).all()):
        edges = np.arange(low - 0.5, high + 1)
    return [float(edge) for edge in edges]


def doubling_edges(values: NDArray[np.float64]) -> list[float]:
    """Edges 0, 1, 2, 4, 8, … up to the first above the largest value; an additional first edge if any is negative."""
    n_doublings = int(np.floor(np.log2(max(float(values.max()), 1.0)))) + 2
    edges = [0.0, *(2.0 ** np.arange(n_doublings)).tolist()]
    return [float(values.min()), *edges] if values.min() < 0 else edges
