"""Popularity baseline: the most frequent tracks, without the seeds."""

import numpy as np

import harness
from harness import Challenge, Playlists, Ragged, Ranked


@harness.recommender("popularity")
class Popularity:
    """Recommend the tracks with the most entries in the training set.

    The score of a track is its number of entries; ties are broken by the lower track id. Cost: fit is one pass over
    the entries, recommend is O(k) per playlist.

    Source: baseline of the challenge's organisers, Zamani et al. 2019, arXiv:1810.01520.
    """

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Count the entries of each track."""
        del challenge
        self.counts_ = train.track_counts().astype(np.float32)
        self.order_ = np.argsort(-self.counts_, kind="stable").astype(np.int32)

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k most frequent tracks that are not seeds."""
        longest = int(challenge.seeds.lengths.max(initial=0))
        lists = np.tile(self.order_[: k + longest], (len(challenge), 1))
        return harness.kit.without_seeds(lists, self.counts_[lists], challenge.seeds, k)

    def score(self, challenge: Challenge, candidates: Ragged) -> np.ndarray:
        """The number of entries of each candidate; 0 for tracks that are not in the training catalog."""
        del challenge
        known = candidates.values < len(self.counts_)
        return np.where(known, self.counts_[np.where(known, candidates.values, 0)], np.float32(0))
