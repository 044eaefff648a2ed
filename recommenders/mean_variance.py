"""A network tells a playlist's tracks from the mean and the deviation of the vectors of those it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import harness
from recommenders import _cuts, _training, _vectors
from recommenders._perceptrons import Perceptrons

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from harness import Challenge, Playlists, Ragged, Ranked


SEED_LENGTH, TRACK_LENGTH = 0.3, 0.3
"""Root mean square of the numbers that the vectors of seeds and of tracks begin with."""

ARRAYS = "mean_variance.npz"


@harness.recommender("mean-variance")
class MeanVariance:
    """Recommend the tracks that a network expects after the mean and the deviation of the seeds' vectors.

    Each track has a vector e as a seed and a vector w, with a bias, as a track to be told. With S the seeds of a
    playlist, and perceptrons of the widths d, 2 d, d, each f(x) = W2 relu(W1 x + b1) + b2::

        m  = mean over i in S of e(i)
        s  = sqrt(mean over i in S of (e(i) - m)^2 + 0.0001), number by number
        x  = m + f_mean(m)
        y  = (x + m + s) + f_both(x + m + s)
        score(i) = w(i) * f_head(y) + bias(i)

    In training, a playlist is cut in two at random: S is one half, and the loss is the cross-entropy of the softmax
    over all tracks for up to `targets` tracks of the other half. The softmax is sampled: over the target and the
    negatives, which are drawn for a whole batch by q, proportional to (number of playlists)^exponent, those that
    the playlist holds left out. Each score is lessened by log(n_negatives * q(i)), which makes the sampled softmax
    an estimate of the full one. Any number of seeds can be cut off, so any number is served.

    Vectors begin as singular vectors of the playlists, the head as the identity (relu(x) - relu(-x) = x) and the
    other perceptrons near 0, so the network begins as a factorisation and cannot fall into one list for all.
    Training ends when the loss of playlists that it does not learn from no longer falls. A playlist without
    known seeds gets an empty list.

    Fit costs O(n_playlists * (targets + negatives + factors) * factors) operations an epoch, and 32 * factors bytes
    a track (both vectors, twice that for Adam, and the best so far); recommend 2 * n_tracks * factors operations
    a playlist.

    Source: a student project on the MPD, whose network is this one but for the first weights, the optimiser and
    the loss; the loss: Jean et al. 2015, "On Using Very Large Target Vocabulary for Neural Machine Translation".
    """

    factors: int = 64
    """Length d of the vectors."""
    targets: int = 16
    """How many tracks of a playlist are learnt each time it is read, at most."""
    negatives: int = 2_000
    """How many negatives are drawn for a batch."""
    exponent: float = 0.75
    """Exponent of a track's frequency in the draw of negatives."""
    learning_rate: float = 0.002
    """Adam's step; take 0.0003 for 1,000,000 playlists, where more undoes the factorisation it begins as."""
    batch: int = 256
    """Playlists a step."""
    epochs: int = 20
    """How often all playlists are read, at most."""
    patience: int = 2
    """Training ends after so many epochs without a smaller loss on the validation part."""
    validation: float = 0.05
    """Share of the training playlists that only say when to end."""
    threads: int = 0
    """Threads that recommend, 0 for one a core; the lists do not depend on it. Training has one."""
    seed: int = 0
    """Of the first vectors, the cuts and the draws."""

    def __post_init__(self) -> None:
        """Refuse values without a meaning; raises ValueError."""
        _training.check(self)
        if self.factors < 1:
            raise ValueError(f"factors={self.factors}: it must be at least 1")

    @_training.one_blas_thread
    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Train the network."""
        del challenge
        n_tracks = train.catalog.n_tracks
        playlists = _cuts.learnable(train)
        popular = _cuts.Popular(playlists, n_tracks, self.exponent)
        self.network_ = Perceptrons.begun(n_tracks, self.factors, popular.log_q, self.seed)
        if len(playlists):
            rng = harness.generator(self.seed, "first vectors")
            vectors = _vectors.singular_vectors(playlists, n_tracks, self.factors, rng)
            self.network_.parameters["seeds"][:] = vectors * SEED_LENGTH
            self.network_.parameters["tracks"][:] = vectors * TRACK_LENGTH
            _training.train_as(self, self.network_, playlists, popular)
        self.held_ = train.track_counts() > 0
        self._derive()

    @_training.one_blas_thread
    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k best tracks that are no seeds."""
        queries, indptr = self._queries(challenge.seeds)
        return harness.top_inner_products(queries, indptr, self.vectors_, challenge.seeds, k, threads=self.threads)

    @_training.one_blas_thread
    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """The scores of the candidates, (total,); 0 for unknown tracks and without known seeds."""
        queries, indptr = self._queries(challenge.seeds)
        return harness.inner_product_scores(queries, indptr, self.vectors_, candidates, threads=self.threads)

    def save(self, folder: Path) -> None:
        """Keep the network."""
        np.savez(folder / ARRAYS, allow_pickle=False, held=self.held_, **self.network_.parameters)

    def load(self, folder: Path) -> None:
        """Read it back."""
        with np.load(folder / ARRAYS) as archive:
            arrays = dict(archive)
        self.held_ = arrays.pop("held")
        self.network_ = Perceptrons(arrays, np.zeros(len(self.held_), np.float32))
        self._derive()

    def _derive(self) -> None:
        """The tracks as `top_inner_products` takes them: the bias is one more number, and unheard tracks are 0."""
        p = self.network_.parameters
        self.vectors_ = np.hstack([p["tracks"], p["bias"][:, None]]) * self.held_[:, None]

    def _queries(self, seeds: Ragged) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The vectors that lists are near to, and whose they are, as `top_inner_products` takes them."""
        known = _cuts.distinct_tracks(seeds, len(self.held_))
        known = known.keep(self.held_[known.values])
        served = known.lengths > 0
        told = self.network_.told(known.take(served))
        ones = np.ones((len(told), 1), np.float32)
        return np.hstack([told, ones]), np.concatenate([[0], np.cumsum(served)])
