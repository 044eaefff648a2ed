"""Neural network that predicts tracks from the mean and standard deviation of the seed vectors."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import numpy as np

import harness
from recommenders import _cuts, _training, _vectors
from recommenders._perceptrons import Perceptrons, Statistics
from recommenders._vocabulary import Vocabulary

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from harness import Challenge, Playlists, Ragged, Ranked


N_FIRST_BATCHES = 4
"""Number of training batches whose loss decides on the scale of the initial vectors."""

ARRAYS = "mean_variance.npz"


@harness.recommender("mean-variance")
class MeanVariance(_training.Schedule):
    """Predict a playlist's tracks from the mean and standard deviation of its seed vectors.

    Each track has an input vector e, an output vector w and an output bias. With S the seeds of a playlist, and
    perceptrons of widths d, 2 d, d, each f(x) = W2 relu(W1 x + b1) + b2::

        m  = mean over i in S of e(i)
        s  = sqrt(mean over i in S of (e(i) - m)^2 + 0.0001), elementwise
        x  = m + f_first(m) + s         with uses=mean: m + f_first(m), with uses=variance: s + f_first(s)
        y  = x + relu(f_second(x))
        score(i) = w(i) * f_head(y) + bias(i)

    Training cuts each playlist in two at random: S is one part, and up to `targets` tracks of the other part are the
    targets. The loss is a sampled softmax cross-entropy over the target and the negatives of the batch. Negatives are
    drawn with a probability q proportional to (number of playlists)^exponent; those in the playlist are excluded.
    log(n_negatives * q(i)) is subtracted from each score, so that the sampled softmax estimates the full one. S has a
    random size, so the network serves any number of seeds.

    Initially the vectors are singular vectors of the playlists, the head is the identity (relu(x) - relu(-x) = x) and
    the other perceptrons are near 0: the network starts as a factorisation, and does not collapse to one list for all
    playlists. The scale of the vectors is the one with the least loss before training, so that one learning rate suits
    corpora of every size. Training stops when the loss on validation playlists no longer decreases. A playlist without
    known seeds gets an empty list.

    Cost: fit takes O(n_playlists * (targets + negatives + factors) * factors) operations per epoch, and 32 * factors
    bytes per track with vectors (both vectors, twice that for Adam, and the best epoch). Recommend takes
    2 * n_tracks * factors operations per playlist.

    Source: a student project on the MPD, with other initial weights, optimiser and loss here; the loss: Jean et al.
    2015, "On Using Very Large Target Vocabulary for Neural Machine Translation".
    """

    factors: Annotated[int, harness.Bounds(ge=1, le=4_096)] = 128
    """Dimension d of the vectors."""
    negatives: Annotated[int, harness.Bounds(ge=1, le=1_000_000)] = 2_000
    learning_rate: Annotated[float, harness.Bounds(gt=0, le=1)] = 0.001
    """Learning rate of Adam."""
    epochs: Annotated[int, harness.Bounds(ge=1, le=1_000)] = 20
    uses: Statistics = "both"
    """Statistics of the seed vectors that enter the network: m (mean), s (variance) or both. On real playlists `mean`
    is as good or better (benchmarks/real.md)."""

    @_training.one_blas_thread
    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Train the network."""
        del challenge
        self.vocabulary_ = Vocabulary.of(train, self.max_tracks)
        n_rows = len(self.vocabulary_)
        playlists = _cuts.learnable(train, self.vocabulary_)
        popular = _cuts.Popular(playlists, n_rows, self.exponent)
        self.network_ = Perceptrons.initial(n_rows, self.factors, popular.log_q, self.seed, self.uses)
        if len(playlists):
            rng = harness.kit.generator(self.seed, "first vectors")
            vectors = _vectors.singular_vectors(playlists, n_rows, self.factors, rng)
            batches = self.batches(playlists, popular).of(rng.permutation(len(playlists)), rng)
            self.network_.start_at(vectors, list(islice(batches, N_FIRST_BATCHES)))
        self.train("mean-variance", self.network_, playlists, popular)
        self.held_ = (train.track_counts() > 0) & (self.vocabulary_.row_of >= 0)
        self._derive()

    @_training.one_blas_thread
    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k highest-scoring tracks that are not seeds."""
        queries, indptr = self._queries(challenge.seeds)
        return harness.kit.top_inner_products(queries, indptr, self.vectors_, challenge.seeds, k, threads=self.threads)

    @_training.one_blas_thread
    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """Scores of the candidates, (total,); 0 for unknown tracks and for playlists without known seeds."""
        queries, indptr = self._queries(challenge.seeds)
        return harness.kit.inner_product_scores(queries, indptr, self.vectors_, candidates, threads=self.threads)

    def track_vectors(self) -> NDArray[np.float32]:
        """Output vectors w of the tracks, (n_tracks, factors); 0 for a track without one."""
        return self.vectors_[:, :-1]

    def save(self, folder: Path) -> None:
        """Save the network."""
        self.save_history(folder)
        arrays = {"held": self.held_, "vocabulary": self.vocabulary_.tracks}
        np.savez(folder / ARRAYS, allow_pickle=False, **arrays, **self.network_.parameters)

    def load(self, folder: Path) -> None:
        """Load it."""
        self.load_history(folder)
        with np.load(folder / ARRAYS) as archive:
            arrays = dict(archive)
        self.held_ = arrays.pop("held")
        self.vocabulary_ = Vocabulary(arrays.pop("vocabulary"), len(self.held_))
        self.network_ = Perceptrons(arrays, np.zeros(len(self.vocabulary_), np.float32), self.uses)
        self._derive()

    def _derive(self) -> None:
        """Set the track vectors with the bias as a further dimension; tracks without vectors are 0."""
        p = self.network_.parameters
        self.vectors_ = np.zeros((len(self.held_), self.factors + 1), np.float32)
        self.vectors_[self.vocabulary_.tracks] = np.hstack([p["tracks"], p["bias"][:, None]])
        self.vectors_[~self.held_] = 0

    def _queries(self, seeds: Ragged) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Query vectors, and the offsets of each row's queries, (n + 1,), for `top_inner_products`."""
        known = _cuts.distinct_tracks(seeds, len(self.held_))
        known = known.keep(self.held_[known.values])
        served = known.lengths > 0
        vectors = self.network_.playlist_vectors(self.vocabulary_.rows(known).take(served))
        ones = np.ones((len(vectors), 1), np.float32)
        return np.hstack([vectors, ones]), np.concatenate([[0], np.cumsum(served)])
