"""Challenge playlists that one training playlist contains completely."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.ragged import Ragged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Challenge, Playlists

PAIRS = 20_000
"""Pairs of playlists that are compared at once, which bounds the memory."""


def complete_copies(
    train: Playlists, challenge: Challenge, withheld: Ragged, *, at_once: int = PAIRS
) -> NDArray[np.bool_]:
    """Whether one training playlist contains all seeds and withheld tracks of an incomplete playlist, (n,).

    Only training playlists that have the playlist's rarest track are compared with it, so this takes seconds for
    1,000,000 training playlists. A playlist without tracks is contained in none. `at_once` pairs are compared at once.
    """
    whole = _joined(challenge.seeds, withheld)
    rare = _rarest(whole, np.bincount(train.tracks.values, minlength=int(whole.values.max(initial=-1)) + 1))
    rows, candidates = _holders(train.tracks, rare)
    contained = np.zeros(len(challenge), np.bool_)
    for first in range(0, len(rows), at_once):
        of, compared = rows[first : first + at_once], train.tracks.take(candidates[first : first + at_once])
        wanted = whole.take(of)
        n_found = np.bincount(wanted.row_ids[np.isin(wanted.pairs, compared.pairs)], minlength=len(of))
        contained[of[n_found == wanted.lengths]] = True
    return contained


def _joined(seeds: Ragged, withheld: Ragged) -> Ragged:
    """The distinct tracks of each playlist."""
    rows = np.concatenate([seeds.row_ids, withheld.row_ids])
    values = np.concatenate([seeds.values, withheld.values])
    order = np.argsort(rows, kind="stable")
    both = Ragged.from_lengths(seeds.lengths + withheld.lengths, values[order])
    return both.keep(~both.is_repeat)


def _rarest(whole: Ragged, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The track of each playlist that the fewest training entries name, (n,); -1 without tracks."""
    order = np.lexsort((counts[whole.values], whole.row_ids))
    rare = np.full(len(whole), -1, np.int64)
    filled = np.flatnonzero(whole.lengths)
    rare[filled] = whole.values[order][whole.indptr[filled]]
    return rare


def _holders(tracks: Ragged, rare: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of an incomplete playlist and a training playlist with its rarest track."""
    import polars as pl

    is_rare = np.zeros(int(max(tracks.values.max(initial=-1), rare.max(initial=-1))) + 1, np.bool_)
    is_rare[rare[rare >= 0]] = True
    holders = tracks.keep(is_rare[tracks.values])
    rows = pl.DataFrame({"row": np.arange(len(rare)), "track": rare})
    playlists = pl.DataFrame({"holder": holders.row_ids.astype(np.int64), "track": holders.values.astype(np.int64)})
    pairs = rows.join(playlists.unique(), on="track").sort("row", "holder")
    return pairs["row"].to_numpy(), pairs["holder"].to_numpy()
