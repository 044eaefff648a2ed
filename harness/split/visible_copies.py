"""Training playlists that are the visible parts of a challenge's playlists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.randomness import hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Challenge, Playlists, Ragged

    Rows = NDArray[np.int64]

LEAST_SEEDS = 5
"""Shorter visible parts equal some training playlist by chance."""

COMMON = 0.5
"""Share of the challenge's playlists that must have a copy before copies count as deliberate."""


def visible_copies(train: Playlists, challenge: Challenge) -> Rows:
    """The training playlist that holds exactly the seeds of each incomplete playlist, (n,), -1 where none does.

    The order does not matter. Some contests put what is shown of their playlists into the training set too, under
    other pids. Copies of single playlists are chance: unless at least half of the playlists with five seeds or more
    have one, all answers are -1. Each training playlist is the copy of one playlist at most.
    """
    rows = np.full(len(challenge), -1, np.int64)
    long_enough = np.flatnonzero(challenge.seeds.lengths >= LEAST_SEEDS)
    keys, wanted = _contents(train.tracks), _contents(challenge.seeds)[long_enough]
    order = np.argsort(keys, kind="stable")
    places = np.minimum(np.searchsorted(keys[order], wanted), max(len(order) - 1, 0))
    found = order[places]
    same = keys[found] == wanted
    rows[long_enough[same]] = found[same]
    if same.sum() < COMMON * max(len(long_enough), 1) or not len(long_enough):
        return np.full(len(challenge), -1, np.int64)
    rows[~_first_of_each(rows)] = -1
    return rows


def _contents(rows: Ragged) -> NDArray[np.uint64]:
    """A hash of the tracks of each row, whatever their order, (n,)."""
    sums = np.zeros(len(rows.values) + 1, np.uint64)
    np.cumsum(hashes(0, "contents of a playlist", rows.values), out=sums[1:])
    contents: NDArray[np.uint64] = sums[rows.indptr[1:]] - sums[rows.indptr[:-1]]
    return contents


def _first_of_each(rows: Rows) -> NDArray[np.bool_]:
    first = np.zeros(len(rows), np.bool_)
    first[np.unique(rows, return_index=True)[1]] = True
    return first
