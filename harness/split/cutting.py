"""Complete playlists cut into seeds and what may be withheld."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.randomness import hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Ragged


def shown(
    entries: Ragged, pids: NDArray[np.int64], n_seeds: NDArray[np.int64], at_random: NDArray[np.bool_], seed: int
) -> NDArray[np.bool_]:
    """Which entries are seeds, (total,): the first of a playlist, or those with the smallest hashes.

    Args:
        entries: n playlists, whole.
        pids: (n,).
        n_seeds: how many seeds each has, (n,); a shorter playlist is shown whole.
        at_random: whose seeds are drawn by hash, (n,).
        seed: another seed draws others.
    """
    rows = entries.row_ids
    positions = np.arange(len(entries.values)) - entries.indptr[rows]
    rank_of = positions.copy()
    drawn_at_random = at_random[rows]
    order = np.lexsort((hashes(seed, "seeds", pids[rows], positions), rows))
    by_hash = np.empty_like(positions)
    by_hash[order] = positions
    rank_of[drawn_at_random] = by_hash[drawn_at_random]
    return rank_of < n_seeds[rows]


def repeats_a_seed(entries: Ragged, seeds: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which entries, (total,), are of a track that is a seed of the same playlist; seeds themselves are."""
    keys = _keys(entries)
    return np.isin(keys, keys[seeds])


def first_of_its_kind(entries: Ragged, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The kept entries without those that repeat an earlier kept one of the same playlist, (total,)."""
    at = np.flatnonzero(kept)
    first = np.zeros(len(kept), np.bool_)
    first[at[np.unique(_keys(entries)[at], return_index=True)[1]]] = True
    return first


def _keys(entries: Ragged) -> NDArray[np.int64]:
    """One number for each (playlist, track), (total,)."""
    return entries.row_ids.astype(np.int64) * (int(entries.values.max(initial=0)) + 1) + entries.values
