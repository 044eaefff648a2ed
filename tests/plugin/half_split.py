"""A split that withholds the second half of a playlist."""

from typing import Annotated

import numpy as np

import harness


@harness.split("half-split", metrics=("recall@100", "ndcg"))
class HalfSplit:
    """Show the first half of every tenth playlist and withhold the second; the next playlist is for the test.

    Withheld tracks are distinct, are not among the seeds and occur in the training set; a playlist without any
    stays in the training set.
    """

    every: Annotated[int, harness.Bounds(ge=3)] = 10
    """One playlist out of this many goes to each holdout."""

    def cut(self, playlists, seed):
        position = (np.arange(len(playlists)) + seed) % self.every
        trained = playlists.take(position >= 2).track_counts() > 0  # (n_tracks,)
        holdouts = [
            self._local_challenge(playlists, np.flatnonzero(position == holdout), trained) for holdout in (0, 1)
        ]
        return harness.Holdouts("half-split", seed, {"every": self.every}, *holdouts, {}, {})

    @staticmethod
    def _local_challenge(playlists, rows, trained):
        entries = playlists.tracks.take(rows)
        is_seed = entries.places < entries.lengths[entries.row_ids] // 2  # (n_entries,)
        repeats_a_seed = np.isin(entries.pairs, entries.pairs[is_seed])
        withheld = entries.keep(~repeats_a_seed & trained[entries.values])
        withheld = withheld.keep(~withheld.is_repeat)
        seeds = entries.keep(is_seed)
        positions = harness.Ragged(seeds.indptr, entries.places[is_seed].astype(np.int32))
        usable = np.flatnonzero(withheld.lengths)
        return harness.LocalChallenge(
            rows[usable],
            np.zeros(len(usable), np.int64),  # category 0: none of the official ten
            seeds.take(usable),
            positions.take(usable),
            withheld.take(usable),
            np.zeros(len(usable), np.bool_),  # titles are shown
        )
