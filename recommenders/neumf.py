"""Neural matrix factorisation (NeuMF): a network scores pairs of playlist and candidate track."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from threadpoolctl import threadpool_limits

import harness
from recommenders import _cuts, _training, _vectors
from recommenders._bounds import Positive
from recommenders._towers import Towers, sigmoid
from recommenders._vocabulary import Vocabulary

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from harness import Challenge, Playlists, Ragged, Ranked
    from harness.kit import NearestPlaylists

FIRST_LENGTH = 0.2
"""Root mean square of the pretrained vectors."""

DAMPING = 0.4
"""Exponent that reduces the weight of frequent seeds in the neighbour search, as in `playlist-knn`."""

ARRAYS = "neumf.npz"

Widths = Annotated[list[Annotated[int, harness.Bounds(ge=1, le=4_096)]], harness.Bounds(min_length=1, max_length=16)]
"""Widths of layers."""


@harness.recommender("neumf")
class NeuMf(_training.Schedule):
    """Rank candidate tracks by the probability that they are in the playlist, predicted by a two-tower network.

    Each track has a vector s as a seed and a vector t as a candidate; both consist of a part for the GMF tower
    (generalised matrix factorisation, `factors`) and a part for the MLP tower (`mlp_factors`). With S the seeds of a
    playlist::

        p           = sum over i in S of s(i) / |S|^(1/2)
        gmf(p, i)   = p_gmf * t_gmf(i), elementwise
        mlp(p, i)   = relu(WL ... relu(W2 relu(W1 [p_mlp, t_mlp(i)] + b1) + b2) ... + bL), one W for each of `layers`
        z(p, i)     = h * [gmf(p, i), mlp(p, i)] + bias(i)
        score(p, i) = sigmoid(z(p, i) + log(q(i) / largest q))

    where q(i) is proportional to (number of playlists with i)^exponent. The playlist vector p is pooled from its seeds,
    so a new playlist needs no training. Training cuts each playlist in two at random: p is pooled from one part, and
    the loss is the binary cross-entropy of sigmoid(z) for up to `targets` tracks of the other part (label 1) and for
    the negatives of the batch (label 0). Negatives are drawn with probability q; those in the playlist are excluded.
    As frequent tracks are drawn more often, z does not include the track frequency, and the score adds it
    (noise-contrastive estimation).

    Initially the GMF parts are singular vectors of the playlists (`pretrain`); all other parameters are random.
    Training stops when the loss on validation playlists no longer decreases.

    Only candidates are ranked: the tracks of the playlists in the cluster whose centre is nearest to p (k-means
    over the normalised vectors of the training playlists), or the `n_candidates` best tracks of the nearest
    playlists by the weights of `playlist-knn`. A playlist without known seeds gets an empty list.

    Cost: fit takes O(n_playlists * (targets + negatives) * (factors + w)) operations per epoch, where w is the number
    of weights of `layers`, and 32 * (factors + mlp_factors) bytes per track with vectors (both vectors, twice that for
    Adam, and the best epoch): 2.6 GB for 500,000 tracks. Recommend takes O(candidates * (factors + w)) per playlist,
    and the search for candidates.

    Source: He et al. 2017, "Neural Collaborative Filtering", where playlist vectors are trained instead of pooled;
    pooling: Kabbur et al. 2013, "FISM"; the loss: Gutmann and Hyvärinen 2010, "Noise-contrastive estimation".
    """

    factors: Annotated[int, harness.Bounds(ge=1, le=4_096)] = 128
    """Dimension of the vectors of the GMF tower."""
    mlp_factors: Annotated[int, harness.Bounds(ge=1, le=4_096)] = 32
    """Dimension of the vectors of the MLP tower."""
    layers: Widths = field(default_factory=lambda: [32, 16])
    """Widths of the layers of the MLP tower, from the first to the last."""
    pretrain: bool = True
    """Initialise the vectors of the GMF tower with singular vectors."""
    negative: Annotated[float, harness.Bounds(gt=0, le=1e6)] = 5.0
    """Total weight of all negatives relative to a target."""
    candidates: Literal["clusters", "neighbours"] = "neighbours"
    """Source of the candidates."""
    clusters: Positive = 250
    """Number of clusters."""
    neighbours: Positive = 500
    """Nearest playlists whose tracks are candidates."""
    n_candidates: Annotated[int, harness.Bounds(ge=1, le=1_000_000)] = 2_000
    """Maximum number of candidates from the nearest playlists."""

    @_training.one_blas_thread
    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Train the network, and index the source of candidates."""
        del challenge
        self.vocabulary_ = Vocabulary.of(train, self.max_tracks)
        n_rows = len(self.vocabulary_)
        playlists = _cuts.learnable(train, self.vocabulary_)
        popular = _cuts.Popular(playlists, n_rows, self.exponent)
        towers = Towers.initial(n_rows, self.factors, self.mlp_factors, self.layers, self.negative, self.seed)
        if self.pretrain and len(playlists):
            self._pretrain(towers, playlists)
        self.train("neumf", towers, playlists, popular)
        towers.parameters["bias"] += popular.log_q - popular.log_q.max()
        self.towers_ = towers
        self.index_ = harness.kit.PlaylistIndex.of(train.tracks, train.catalog.n_tracks)
        self.centres_ = np.empty((0, self.factors + self.mlp_factors), np.float32)
        self.clusters_ = harness.Ragged.from_rows([[]])  # without centres, every playlist has this list
        if self.candidates == "clusters":
            self._cluster(playlists)
        self._derive()

    @_training.one_blas_thread
    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k highest-scoring candidates that are not seeds."""
        tracks = np.full((len(challenge), k), -1, np.int32)
        best = np.zeros((len(challenge), k), np.float32)
        playlists, served = self._playlists(challenge.seeds)
        lists, list_of = self._candidates(challenge, playlists)

        def rows(first: int, end: int) -> None:
            for row in (np.flatnonzero(served[first:end]) + first).tolist():
                candidates = lists.row(list_of[row])
                candidates = candidates[~np.isin(candidates, challenge.seeds.row(row))]
                candidates = candidates[self.vocabulary_.row_of[candidates] >= 0]
                ranked = harness.kit.top_k(self._scores(playlists[row], candidates)[None], k)
                held = ranked.tracks[0] >= 0
                tracks[row, held] = candidates[ranked.tracks[0, held]]
                best[row] = ranked.scores[0]

        harness.kit.in_blocks(rows, len(challenge), "rank candidates", threads=self.threads)
        return harness.Ranked(tracks, best)

    @_training.one_blas_thread
    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """Scores of any tracks, (total,); 0 for tracks without vectors and for playlists without known seeds."""
        playlists, served = self._playlists(challenge.seeds)
        scores = np.zeros(len(candidates.values), np.float32)

        def rows(first: int, end: int) -> None:
            for row in (np.flatnonzero(served[first:end]) + first).tolist():
                row_tracks = candidates.row(row)
                known = np.flatnonzero(row_tracks < self.index_.n_tracks)
                known = known[self.vocabulary_.row_of[row_tracks[known]] >= 0]
                scores[candidates.indptr[row] + known] = self._scores(playlists[row], row_tracks[known])

        harness.kit.in_blocks(rows, len(challenge), "score candidates", threads=self.threads)
        return scores

    def track_vectors(self) -> NDArray[np.float32]:
        """Vectors t of the tracks as candidates, (n_tracks, factors + mlp_factors); 0 for a track without one."""
        parts = self.towers_.parameters["tracks"]
        vectors = np.zeros((self.index_.n_tracks, parts.shape[1]), np.float32)
        vectors[self.vocabulary_.tracks] = parts
        vectors[self.n_entries_ == 0] = 0
        return vectors

    def save(self, folder: Path) -> None:
        """Save the network, the index and the clusters."""
        self.index_.save(folder)
        self.save_history(folder)
        arrays: dict[str, NDArray[Any]] = {
            "vocabulary": self.vocabulary_.tracks,
            "centres": self.centres_,
            "indptr": self.clusters_.indptr,
            "values": self.clusters_.values,
            **self.towers_.parameters,
        }
        np.savez(folder / ARRAYS, allow_pickle=False, **arrays)

    @_training.one_blas_thread
    def load(self, folder: Path) -> None:
        """Load them."""
        self.index_ = harness.kit.PlaylistIndex.load(folder)
        self.load_history(folder)
        with np.load(folder / ARRAYS) as archive:
            arrays = dict(archive)
        self.vocabulary_ = Vocabulary(arrays.pop("vocabulary"), self.index_.n_tracks)
        self.centres_ = arrays.pop("centres")
        self.clusters_ = harness.Ragged(arrays.pop("indptr"), arrays.pop("values"))
        self.towers_ = Towers(arrays, self.negative)
        self._derive()

    def _derive(self) -> None:
        self.first_layer_ = self.towers_.first_layer_of_tracks()
        self.n_entries_ = self.index_.n_entries
        self.scale_ = 1 / np.sqrt(np.maximum(self.index_.lengths, 1))

    def _pretrain(self, towers: Towers, playlists: Ragged) -> None:
        rng = harness.kit.generator(self.seed, "first vectors")
        n_tracks = len(towers.parameters["bias"])
        vectors = FIRST_LENGTH * _vectors.singular_vectors(playlists, n_tracks, self.factors, rng)
        frequency = np.maximum(np.bincount(playlists.values, minlength=n_tracks), 1).astype(np.float32)
        towers.parameters["seeds"][:, : self.factors] = vectors * frequency[:, None] ** -0.25
        towers.parameters["tracks"][:, : self.factors] = vectors

    def _playlists(self, seeds: Ragged) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
        """Vectors of playlists with these seeds, and whether each has a known seed, (n,)."""
        known = self.index_.known(seeds)[0]
        return self.towers_.playlists(self.vocabulary_.rows(known)), known.lengths > 0

    def _scores(self, playlist: NDArray[np.floating], tracks: NDArray[np.int32]) -> NDArray[np.float32]:
        rows = self.vocabulary_.row_of[tracks]
        return sigmoid(self.towers_.logits(playlist, rows, self.first_layer_)).astype(np.float32)

    def _cluster(self, playlists: Ragged) -> None:
        """Set the cluster centres of the training playlists, and the distinct tracks of each cluster."""
        from scipy.sparse import csr_array
        from sklearn.cluster import MiniBatchKMeans
        from sklearn.preprocessing import normalize

        if not len(playlists):
            return
        vectors = normalize(self.towers_.playlists(playlists))
        means = MiniBatchKMeans(min(self.clusters, len(vectors)), batch_size=4096, n_init=1, random_state=self.seed)
        with threadpool_limits(1):
            cluster_of = means.fit_predict(vectors)
        self.centres_ = means.cluster_centers_.astype(np.float32)
        ones = np.ones(len(cluster_of), np.float32)
        members = csr_array((ones, (cluster_of, np.arange(len(cluster_of)))), shape=(len(self.centres_), len(ones)))
        held = members @ playlists.matrix(len(self.vocabulary_))
        held.sort_indices()
        self.clusters_ = harness.Ragged(held.indptr.astype(np.int64), self.vocabulary_.tracks[held.indices])

    def _candidates(self, challenge: Challenge, playlists: NDArray[np.floating]) -> tuple[Ragged, NDArray[np.integer]]:
        """Lists of candidates, each by rising id, and the list number of each playlist, (n,)."""
        if self.candidates == "clusters":
            return self.clusters_, self._nearest_centres(playlists)
        lists = harness.kit.neighbour_top_k(
            self.index_, self._query(challenge), self.n_candidates, threads=self.threads
        )
        return harness.Ragged.from_lists(np.sort(lists.tracks, axis=1)), np.arange(len(challenge))

    def _nearest_centres(self, playlists: NDArray[np.floating]) -> NDArray[np.integer]:
        from sklearn.preprocessing import normalize

        if not (len(self.centres_) and len(playlists)):
            return np.zeros(len(playlists), np.int64)
        products = normalize(playlists)[:, None] @ self.centres_.T  # row by row: independent of the other rows
        nearest: NDArray[np.integer] = np.argmin((self.centres_**2).sum(axis=1) - 2 * products[:, 0], axis=1)
        return nearest

    def _query(self, challenge: Challenge) -> NearestPlaylists:
        seeds, _ = self.index_.known(challenge.seeds)
        n = len(seeds)
        return harness.kit.NearestPlaylists(
            indptr=seeds.indptr,
            seeds=seeds.values,
            weights=1 / ((self.n_entries_[seeds.values] - 1.0) ** DAMPING + 1),
            counted=np.zeros(n, np.bool_),
            scale=self.scale_,
            counted_scale=self.scale_,
            nearest=np.full(n, self.neighbours, np.int64),
            amplification=1.0,
            share=np.ones(n),
            title_of=np.full(n, -1, np.int64),
            title_indptr=np.zeros(1, np.int64),
            titled=np.empty(0, np.int32),
        )
