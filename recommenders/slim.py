"""Sparse linear methods (SLIM): one regression per track on its most similar tracks, with dropout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

import harness
from recommenders._bounds import NonNegative, Positive
from recommenders._metadata import seed_columns, with_metadata

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Challenge, Playlists, Ragged, Ranked
    from harness.kit import PlaylistIndex

    Ids = NDArray[np.int32]
    Weights = NDArray[np.float64]

GRAM_BYTES, GRAM_BYTES_AN_ENTRY = 1 << 30, 64
"""Memory for the Gram matrices of a block of regressions: the first, or the second per entry where that is more. Each
block counts all pairs again, which is slow for many entries.
"""

SWEEPS, TOLERANCE = 100, 1e-5
"""Coordinate descent stops after this number of sweeps, or when no weight changes by more than the tolerance."""

TABLE = "weights.npz"


@harness.recommender("slim")
class Slim:
    """Recommend the tracks that linear regressions on the seeds predict.

    With X the binary matrix of playlists and the `max_targets` most frequent tracks, x(j) a column of it, and
    N(j) the tracks i with the highest cosine of x(i) and x(j), the weights of a track j are::

        w(j) = argmin 1/2 * |x(j) - X[:, N(j)] w|^2 + l1 * |w|_1 + 1/2 * sum over i of penalty(i) * w[i]^2
        penalty(i) = l2 + dropout / (1 - dropout) * n(i),  n(i) the number of playlists that have track i

        score(j) = sum over distinct seeds i of w(j)[i] / n(j)^beta

    The penalty in proportion to n(i) is equivalent, in expectation, to random dropout of a share of the seeds. It
    scales with the corpus, so `l2` matters for rare tracks only.

    The regression is a ridge regression where l1 is 0 (closed form), otherwise an elastic net (coordinate descent). It
    needs only the numbers of playlists that its tracks share, which are counted for a block of targets at a time.
    Lists contain tracks with scores above 0. Tracks outside the targets score 0.

    With `metadata`, each artist and each album is one more playlist, of its 250 most frequent tracks in the training
    set, and a seed that is no target is replaced by its artist.

    Cost: with d the mean number of targets in a playlist, fit counts O(n_playlists * d^2) pairs for the neighbours and
    at most as many for each block of targets, and solves in O(max_targets * neighbours^3): linear in n_playlists,
    bounded in n_tracks. Memory is 14 bytes per entry, 8 bytes per weight, and a block of 64 bytes per entry, at least
    1 GB, of which a target takes 4 * neighbours^2 bytes. Recommend takes O(seeds * weights per seed) per playlist.

    Source: Ning and Karypis 2011, "SLIM: Sparse Linear Methods for Top-N Recommender Systems" (fsSLIM,
    without the constraint of positive weights); dropout: Steck 2020, "Autoencoders that don't overfit towards
    the Identity".
    """

    neighbours: Annotated[int, harness.Bounds(ge=1, le=5_000)] = 200
    """Number of similar tracks per regression; time and memory grow with its square."""
    l1: Annotated[float, harness.Bounds(ge=0, le=1e9)] = 0.5
    """L1 penalty; a higher value sets more weights to 0."""
    l2: Annotated[float, harness.Bounds(gt=0, le=1e9)] = 50.0
    """L2 penalty, in playlists: tracks in fewer playlists get small weights."""
    dropout: Annotated[float, harness.Bounds(ge=0, lt=1)] = 0.5
    """Expected share of the seeds that are dropped in training."""
    beta: Annotated[float, harness.Bounds(ge=0, le=10)] = 0.1
    """Exponent of the track frequency in the denominator of the score."""
    max_targets: Positive = 100_000
    """Number of most frequent tracks that have a regression and are used as seeds."""
    metadata: bool = True
    """Artists and albums count as further playlists, and an unknown seed is replaced by its artist."""
    threads: NonNegative = 0
    """Number of threads, 0 for one per core; the lists do not depend on it."""

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Find the neighbours of each target and solve its regression."""
        del challenge
        counts = train.track_counts()
        frequent = np.argsort(-counts, kind="stable")[: self.max_targets]
        self.targets_ = np.sort(frequent[counts[frequent] > 0]).astype(np.int32)
        self.n_tracks_ = train.catalog.n_tracks
        playlists, n_columns = with_metadata(train, metadata=self.metadata)
        n_artists = n_columns - self.n_tracks_
        self._derive(n_artists)
        self._learn(harness.kit.PlaylistIndex.of(self._columns(playlists), len(self.targets_) + n_artists))

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k highest-scoring tracks that are not seeds, with scores above 0."""
        seeds = self._seeds(challenge)
        queries = seeds.matrix(self.weights_.shape[0])
        best = harness.kit.sparse_top_k(queries, self.weights_, seeds, k, threads=self.threads)
        return harness.Ranked(np.append(self.targets_, np.int32(-1))[best.tracks], best.scores)

    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """Scores of the candidates, (total,); 0 for a track that is no target or has no weight for a seed."""
        seeds = self._seeds(challenge).matrix(self.weights_.shape[0])
        ids = np.where(candidates.values < self.n_tracks_, candidates.values, len(self.columns_) - 1)
        columns = np.where(self.columns_[ids] < 0, len(self.targets_), self.columns_[ids])
        return harness.kit.sparse_scores(
            seeds, self.weights_, harness.Ragged(candidates.indptr, columns), threads=self.threads
        )

    def item_weights(self) -> csr_array:
        """Weights of the regressions, row: seed, column: target, (n_tracks, n_tracks) float32."""
        from scipy.sparse import csr_array

        starts = np.zeros(self.n_tracks_ + 1, self.weights_.indptr.dtype)
        of_tracks = self.weights_[: len(self.targets_)]
        starts[self.targets_ + 1] = np.diff(of_tracks.indptr)
        parts = (of_tracks.data, self.targets_[of_tracks.indices], np.cumsum(starts))
        return csr_array(parts, shape=(self.n_tracks_, self.n_tracks_))

    def save(self, folder: Path) -> None:
        """Save the targets and the weights."""
        table = {"indptr": self.weights_.indptr, "indices": self.weights_.indices, "data": self.weights_.data}
        np.savez(folder / TABLE, allow_pickle=False, targets=self.targets_, n_tracks=self.n_tracks_, **table)

    def load(self, folder: Path) -> None:
        """Load them."""
        from scipy.sparse import csr_array

        with np.load(folder / TABLE) as arrays:
            self.targets_, self.n_tracks_ = arrays["targets"], int(arrays["n_tracks"])
            parts = (arrays["data"], arrays["indices"], arrays["indptr"])
        n_columns, n_targets = len(parts[2]) - 1, len(self.targets_)
        self.weights_ = csr_array(parts, shape=(n_columns, n_targets))
        self._derive(n_columns - n_targets)

    def _derive(self, n_artists: int) -> None:
        """Set the column of the regressions of each track and artist: targets, then artists; -1 for all other tracks.

        The last value, -1, is that of tracks and artists that do not exist.
        """
        n_targets = len(self.targets_)
        self.columns_ = np.full(self.n_tracks_ + n_artists + 1, -1, np.int32)
        self.columns_[self.targets_] = np.arange(n_targets, dtype=np.int32)
        self.columns_[self.n_tracks_ : -1] = np.arange(n_targets, n_targets + n_artists, dtype=np.int32)

    def _columns(self, rows: Ragged) -> Ragged:
        """Rows of tracks and artists as columns of the regressions, without tracks that are no targets."""
        columns = self.columns_[rows.values]
        return harness.Ragged(rows.indptr, np.maximum(columns, 0)).keep(columns >= 0)

    def _seeds(self, challenge: Challenge) -> Ragged:
        """The seeds as columns of the regressions; a seed that is no target is replaced by its artist."""
        return self._columns(seed_columns(challenge, self.columns_[:-1] >= 0, self.n_tracks_))

    def _learn(self, index: PlaylistIndex) -> None:
        """Set `weights_`: row i, column j is the weight of column i for target j, float32."""
        from scipy.sparse import csr_array

        n = len(self.targets_)
        near = np.full((n, min(self.neighbours, max(index.n_tracks - 1, 1))), -1, np.int32)
        shared = np.zeros(near.shape)
        weights = np.zeros(near.shape, np.float32)
        self._work(lambda first, end: _find_neighbours(index, near, shared, first, end), n, "similar tracks", 256)
        memory = max(GRAM_BYTES, GRAM_BYTES_AN_ENTRY * len(index.tracks))
        size = max(1, memory // (4 * near.shape[1] ** 2))
        for first in range(0, n, size):
            block = slice(first, first + size)
            self._solve(self._gram(index, near[block]), shared[block], weights[block])
        weights /= np.maximum(index.frequencies[:n], 1)[:, None] ** self.beta
        used = weights != 0
        columns = np.repeat(np.arange(n, dtype=np.int32), used.sum(axis=1))
        self.weights_ = csr_array((weights[used], (near[used], columns)), shape=(index.n_tracks, n))
        self.weights_.sort_indices()

    def _gram(self, index: PlaylistIndex, near: NDArray[np.int32]) -> NDArray[np.int32]:
        """Playlists shared by each pair of neighbours of each target, (n, neighbours, neighbours)."""
        gram = np.zeros((*near.shape, near.shape[1]), np.int32)
        places = np.argsort(near, axis=None, kind="stable")[np.count_nonzero(near < 0) :]
        tracks, starts = np.unique(near.ravel()[places], return_index=True)
        bounds = np.append(starts, len(places))

        def rows(first: int, end: int) -> None:
            _count_shared(index, near, gram, tracks[first:end], bounds[first : end + 1], places)

        self._work(rows, len(tracks), "shared playlists", 64)
        return gram

    def _solve(self, gram: NDArray[np.int32], shared: NDArray[np.float64], weights: NDArray[np.float32]) -> None:
        """Fill in the weights of each target, (n, neighbours)."""
        from threadpoolctl import threadpool_limits

        diagonal = np.arange(gram.shape[1])
        growth = self.dropout / (1 - self.dropout)

        def ridge(first: int, end: int) -> None:
            systems = gram[first:end].astype(np.float64)
            systems[:, diagonal, diagonal] *= 1 + growth
            systems[:, diagonal, diagonal] += self.l2
            weights[first:end] = np.linalg.solve(systems, shared[first:end, :, None])[..., 0]

        def elastic_net(first: int, end: int) -> None:
            penalties = float(self.l1), float(self.l2), float(growth)
            _descend(gram[first:end], shared[first:end], weights[first:end], *penalties)

        with threadpool_limits(1, "blas"):
            self._work(elastic_net if self.l1 else ridge, len(gram), "regressions", 32)

    def _work(self, work: Callable[[int, int], None], n: int, what: str, block: int) -> None:
        harness.kit.in_blocks(work, n, what, threads=self.threads, block=block)


@harness.kit.compiled
def _count(index: PlaylistIndex, track: int, counts: Ids, met: Ids) -> int:
    """Count the playlists that each track shares with `track`; return the number of tracks written to `met`."""
    n = 0
    for playlist in index.playlists[index.starts[track] : index.starts[track + 1]]:
        for other in index.tracks[index.indptr[playlist] : index.indptr[playlist + 1]]:
            if counts[other] == 0:
                met[n] = other
                n += 1
            counts[other] += 1
    return n


@harness.kit.compiled
def _find_neighbours(index: PlaylistIndex, near: Ids, shared: Weights, first: int, end: int) -> None:
    """Fill in the tracks of highest cosine, ties by the lower id, and the playlists shared with each."""
    n_tracks, k = len(index.starts) - 1, near.shape[1]
    counts, met, cosines = np.zeros(n_tracks, np.int32), np.empty(n_tracks, np.int32), np.zeros(k)
    for target in range(first, end):
        n = _count(index, target, counts, met)
        best, size = near[target], 0
        for other in met[:n]:
            if other == target:
                continue
            cosine = counts[other] / np.sqrt(index.starts[other + 1] - index.starts[other])
            at = size
            while at > 0 and (cosines[at - 1] < cosine or (cosines[at - 1] == cosine and best[at - 1] > other)):
                at -= 1
            if at == k:
                continue
            size = min(size + 1, k)
            for place in range(size - 1, at, -1):
                best[place], cosines[place] = best[place - 1], cosines[place - 1]
            best[at], cosines[at] = other, cosine
        for place in range(size):
            shared[target, place] = counts[best[place]]
        for other in met[:n]:
            counts[other] = 0


@harness.kit.compiled
def _count_shared(
    index: PlaylistIndex, near: Ids, gram: Ids, tracks: Ids, bounds: NDArray[np.int64], places: NDArray[np.int64]
) -> None:
    """Fill in the playlists that each track shares with the other neighbours of its targets."""
    n_tracks, k = len(index.starts) - 1, near.shape[1]
    counts, met = np.zeros(n_tracks, np.int32), np.empty(n_tracks, np.int32)
    for at in range(len(tracks)):
        n = _count(index, tracks[at], counts, met)
        for place in places[bounds[at] : bounds[at + 1]]:
            target = place // k
            for other in range(k):
                if near[target, other] >= 0:
                    gram[target, place % k, other] = counts[near[target, other]]
        for other in met[:n]:
            counts[other] = 0


@harness.kit.compiled
def _descend(gram: Ids, shared: Weights, weights: NDArray[np.float32], l1: float, l2: float, growth: float) -> None:
    """Coordinate descent on the weights of each target; `left` is the residual of the current weights."""
    for target in range(len(gram)):
        left = shared[target].copy()
        w = np.zeros(len(left))
        for _ in range(SWEEPS):
            moved = 0.0
            for i in range(len(w)):
                pull = left[i] + gram[target, i, i] * w[i]
                new = np.sign(pull) * max(abs(pull) - l1, 0.0) / (gram[target, i, i] * (1 + growth) + l2)
                if new != w[i]:
                    left -= gram[target, i] * (new - w[i])
                    moved = max(moved, abs(new - w[i]))
                    w[i] = new
            if moved < TOLERANCE:
                break
        weights[target] = w
