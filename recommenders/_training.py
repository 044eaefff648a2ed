"""What networks over tracks share: batches of playlists cut in two, sampled negatives, Adam, early stopping.

With it a network is its parameters and one function: a batch -> its loss and the gradients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

import harness
from harness import Ragged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Playlists

    Floats = NDArray[np.floating]
    Ids = NDArray[np.int32]

MOST_GIVEN = 100
"""No batch gives more tracks of a playlist, as no challenge does."""

POWER_ITERATIONS, SPARE_FACTORS = 4, 16
"""Of the randomised factorisation: so much is enough for vectors that only begin a training."""

NEGLIGIBLE = 1e-6
"""Share of the largest squared singular value below which a direction is rounding."""

DECAY, SQUARED_DECAY, TINY = 0.9, 0.999, 1e-8
"""Adam's, as published."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Playlists cut in two, and tracks that they do not hold.

    Attributes:
        given: what a network is told of each of n playlists, distinct tracks, at least one.
        targets: further tracks of each that it must tell, distinct, none given.
        negatives: (n_negatives,) tracks drawn for all of them; one may be drawn twice.
        absent: (n, n_negatives) bool, False where a playlist holds the negative after all.
    """

    given: Ragged
    targets: Ragged
    negatives: Ids
    absent: NDArray[np.bool_]


class Gradient(NamedTuple):
    """The gradient of one parameter: of all of it, or of the rows that are named, each once."""

    values: Floats
    rows: Ids | None = None


class Network(Protocol):
    """What can be trained."""

    @property
    def parameters(self) -> dict[str, NDArray[np.floating]]:
        """The arrays that training moves, in place."""

    def gradients(self, batch: Batch) -> tuple[float, dict[str, Gradient]]:
        """The mean loss of the batch's targets, and its gradient by each parameter."""


class Popular:
    """Draws tracks with a probability q proportional to (number of playlists)^exponent."""

    def __init__(self, playlists: Ragged, n_tracks: int, exponent: float) -> None:
        counts = np.bincount(playlists.values, minlength=n_tracks)
        weights = np.where(counts > 0, np.maximum(counts, 1.0) ** exponent, 0)
        self._sums = np.cumsum(weights)
        least = weights[counts > 0].min(initial=np.inf)
        share = np.where(counts > 0, weights, least) / weights.sum() if np.isfinite(least) else np.ones(n_tracks)
        self.log_q: NDArray[np.float32] = np.log(share).astype(np.float32)
        """Log of q, (n_tracks,); a track that cannot be drawn has that of the rarest one."""

    def draw(self, rng: np.random.Generator, n: int) -> Ids:
        """N tracks, (n,), independently."""
        drawn: Ids = np.searchsorted(self._sums, rng.random(n) * self._sums[-1], side="right").astype(np.int32)
        return drawn


class Batches:
    """Cuts training playlists in two, anew each time they come."""

    def __init__(self, playlists: Ragged, popular: Popular, *, size: int, targets: int, negatives: int) -> None:
        """Take distinct playlists of two tracks or more; `targets` is how many a playlist has at most."""
        self.playlists = playlists
        self._popular = popular
        self._size, self._targets, self._negatives = size, targets, negatives
        self._marks = np.full(len(popular.log_q), -1, np.int64)

    def of(self, rows: NDArray[np.int64], rng: np.random.Generator) -> Iterator[Batch]:
        """The playlists of these rows, a batch at a time, in the order given."""
        for first in range(0, len(rows), self._size):
            yield self._cut(self.playlists.take(rows[first : first + self._size]), rng)

    def _cut(self, part: Ragged, rng: np.random.Generator) -> Batch:
        """Half of the playlists give their first tracks, the others random ones: challenges ask both.

        The number of given tracks is drawn evenly on a scale of logarithms.
        """
        row_of = part.row_ids
        most = np.minimum(part.lengths - 1, MOST_GIVEN)
        n_given = np.minimum(np.exp(rng.random(len(part)) * np.log(most + 1)).astype(np.int64), most)
        in_order = rng.random(len(part)) < 0.5  # noqa: PLR2004 - half
        positions = np.arange(len(part.values)) - part.indptr[row_of]
        random = rng.random(len(part.values))
        given = _ranks(np.where(in_order[row_of], positions, random), part) < n_given[row_of]
        targets = ~given & (_ranks(np.where(given, 1, random), part) < self._targets)
        negatives = self._popular.draw(rng, self._negatives)
        return Batch(part.keep(given), part.keep(targets), negatives, self._absent(part, negatives))

    def _absent(self, part: Ragged, negatives: Ids) -> NDArray[np.bool_]:
        distinct, place = np.unique(negatives, return_inverse=True)
        self._marks[distinct] = np.arange(len(distinct))
        column_of = self._marks[part.values]
        self._marks[distinct] = -1
        absent = np.ones((len(part), len(distinct)), np.bool_)
        absent[part.row_ids[column_of >= 0], column_of[column_of >= 0]] = False
        return absent[:, place]


