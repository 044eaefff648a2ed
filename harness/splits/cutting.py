"""Cutting of playlists into seeds and withheld tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.kit.randomness import hashes
from harness.ragged import Ragged
from harness.rules import CATEGORIES
from harness.splits.holdouts import LocalChallenge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Playlists


class Cutter:
    """Cuts playlists that leave the training set; counts dropped entries by reason."""

    def __init__(self, playlists: Playlists, drawn: NDArray[np.int64], *, keep_repeats: bool = False) -> None:
        """Count the entries of each track that stay in the training set.

        Args:
            playlists: the corpus.
            drawn: rows of all holdouts; a track that occurs in no other row cannot be withheld.
            keep_repeats: keep withheld entries that repeat a seed.
        """
        self.dropped = {"not in train": 0, "repeats a seed": 0, "repeats a withheld track": 0}
        self._keep_repeats = keep_repeats
        self._left = playlists.track_counts() - np.bincount(
            playlists.tracks.take(drawn).values, minlength=playlists.catalog.n_tracks
        )

    def cut(
        self, rows: NDArray[np.int64], categories: NDArray[np.int64], entries: Ragged, shown: NDArray[np.bool_]
    ) -> LocalChallenge:
        """Cut these playlists into a local challenge.

        Args:
            rows: (n,) int64.
            categories: (n,) int64.
            entries: the n complete playlists.
            shown: True for entries that are seeds, (total,) bool.
        """
        kept = ~shown
        if not self._keep_repeats:
            repeats = kept & repeats_a_seed(entries, shown)
            self.dropped["repeats a seed"] += int(repeats.sum())
            kept &= ~repeats
        unseen = kept & (self._left[entries.values] == 0)
        self.dropped["not in train"] += int(unseen.sum())
        kept &= ~unseen
        withheld = entries.keep(kept)
        self.dropped["repeats a withheld track"] += int(withheld.is_repeat.sum())
        seeds = entries.keep(shown)
        positions = Ragged(seeds.indptr, entries.places[shown].astype(np.int32))
        untitled = np.isin(categories, [category.number for category in CATEGORIES if not category.titled])
        return LocalChallenge(rows, categories, seeds, positions, withheld.keep(~withheld.is_repeat), untitled)


def shown(
    entries: Ragged, pids: NDArray[np.int64], n_seeds: NDArray[np.int64], at_random: NDArray[np.bool_], seed: int
) -> NDArray[np.bool_]:
    """Seeds among the entries, (total,) bool: the first of a playlist, or those with the smallest hashes.

    Args:
        entries: n complete playlists.
        pids: (n,).
        n_seeds: number of seeds of each, (n,); a shorter playlist is shown completely.
        at_random: True where the seeds are drawn by hash, (n,).
        seed: seed of the draw.
    """
    rows = entries.row_ids
    positions = entries.places
    rank_of = positions.copy()
    drawn_at_random = at_random[rows]
    order = np.lexsort((hashes(seed, "seeds", pids[rows], positions), rows))
    by_hash = np.empty_like(positions)
    by_hash[order] = positions
    rank_of[drawn_at_random] = by_hash[drawn_at_random]
    return rank_of < n_seeds[rows]


def repeats_a_seed(entries: Ragged, seeds: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Entries whose track is a seed of the same playlist, (total,) bool; True for the seeds as well."""
    pairs = entries.pairs
    return np.isin(pairs, pairs[seeds])
