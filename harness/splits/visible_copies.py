"""Training playlists that are the visible parts of a challenge's playlists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.kit.randomness import row_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Challenge, Playlists

    Rows = NDArray[np.int64]

LEAST_SEEDS = 5
"""Minimum number of seeds; shorter visible parts can equal a training playlist by coincidence."""

COMMON = 0.5
"""Share of the challenge's playlists that must have a copy before copies count as deliberate."""


def visible_copies(train: Playlists, challenge: Challenge) -> Rows:
    """The training playlist that contains exactly the seeds of each incomplete playlist, (n,); -1 where there is none.

    Some contests also put the visible parts of their playlists into the training set, under other pids. A copy in the
    same order takes precedence over one in another order. A few copies are coincidence: unless at least half of the
    playlists with five or more seeds have one, all rows are -1. A training playlist is a copy of at most one.
    """
    rows = np.full(len(challenge), -1, np.int64)
    long_enough = challenge.seeds.lengths >= LEAST_SEEDS
    for in_order in (True, False):
        unmatched = np.flatnonzero(long_enough & (rows < 0))
        rows[unmatched] = _equal_rows(
            row_hashes(train.tracks, in_order=in_order), row_hashes(challenge.seeds, in_order=in_order)[unmatched]
        )
    if (rows >= 0).sum() < COMMON * max(long_enough.sum(), 1):
        return np.full(len(challenge), -1, np.int64)
    rows[~_first_of_each(rows)] = -1
    return rows


def _equal_rows(keys: NDArray[np.uint64], searched: NDArray[np.uint64]) -> Rows:
    """The first row that has each of the searched keys, (n,); -1 where there is none."""
    if not len(keys):
        return np.full(len(searched), -1, np.int64)
    order = np.argsort(keys, kind="stable")
    candidates = order[np.minimum(np.searchsorted(keys[order], searched), len(order) - 1)]
    return np.where(keys[candidates] == searched, candidates, -1)


def _first_of_each(rows: Rows) -> NDArray[np.bool_]:
    first = np.zeros(len(rows), np.bool_)
    first[np.unique(rows, return_index=True)[1]] = True
    return first
