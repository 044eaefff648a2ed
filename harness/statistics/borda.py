"""Borda sum over several metrics: the overall ranking of the challenge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def borda(means: NDArray[np.float64], higher_is_better: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Borda sum of each run: per metric, one point for every run with a worse mean, half a point for every tie.

    Args:
        means: (..., n_runs, n_metrics), one leaderboard, or several of the same size.
        higher_is_better: (n_metrics,).

    Returns:
        Points, (..., n_runs). Source: the challenge's rules.
    """
    signed = np.where(higher_is_better, means, -means)
    row, column = signed[..., :, None, :], signed[..., None, :, :]
    beaten = (row > column).sum(axis=(-2, -1))
    tied = (row == column).sum(axis=(-2, -1)) - means.shape[-1]
    points: NDArray[np.float64] = beaten + tied / 2
    return points
