"""Playlists are continued with the artists they have."""

import numpy as np

import harness


@harness.recommender("artist")
class Artist:
    """Recommend the most frequent tracks of the seeds' artists."""

    per_artist: int = 100
    """How many tracks an artist gives at most."""

    def fit(self, train, challenge):
        del challenge
        self.counts_ = train.track_counts().astype(np.float32)
        self.artist_of_ = train.catalog.artist_of + 1  # an unknown artist becomes row 0
        order = np.lexsort((-self.counts_, self.artist_of_))
        self.by_artist_ = harness.Ragged.from_lengths(np.bincount(self.artist_of_), order)

    def recommend(self, challenge, k):
        tracks = np.full((len(challenge), k + challenge.seeds.lengths.max(initial=0)), -1, np.int32)
        for row, seeds in enumerate(map(challenge.seeds.row, range(len(challenge)))):
            artists = np.unique(self.artist_of_[seeds[seeds < len(self.artist_of_)]])
            found = [self.by_artist_.row(artist)[: self.per_artist] for artist in artists if artist]
            best = np.concatenate([np.empty(0, np.int32), *found])
            best = best[np.argsort(-self.counts_[best], kind="stable")][: tracks.shape[1]]
            tracks[row, : len(best)] = best
        return harness.kit.without_seeds(tracks, self.counts_[tracks], challenge.seeds, k)
