"""A network tells a playlist's tracks from the mean and the deviation of the vectors of those it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

import harness
from recommenders import _training
from recommenders._training import Gradient, pooling, summing

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Challenge, Playlists, Ragged, Ranked
    from recommenders._training import Batch, Ids

    Floats = NDArray[np.floating]

PERCEPTRONS = ("mean", "both", "head")
"""The one on the mean, the one on mean and deviation, and the one before the tracks, in their order."""

LEAST_VARIANCE = 1e-4
"""Added to variances: the deviation of a single track has a slope then."""

NOISE = 0.1
"""Size of what is added at random to the first weights, beside those of the identity."""

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
    """Adam's step."""
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
        for name in ("factors", "targets", "negatives", "batch", "epochs", "patience"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)}: it must be at least 1")
        if self.learning_rate <= 0:
            raise ValueError(f"learning_rate={self.learning_rate}: it must be above 0")
        if not 0 <= self.validation < 1:
            raise ValueError(f"validation={self.validation}: a share of the playlists below 1")

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Train the network."""
        del challenge
        n_tracks = train.catalog.n_tracks
        playlists = _training.learnable(train)
        popular = _training.Popular(playlists, n_tracks, self.exponent)
        self.network_ = Perceptrons.begun(n_tracks, self.factors, popular.log_q, self.seed)
        if len(playlists):
            rng = harness.generator(self.seed, "first vectors")
            vectors = _training.singular_vectors(playlists, n_tracks, self.factors, rng)
            self.network_.parameters["seeds"][:] = vectors * SEED_LENGTH
            self.network_.parameters["tracks"][:] = vectors * TRACK_LENGTH
            cuts = _training.Batches(
                playlists, popular, size=self.batch, targets=self.targets, negatives=self.negatives
            )
            _training.train(
                self.network_,
                cuts,
                epochs=self.epochs,
                patience=self.patience,
                validation=self.validation,
                learning_rate=self.learning_rate,
                seed=self.seed,
            )
        self.held_ = train.track_counts() > 0
        self._derive()

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k best tracks that are no seeds."""
        queries, indptr = self._queries(challenge.seeds)
        return harness.best_products(queries, indptr, self.vectors_, challenge.seeds, k, threads=self.threads)

    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """The scores of the candidates, (total,); 0 for unknown tracks and without known seeds."""
        queries, indptr = self._queries(challenge.seeds)
        return harness.product_scores(queries, indptr, self.vectors_, candidates, threads=self.threads)

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
        """The tracks as `best_products` takes them: the bias is one more number, and unheard tracks are 0."""
        p = self.network_.parameters
        self.vectors_ = np.hstack([p["tracks"], p["bias"][:, None]]) * self.held_[:, None]

    def _queries(self, seeds: Ragged) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The vectors that lists are near to, and whose they are, as `best_products` takes them."""
        known = _training.distinct_tracks(seeds, len(self.held_))
        known = known.keep(self.held_[known.values])
        served = known.lengths > 0
        told = self.network_.told(known.take(served))
        ones = np.ones((len(told), 1), np.float32)
        return np.hstack([told, ones]), np.concatenate([[0], np.cumsum(served)])


@dataclass(frozen=True, slots=True, eq=False)
class Perceptrons:
    """The parameters of the network, and what they cost a batch.

    Attributes:
        parameters: `seeds`, `tracks` (n_tracks, d), `bias` (n_tracks,); of each perceptron `NAME_in` (d, 2 d),
            `NAME_in_bias` (2 d,), `NAME_out` (2 d, d), `NAME_out_bias` (d,).
        log_q: log of the probability that each track is drawn as a negative, (n_tracks,).
    """

    parameters: dict[str, Floats]
    log_q: Floats

    @classmethod
    def begun(cls, n_tracks: int, d: int, log_q: Floats, seed: int) -> Self:
        """The head as the identity, the other perceptrons near 0, tables at 0, biases as tracks are frequent."""
        rng = harness.generator(seed, "network")
        identity = np.hstack([np.eye(d), -np.eye(d)])
        parameters = {
            "seeds": np.zeros((n_tracks, d), np.float32),
            "tracks": np.zeros((n_tracks, d), np.float32),
            "bias": log_q.copy(),
        }
        for name in PERCEPTRONS:
            noise = rng.standard_normal((2, d, 2 * d)) * NOISE * d**-0.5
            out = identity.T + noise[1].T if name == "head" else noise[1].T
            parameters[f"{name}_in"] = (identity + noise[0]).astype(np.float32)
            parameters[f"{name}_in_bias"] = np.zeros(2 * d, np.float32)
            parameters[f"{name}_out"] = out.astype(np.float32)
            parameters[f"{name}_out_bias"] = np.zeros(d, np.float32)
        return cls(parameters, log_q)

    def told(self, given: Ragged) -> Floats:
        """What the head tells of playlists with these tracks, (n, d): one playlist's does not hang on another's."""
        mean, deviation, *_ = self._pooled(given)
        x = mean[:, None]  # products row by row: the last digit is then the same alone and among others
        x = x + self._perceptron("mean", x)[0]
        y = x + mean[:, None] + deviation[:, None]
        y = y + self._perceptron("both", y)[0]
        return self._perceptron("head", y)[0][:, 0]

    def gradients(self, batch: Batch) -> tuple[float, dict[str, Gradient]]:
        """The mean cross-entropy of a target among the negatives, and its gradients."""
        p = self.parameters
        dtype = p["seeds"].dtype
        mean, deviation, matrix, seeds = self._pooled(batch.given)
        added, inside_mean = self._perceptron("mean", mean)
        both = 2 * mean + added + deviation
        added, inside_both = self._perceptron("both", both)
        before_head = both + added
        told, inside_head = self._perceptron("head", before_head)

        tracks = np.unique(np.concatenate([batch.targets.values, batch.negatives]))
        row, column = batch.targets.row_ids, np.searchsorted(tracks, batch.targets.values)
        negatives = np.searchsorted(tracks, batch.negatives)
        of_row, of_column = summing(row, len(told), dtype), summing(column, len(tracks), dtype)
        of_negative = summing(negatives, len(tracks), dtype)
        vectors = p["tracks"][tracks]
        offset = p["bias"][tracks] - self.log_q[tracks] - np.log(len(negatives)).astype(dtype)

        on_targets = (told[row] * vectors[column]).sum(axis=1) + offset[column]
        on_negatives = np.where(batch.absent, told @ vectors[negatives].T + offset[negatives], -np.inf)
        top = np.maximum(on_negatives.max(axis=1), -1e30)[:, None]  # a row may hold every negative
        of_negatives = np.exp(on_negatives - top)
        log_sum = np.log(np.maximum(of_negatives.sum(axis=1), np.finfo(dtype).tiny)) + top[:, 0]
        log_total = np.logaddexp(on_targets, log_sum[row])
        loss = float((log_total - on_targets).mean())

        n = len(row)
        d_targets = (np.exp(on_targets - log_total) - 1) / n
        share = of_row @ np.exp(log_sum[row] - log_total) / n
        d_negatives = of_negatives * (share / np.maximum(of_negatives.sum(axis=1), np.finfo(dtype).tiny))[:, None]
        d_told = of_row @ (d_targets[:, None] * vectors[column]) + d_negatives @ vectors[negatives]
        d_tracks = of_column @ (d_targets[:, None] * told[row]) + of_negative @ (d_negatives.T @ told)
        d_bias = of_column @ d_targets + of_negative @ d_negatives.sum(axis=0)
        found = {"tracks": Gradient(d_tracks, tracks), "bias": Gradient(d_bias, tracks)}
        d_before_head = self._backward("head", before_head, inside_head, d_told, found)
        d_both = d_before_head + self._backward("both", both, inside_both, d_before_head, found)
        d_mean = 2 * d_both + self._backward("mean", mean, inside_mean, d_both, found)
        found["seeds"] = Gradient(self._unpool(matrix, seeds, mean, deviation, d_mean, d_both), seeds)
        return loss, found

    def _pooled(self, given: Ragged) -> tuple[Floats, Floats, csr_array, Ids]:
        """Mean and deviation, (n, d) each, and the matrix of means with the tracks that it is for."""
        matrix, tracks = pooling(given, 1.0, self.parameters["seeds"].dtype)
        vectors = self.parameters["seeds"][tracks]
        mean = matrix @ vectors
        variance = np.maximum(matrix @ vectors**2 - mean**2, 0)
        return mean, np.sqrt(variance + LEAST_VARIANCE, dtype=mean.dtype), matrix, tracks

    def _unpool(
        self, matrix: csr_array, seeds: Ids, mean: Floats, deviation: Floats, d_mean: Floats, d_deviation: Floats
    ) -> Floats:
        """The gradient by the seeds' vectors; that of the deviation is (e - mean) / (n * deviation)."""
        slope = d_deviation / deviation
        gradient: Floats = matrix.T @ (d_mean - slope * mean) + self.parameters["seeds"][seeds] * (matrix.T @ slope)
        return gradient

    def _perceptron(self, name: str, x: Floats) -> tuple[Floats, Floats]:
        """What it gives, and its inner layer."""
        p = self.parameters
        inside = np.maximum(x @ p[f"{name}_in"] + p[f"{name}_in_bias"], 0)
        return inside @ p[f"{name}_out"] + p[f"{name}_out_bias"], inside

    def _backward(self, name: str, x: Floats, inside: Floats, d_out: Floats, found: dict[str, Gradient]) -> Floats:
        """The gradient by its input; those by its parameters are added to `found`."""
        p = self.parameters
        d_inside = np.where(inside > 0, d_out @ p[f"{name}_out"].T, 0)
        found[f"{name}_out"] = Gradient(inside.T @ d_out)
        found[f"{name}_out_bias"] = Gradient(d_out.sum(axis=0))
        found[f"{name}_in"] = Gradient(x.T @ d_inside)
        found[f"{name}_in_bias"] = Gradient(d_inside.sum(axis=0))
        d_x: Floats = d_inside @ p[f"{name}_in"].T
        return d_x
