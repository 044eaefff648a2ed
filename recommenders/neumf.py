"""A network tells from a playlist's and a track's vector whether they belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from threadpoolctl import threadpool_limits

import harness
from recommenders import _cuts, _training, _vectors
from recommenders._towers import Towers, sigmoid

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from harness import Challenge, NearestPlaylists, Playlists, Ragged, Ranked

FIRST_LENGTH = 0.2
"""Root mean square of the numbers that pretrained vectors begin with."""

DAMPING = 0.4
"""Exponent by which frequent seeds weigh less where neighbours are sought, as `playlist-knn` has it."""

ARRAYS = "neumf.npz"


@harness.recommender("neumf")
class NeuMf:
    """Recommend the candidates that a network of two towers thinks likeliest to be in the playlist.

    Each track has a vector s as a seed and a vector t as a candidate; both are cut into a part for the GMF tower
    (`factors`) and one for the MLP tower (`mlp_factors`). With S the seeds of a playlist::

        p           = sum over i in S of s(i) / |S|^(1/2)
        gmf(p, i)   = p_gmf * t_gmf(i), number by number
        mlp(p, i)   = relu(W2 relu(W1 [p_mlp, t_mlp(i)] + b1) + b2)
        z(p, i)     = h * [gmf(p, i), mlp(p, i)] + bias(i)
        score(p, i) = sigmoid(z(p, i) + log(q(i) / largest q))

    where q(i) is proportional to (number of playlists with i)^exponent. So a playlist is what it holds: a new one
    needs no training. In training, a playlist is cut in two at random; p is made of one half, and the loss is the
    binary cross-entropy of sigmoid(z) for up to `targets` tracks of the other half (1) and for the negatives (0),
    which are drawn by q for a whole batch, those that the playlist holds left out. As frequent tracks are drawn
    more often, z lacks their frequency, and the score adds it again (noise-contrastive estimation).

    The GMF parts begin as singular vectors of the playlists, all else at random (`pretrain`). Training ends when
    the loss of playlists that it does not learn from no longer falls.

    Only candidates are ranked: the tracks of the playlists in the cluster whose centre is nearest to p (KMeans
    over the vectors of the training playlists, by direction), or the best `n_candidates` tracks of the
    nearest playlists, counted as `playlist-knn` does. A playlist without known seeds gets an empty list.

    Fit costs O(n_playlists * (targets + negatives) * (factors + hidden^2)) operations an epoch, and
    32 * (factors + mlp_factors) bytes a track (both vectors, twice that for Adam, and the best so far); recommend
    O(candidates * (factors + hidden^2)) a playlist beside what the candidates cost.

    Source: He et al. 2017, "Neural Collaborative Filtering", whose playlist vectors are learnt, not pooled;
    pooling: Kabbur et al. 2013, "FISM"; the loss: Gutmann and Hyvärinen 2010, "Noise-contrastive estimation".
    """

    factors: int = 128
    """Length of the GMF tower's vectors."""
    mlp_factors: int = 32
    """Length of the MLP tower's vectors."""
    hidden: int = 32
    """Width of the MLP tower's first layer; the second has half of it."""
    pretrain: bool = True
    """Whether the GMF tower's vectors begin as singular vectors."""
    targets: int = 16
    """How many tracks of a playlist are learnt each time it is read, at most."""
    negatives: int = 256
    """How many negatives are drawn for a batch."""
    negative: float = 5.0
    """How much all negatives weigh together, against 1 of a target."""
    exponent: float = 0.75
    """Exponent of a track's frequency in the draw of negatives."""
    learning_rate: float = 0.003
    """Adam's step."""
    batch: int = 256
    """Playlists a step."""
    epochs: int = 12
    """How often all playlists are read, at most."""
    patience: int = 2
    """Training ends after so many epochs without a smaller loss on the validation part."""
    validation: float = 0.05
    """Share of the training playlists that only say when to end."""
    candidates: Literal["clusters", "neighbours"] = "neighbours"
    """Where candidates come from."""
    clusters: int = 250
    """Number of clusters."""
    neighbours: int = 500
    """How many nearest playlists give candidates."""
    n_candidates: int = 2_000
    """How many candidates the nearest playlists give, at most."""
    threads: int = 0
    """Threads that recommend, 0 for one a core; the lists do not depend on it. Training has one."""
    seed: int = 0
    """Of the first vectors, the cuts and the draws."""

    def __post_init__(self) -> None:
        """Refuse values without a meaning; raises ValueError."""
        _training.check(self)
        for name in ("factors", "mlp_factors", "clusters", "neighbours", "n_candidates"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)}: it must be at least 1")
        if self.hidden < 2:  # noqa: PLR2004 - the second layer has half of it
            raise ValueError(f"hidden={self.hidden}: it must be at least 2")
        if self.negative <= 0:
            raise ValueError(f"negative={self.negative}: it must be above 0")
        if self.candidates not in ("clusters", "neighbours"):
            raise ValueError(f"candidates={self.candidates}: it is clusters or neighbours")

    @_training.one_blas_thread
    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Train the network, and note where candidates come from."""
        del challenge
        n_tracks = train.catalog.n_tracks
        playlists = _cuts.learnable(train)
        popular = _cuts.Popular(playlists, n_tracks, self.exponent)
        towers = Towers.begun(n_tracks, self.factors, self.mlp_factors, self.hidden, self.negative, self.seed)
        if len(playlists):
            if self.pretrain:
                self._pretrain(towers, playlists)
            _training.train_as(self, towers, playlists, popular)
        towers.parameters["bias"] += popular.log_q - popular.log_q.max()
        self.towers_ = towers
        self.index_ = harness.PlaylistIndex.of(train.tracks, n_tracks)
        self.centres_ = np.empty((0, self.factors + self.mlp_factors), np.float32)
        self.clusters_ = harness.Ragged.from_rows([])
        if self.candidates == "clusters":
            self._cluster(playlists)
        self._derive()

    @_training.one_blas_thread
    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k best candidates that are no seeds."""
        tracks = np.full((len(challenge), k), -1, np.int32)
        best = np.zeros((len(challenge), k), np.float32)
        playlists, served = self._playlists(challenge.seeds)
        lists, list_of = self._candidates(challenge, playlists)

        def rows(first: int, end: int) -> None:
            for row in (np.flatnonzero(served[first:end]) + first).tolist():
                own = lists.row(list_of[row])
                own = own[~np.isin(own, challenge.seeds.row(row))]
                ranked = harness.top_k(self._scores(playlists[row], own)[None], k)
                held = ranked.tracks[0] >= 0
                tracks[row, held] = own[ranked.tracks[0, held]]
                best[row] = ranked.scores[0]

        harness.in_blocks(rows, len(challenge), "rank candidates", threads=self.threads)
        return harness.Ranked(tracks, best)

    @_training.one_blas_thread
    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """The scores of any tracks, (total,), candidates or not; 0 for unknown ones and without known seeds."""
        playlists, served = self._playlists(challenge.seeds)
        found = np.zeros(len(candidates.values), np.float32)

        def rows(first: int, end: int) -> None:
            for row in (np.flatnonzero(served[first:end]) + first).tolist():
                asked = candidates.row(row)
                known = asked < self.index_.n_tracks
                at = candidates.indptr[row] + np.flatnonzero(known)
                found[at] = self._scores(playlists[row], asked[known])

        harness.in_blocks(rows, len(challenge), "score candidates", threads=self.threads)
        return found

    def save(self, folder: Path) -> None:
        """Keep the network, the index and the clusters."""
        self.index_.save(folder)
        arrays: dict[str, NDArray[Any]] = {
            "centres": self.centres_,
            "indptr": self.clusters_.indptr,
            "values": self.clusters_.values,
            **self.towers_.parameters,
        }
        np.savez(folder / ARRAYS, allow_pickle=False, **arrays)

    @_training.one_blas_thread
    def load(self, folder: Path) -> None:
        """Read them back."""
        self.index_ = harness.PlaylistIndex.load(folder)
        with np.load(folder / ARRAYS) as archive:
            arrays = dict(archive)
        self.centres_ = arrays.pop("centres")
        self.clusters_ = harness.Ragged(arrays.pop("indptr"), arrays.pop("values"))
        self.towers_ = Towers(arrays, self.negative)
        self._derive()

    def _derive(self) -> None:
        self.first_layer_ = self.towers_.first_layer_of_tracks()
        self.n_entries_ = self.index_.n_entries
        self.scale_ = 1 / np.sqrt(np.maximum(self.index_.lengths, 1))

    def _pretrain(self, towers: Towers, playlists: Ragged) -> None:
        rng = harness.generator(self.seed, "first vectors")
        n_tracks = len(towers.parameters["bias"])
        vectors = FIRST_LENGTH * _vectors.singular_vectors(playlists, n_tracks, self.factors, rng)
        frequency = np.maximum(np.bincount(playlists.values, minlength=n_tracks), 1).astype(np.float32)
        towers.parameters["seeds"][:, : self.factors] = vectors * frequency[:, None] ** -0.25
        towers.parameters["tracks"][:, : self.factors] = vectors

    def _playlists(self, seeds: Ragged) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
        """The vectors of playlists with these seeds, and which of them have a known one."""
        known = self.index_.known(seeds)[0]
        return self.towers_.playlists(known), known.lengths > 0

    def _scores(self, playlist: NDArray[np.floating], tracks: NDArray[np.int32]) -> NDArray[np.float32]:
        return sigmoid(self.towers_.logits(playlist, tracks, self.first_layer_)).astype(np.float32)

    def _cluster(self, playlists: Ragged) -> None:
        """Note the centres of the training playlists, and the distinct tracks of each cluster."""
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
        held = members @ playlists.matrix(self.index_.n_tracks)
        held.sort_indices()
        self.clusters_ = harness.Ragged(held.indptr.astype(np.int64), held.indices.astype(np.int32))

    def _candidates(self, challenge: Challenge, playlists: NDArray[np.floating]) -> tuple[Ragged, NDArray[np.integer]]:
        """Lists of candidates, each rising, and the list of each playlist."""
        if self.candidates == "clusters":
            return self.clusters_, self._nearest_centres(playlists)
        lists = harness.neighbour_top_k(self.index_, self._asked(challenge), self.n_candidates, threads=self.threads)
        return harness.Ragged.from_lists(np.sort(lists.tracks, axis=1)), np.arange(len(challenge))

    def _nearest_centres(self, playlists: NDArray[np.floating]) -> NDArray[np.integer]:
        from sklearn.preprocessing import normalize

        if not len(self.centres_):
            return np.zeros(len(playlists), np.int64)
        products = normalize(playlists)[:, None] @ self.centres_.T  # row by row: the same alone and among others
        nearest: NDArray[np.integer] = np.argmin((self.centres_**2).sum(axis=1) - 2 * products[:, 0], axis=1)
        return nearest

    def _asked(self, challenge: Challenge) -> NearestPlaylists:
        seeds, _ = self.index_.known(challenge.seeds)
        n = len(seeds)
        return harness.NearestPlaylists(
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
