"""The challenge's overall order: the Borda sum over its metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def borda(means: NDArray[np.float64], higher_is_better: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The Borda sum: for each metric a point for every run that is beaten, half a point for a tie.

    Args:
        means: (..., n_runs, n_metrics), one board or several of the same size.
        higher_is_better: (n_metrics,).

    Returns:
        Points, (..., n_runs). Source: the challenge's rules.
    """
    signed = np.where(higher_is_better, means, -means)
    own, other = signed[..., :, None, :], signed[..., None, :, :]
    beaten = (own > other).sum(axis=(-2, -1))
    tied = (own == other).sum(axis=(-2, -1)) - means.shape[-1]
    points: NDArray[np.float64] = beaten + tied / 2
    return points