def train(
    network: Network,
    batches: Batches,
    *,
    epochs: int,
    patience: int,
    validation: float,
    learning_rate: float,
    seed: int,
) -> None:
    """Train a network in place, and leave it as it was when it told the validation playlists best.

    Args:
        network: its parameters, and their gradients.
        batches: the training playlists.
        epochs: how often they are read at most.
        patience: after so many epochs without a smaller loss of the validation playlists it stops.
        validation: the share of the playlists that it does not learn from; where that is none, all epochs count.
        learning_rate: Adam's.
        seed: of what is drawn.
    """
    from threadpoolctl import threadpool_limits

    n = len(batches.playlists)
    order = harness.generator(seed, "validation playlists").permutation(n)
    held_out, learnt = np.split(order, [int(n * validation)])
    optimiser = Adam(network.parameters, learning_rate)
    least, best, waited = np.inf, {}, 0
    # one thread: sums must not depend on how many cores there are
    with threadpool_limits(1, "blas"), harness.step("read playlists", epochs * len(learnt)) as bar:
        for epoch in range(epochs):
            rng = harness.generator(seed, "training", epoch)
            for batch in batches.of(rng.permutation(learnt), rng):
                optimiser.step(network.gradients(batch)[1])
                bar.advance(len(batch.given))
            if not len(held_out):
                continue
            loss = _loss(network, batches.of(held_out, harness.generator(seed, "validation")))
            if loss < least:
                least, waited = loss, 0
                best = {name: values.copy() for name, values in network.parameters.items()}
            else:
                waited += 1
            if waited == patience:
                break
    for name, values in best.items():
        network.parameters[name][...] = values


class Adam:
    """Adaptive steps against the gradients; of a table with named rows only those move.

    ::

        m = 0.9 m + 0.1 g        v = 0.999 v + 0.001 g^2
        parameter -= learning_rate * sqrt(1 - 0.999^t) / (1 - 0.9^t) * m / (sqrt(v) + 1e-8)

    Rows that have no gradient keep m and v as they are, so a step costs what the batch holds, not what the
    table holds. Memory is twice the parameters.

    Source: Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization"; rows as in "lazy Adam".
    """

    def __init__(self, parameters: dict[str, NDArray[np.floating]], learning_rate: float) -> None:
        self._parameters = parameters
        self._learning_rate = learning_rate
        self._means = {name: np.zeros_like(values) for name, values in parameters.items()}
        self._squares = {name: np.zeros_like(values) for name, values in parameters.items()}
        self._n_steps = 0

    def step(self, gradients: dict[str, Gradient]) -> None:
        """Move the parameters, in place."""
        self._n_steps += 1
        rate = self._learning_rate * np.sqrt(1 - SQUARED_DECAY**self._n_steps) / (1 - DECAY**self._n_steps)
        for name, gradient in gradients.items():
            rows = slice(None) if gradient.rows is None else gradient.rows
            mean = DECAY * self._means[name][rows] + (1 - DECAY) * gradient.values
            square = SQUARED_DECAY * self._squares[name][rows] + (1 - SQUARED_DECAY) * gradient.values**2
            self._means[name][rows], self._squares[name][rows] = mean, square
            self._parameters[name][rows] -= (float(rate) * mean / (np.sqrt(square) + TINY)).astype(mean.dtype)


