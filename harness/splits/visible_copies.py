"""Training playlists that are the visible parts of a challenge's playlists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.kit.randomness import hashes

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

    Some contests put what is shown of their playlists into the training set too, under other pids. A playlist in the
    same order is preferred to one in another. Copies of single playlists are chance: unless at least half of the
    playlists with five seeds or more have one, all answers are -1. Each training playlist is the copy of one at most.
    """
    rows = np.full(len(challenge), -1, np.int64)
    long_enough = challenge.seeds.lengths >= LEAST_SEEDS
    for in_order in (True, False):
        wanted = np.flatnonzero(long_enough & (rows < 0))
        rows[wanted] = _equal_rows(
            _keys(train.tracks, in_order=in_order), _keys(challenge.seeds, in_order=in_order)[wanted]
        )
    if (rows >= 0).sum() < COMMON * max(long_enough.sum(), 1):
        return np.full(len(challenge), -1, np.int64)
    rows[~_first_of_each(rows)] = -1
    return rows


def _equal_rows(keys: NDArray[np.uint64], wanted: NDArray[np.uint64]) -> Rows:
    """The first row with each key, -1 where there is none, (n,)."""
    if not len(keys):
        return np.full(len(wanted), -1, np.int64)
    order = np.argsort(keys, kind="stable")
    found = order[np.minimum(np.searchsorted(keys[order], wanted), len(order) - 1)]
    return np.where(keys[found] == wanted, found, -1)


def _keys(rows: Ragged, *, in_order: bool) -> NDArray[np.uint64]:
    """A hash of the tracks of each row, with their places or whatever their order, (n,)."""
    places = rows.places if in_order else np.zeros(len(rows.values), np.int64)
    sums = np.zeros(len(rows.values) + 1, np.uint64)
    np.cumsum(hashes(0, "contents of a playlist", rows.values, places), out=sums[1:])
    keys: NDArray[np.uint64] = sums[rows.indptr[1:]] - sums[rows.indptr[:-1]]
    return keys


def _first_of_each(rows: Rows) -> NDArray[np.bool_]:
    first = np.zeros(len(rows), np.bool_)
    first[np.unique(rows, return_index=True)[1]] = True
    return first