def distinct_tracks(playlists: Ragged, n_tracks: int) -> Ragged:
    """The first entry of each track below `n_tracks` in each row, in their order."""
    keys = playlists.row_ids.astype(np.int64) * (int(playlists.values.max(initial=0)) + 1) + playlists.values
    first = np.zeros(len(keys), np.bool_)
    first[np.unique(keys, return_index=True)[1]] = True
    return playlists.keep(first & (playlists.values < n_tracks))


def learnable(train: Playlists) -> Ragged:
    """The training playlists that can be cut in two: distinct tracks, at least two."""
    tracks = distinct_tracks(train.tracks, train.catalog.n_tracks)
    return tracks.take(tracks.lengths > 1)


def pooling(given: Ragged, exponent: float, dtype: np.dtype[np.floating]) -> tuple[csr_array, Ids]:
    """A matrix that sums the rows of given tracks over (their number)^exponent, and whose rows they are.

    Returns:
        (n, n_distinct) CSR and the distinct tracks, (n_distinct,): `matrix @ table[tracks]` pools each row.
    """
    from scipy.sparse import csr_array

    tracks, columns = np.unique(given.values, return_inverse=True)
    weights = np.repeat(np.maximum(given.lengths, 1) ** -float(exponent), given.lengths).astype(dtype)
    return csr_array((weights, columns, given.indptr), shape=(len(given), len(tracks))), tracks


def summing(groups: NDArray[np.integer], n_groups: int, dtype: np.dtype[np.floating]) -> csr_array:
    """The matrix that sums the rows of each group, (n_groups, len(groups)) CSR: `matrix @ rows`."""
    from scipy.sparse import csr_array

    ones = np.ones(len(groups), dtype)
    return csr_array((ones, (groups, np.arange(len(groups)))), shape=(n_groups, len(groups)))


def singular_vectors(playlists: Ragged, n_tracks: int, factors: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """The tracks' vectors of a truncated singular value decomposition, those of larger singular values longer.

    ::

        A(q, i) = 1 / (|q|^(1/2) n(i)^(1/4)) where playlist q holds track i;   A ~ U diag(s) V'
        vectors = V diag(sqrt(s)), scaled to a root mean square of 1 over the tracks in several playlists

    Returns:
        (n_tracks, factors) float32; 0 beyond the rank, and for tracks in no playlist.

    Source: Halko, Martinsson and Tropp 2011, "Finding Structure with Randomness".
    """
    from scipy.sparse import diags_array

    frequency = np.bincount(playlists.values, minlength=n_tracks)
    scale = diags_array(np.maximum(frequency, 1.0) ** -0.25)
    matrix = diags_array(np.maximum(playlists.lengths, 1.0) ** -0.5) @ playlists.matrix(n_tracks) @ scale
    matrix = matrix.astype(np.float32)
    # between two products the playlists' side is made orthogonal, which is the smaller one
    left = matrix @ rng.standard_normal((n_tracks, min(factors + SPARE_FACTORS, *matrix.shape)), np.float32)
    for _ in harness.track(range(POWER_ITERATIONS), "first vectors"):
        left = matrix @ (matrix.T @ np.linalg.qr(left)[0])
    right = matrix.T @ np.linalg.qr(left)[0]
    squares, rotation = np.linalg.eigh((right.T @ right).astype(np.float64))
    kept = np.flatnonzero(squares > squares.max(initial=0) * NEGLIGIBLE)[::-1][:factors]
    vectors = np.zeros((n_tracks, factors), np.float32)
    vectors[:, : len(kept)] = right @ (rotation[:, kept] * squares[kept] ** -0.25).astype(np.float32)
    common = vectors[frequency >= min(5, frequency.max(initial=1))]
    vectors /= np.sqrt(np.mean(common**2), dtype=np.float32)
    return vectors


def _loss(network: Network, batches: Iterator[Batch]) -> float:
    losses = np.array([(network.gradients(batch)[0], len(batch.targets.values)) for batch in batches])
    return float(np.average(losses[:, 0], weights=losses[:, 1]))


def _ranks(keys: Floats, rows: Ragged) -> NDArray[np.int64]:
    """The place of each value within its row by rising key, from 0, (total,)."""
    row_of = rows.row_ids
    ranks = np.empty(len(keys), np.int64)
    ranks[np.lexsort((keys, row_of))] = np.arange(len(keys)) - rows.indptr[row_of]
    return ranks
