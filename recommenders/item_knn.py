"""Item-based nearest neighbours: tracks that are most similar to the seeds."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

import harness
from recommenders._bounds import NonNegative
from recommenders._cached_lists import CachedLists
from recommenders._metadata import index_with_metadata, known_seeds

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Challenge, Playlists, Ragged, Ranked
    from harness.kit import SimilarTracks

    Ids = NDArray[np.int32]

SHRINK = {"cosine": 5.0, "asymmetric-cosine": 3.0, "rp3beta": 5.0, "tf-idf": 300.0, "tversky": 0.3}
FEW_PLAYLISTS = 50_000
"""Similarity -> `shrink` for training sets with fewer playlists than that; 0 for other similarities. In units of each
denominator. Its gain falls with the number of playlists: .017 NDCG with 1,500, .004 with 15,000, none with 50,000."""

STATE = "shrink.json"

BM25_K1 = 1.2
BM25_B = 0.75
"""Saturation and length normalisation, as in the best item-based entry of the challenge."""

CELLS = 1 << 28
"""Maximum number of entries in the neighbour lists of a block, 8 bytes each."""


@harness.recommender("item-knn")
class ItemKnn:
    """Recommend the tracks that share playlists with the seeds.

    With n(i) the number of playlists that have track i, |q| the number of distinct tracks of playlist q, N the
    number of playlists, and sums over the playlists q that have both s and t, similarity(s, t) is::

        cosine            sum of 1       / ((n(s) n(t))^(1/2) + shrink)
        asymmetric-cosine sum of 1       / (n(s)^alpha n(t)^(1 - alpha) + shrink)
        bm25              sum of g(q)^2  / (1 / (idf(s) idf(t)) + shrink)
        p3alpha           sum of |q|^-length / (n(s)^alpha + shrink)
        rp3beta           sum of |q|^-length / (n(s)^alpha n(t)^beta + shrink)
        tf-idf            sum of h(q)^2  / (norm(s) norm(t) + shrink)
        tversky           S / (alpha (S(s) - S) + beta (S(t) - S) + S + shrink),  S = sum of |q|^-length

        h(q) = log(n_tracks / (1 + |q|)),  norm(i)^2 = sum of h(q)^2 over the q that have i,  S(i) likewise
        idf(i) = log(1 + N / n(i)),  g(q) = (k1 + 1) / (1 + k1 * (1 - b + b |q| / mean |q|)),  k1 = 1.2, b = 0.75

        score(t) = sum over seeds s of (1 + rise * position of s / number of seeds) * similarity(s, t)

    Positions are from 1. They count only where the seeds are the first tracks of the playlist, not where
    they were drawn at random (categories 8 and 10). A playlist whose seeds are all unknown gets an empty list.

    With `metadata`, each artist and each album is one more playlist, of its 250 most frequent tracks in the training
    set, and a seed without a training playlist is replaced by its artist.

    Cost: fit is one sort of the entries, 14 bytes per entry; no table of pairs is stored. Without `neighbours` and with
    shrink 0, recommend reads each playlist that has a seed once: O(entries of these playlists). With shrink or tversky
    it processes each seed separately: O(sum over seeds of n(s) * mean length). With `neighbours` it does this once per
    distinct seed and stores their lists, which is the fastest and takes up to 2 GB more; lists of the most frequent
    seeds are cached for later calls, up to 256 MB. Otherwise, in a large training set, up to 2,000 frequent tracks are
    processed once, with up to 2 GB for their sums. Other memory is O(n_playlists + n_tracks) per thread. Time grows
    with n_playlists and hardly with n_tracks.

    Source: P3alpha: Cooper et al. 2014; RP3beta: Paudel et al. 2017; asymmetric cosine: Aiolli 2013; TF-IDF as in
    `implicit`; tversky: the core of S-Plus, as in `similaripy`; their use on playlists: Antenucci et al. 2018,
    "Artist-driven layering and user's behaviour impact on recommendations in a playlist continuation scenario"
    (RecSys Challenge).
    """

    similarity: Literal["cosine", "asymmetric-cosine", "bm25", "p3alpha", "rp3beta", "tf-idf", "tversky"] = "rp3beta"
    """Similarity of two tracks, by the formulas above."""
    alpha: Annotated[float, harness.Bounds(ge=0, le=10)] = 0.7
    """Weight of the seed's frequency: share in asymmetric cosine and tversky, exponent in p3alpha and rp3beta."""
    beta: Annotated[float, harness.Bounds(ge=0, le=10)] = 0.3
    """Weight of the track's frequency: exponent in rp3beta, share in tversky; a higher value favours rare tracks."""
    length: Annotated[float, harness.Bounds(ge=0, le=10)] = 0.7
    """Exponent of the playlist length in the denominator, in p3alpha, rp3beta and tversky."""
    shrink: Annotated[float, harness.Bounds(ge=0, le=1e9)] | None = None
    """Added to the denominator; a higher value reduces the similarity of rare tracks. If none: 0, but for fewer than
    50,000 training playlists 5 (cosine, rp3beta), 3 (asymmetric-cosine), 300 (tf-idf) or .3 (tversky)."""
    neighbours: Annotated[int, harness.Bounds(ge=1, le=100_000)] | None = None
    """Similar tracks per seed; all if none."""
    rise: Annotated[float, harness.Bounds(ge=0, le=1e6)] = 0.0
    """Extra weight of the last seed relative to the first; 4 helps where the last fifth of a playlist is withheld."""
    metadata: bool = True
    """Artists and albums count as further playlists, and an unknown seed is replaced by its artist."""
    threads: NonNegative = 0
    """Number of threads, 0 for one per core; the lists do not depend on it."""

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Index the entries by playlist and by track."""
        del challenge
        self.index_ = index_with_metadata(train, metadata=self.metadata)
        by_size = SHRINK.get(self.similarity, 0.0) if len(train) < FEW_PLAYLISTS else 0.0
        self.shrink_ = by_size if self.shrink is None else float(self.shrink)
        self._derive()

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k highest-scoring tracks that are not seeds."""
        if self.neighbours is None:
            query = self._query(challenge)
            return harness.kit.neighbour_top_k(self.index_, query, k, threads=self.threads, frequent=self.frequent_)
        parts = [
            harness.kit.sparse_top_k(*self._lists(block, self.neighbours), block.seeds, k, threads=self.threads)
            for block in map(challenge.take, _blocks(challenge.seeds, self.neighbours))
        ]
        tracks, scores = [part.tracks for part in parts], [part.scores for part in parts]
        return harness.Ranked(np.concatenate(tracks), np.concatenate(scores))

    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """Scores of the candidates, (total,); 0 for a track without a similar seed."""
        if self.neighbours is None:
            query, frequent = self._query(challenge), self.frequent_
            return harness.kit.neighbour_scores(self.index_, query, candidates, threads=self.threads, frequent=frequent)
        parts = [
            harness.kit.sparse_scores(
                *self._lists(challenge.take(rows), self.neighbours), candidates.take(rows), threads=self.threads
            )
            for rows in _blocks(challenge.seeds, self.neighbours)
        ]
        return np.concatenate(parts)

    def save(self, folder: Path) -> None:
        """Save the index and the shrinkage."""
        self.index_.save(folder)
        (folder / STATE).write_text(json.dumps({"shrink": self.shrink_}), encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Load them."""
        self.index_ = harness.kit.PlaylistIndex.load(folder)
        self.shrink_ = float(json.loads((folder / STATE).read_text(encoding="utf-8"))["shrink"])
        self._derive()

    def _derive(self) -> None:
        """Set the factors of the similarity: of seeds and of tracks, (n_tracks,), and of playlists, (n_playlists,)."""
        self.frequent_ = harness.kit.FrequentSeeds()
        if self.neighbours is not None:
            self.cached_ = CachedLists(self.index_.frequencies, self.neighbours)
        n = np.maximum(self.index_.frequencies, 1).astype(np.float64)
        length = np.maximum(self.index_.lengths, 1).astype(np.float64)
        match self.similarity:
            case "cosine":
                self.seed_norm_, self.norm_, self.scale_ = n**0.5, n**0.5, np.ones_like(length)
            case "asymmetric-cosine":
                self.seed_norm_, self.norm_ = n**self.alpha, n ** (1 - self.alpha)
                self.scale_ = np.ones_like(length)
            case "bm25":
                self.norm_ = self.seed_norm_ = 1 / np.log1p(len(length) / n)
                self.scale_ = _bm25(length) ** 2
            case "p3alpha":
                self.seed_norm_, self.norm_, self.scale_ = n**self.alpha, np.ones_like(n), length**-self.length
            case "rp3beta":
                self.seed_norm_, self.norm_, self.scale_ = n**self.alpha, n**self.beta, length**-self.length
            case "tf-idf":
                self.scale_ = np.maximum(np.log(self.index_.n_listed / (1 + length)), 0) ** 2
                self.norm_ = self.seed_norm_ = np.sqrt(self._sums_of_scale())
            case "tversky":
                self.scale_ = length**-self.length
                sums = self._sums_of_scale()
                self.seed_norm_, self.norm_ = self.alpha * sums, self.beta * sums

    def _sums_of_scale(self) -> NDArray[np.float64]:
        """Sum of the scales of the playlists that have each track, (n_tracks,), above 0."""
        tracks, scales = self.index_.tracks, np.repeat(self.scale_, self.index_.lengths)
        return np.maximum(np.bincount(tracks, scales, self.index_.n_tracks), np.finfo(np.float64).tiny)

    def _query(self, challenge: Challenge) -> SimilarTracks:
        seeds, weights = self._weighted_seeds(challenge)
        return self._similar_tracks(seeds, weights)

    def _lists(self, challenge: Challenge, neighbours: int) -> tuple[csr_array, csr_array]:
        """Weights of each distinct seed in each row, (n, n_seeds), and its similar tracks, (n_seeds, n_tracks)."""
        from scipy.sparse import csr_array

        seeds, weights = self._weighted_seeds(challenge)
        distinct, number_of = np.unique(seeds.values, return_inverse=True)
        ranked = self.cached_.of(distinct, partial(self._similar, neighbours))
        similar = harness.Ragged.from_lists(ranked.tracks)
        shape = len(distinct), self.index_.n_tracks
        lists = csr_array((ranked.scores[ranked.tracks >= 0], similar.values, similar.indptr), shape=shape)
        return csr_array((weights, number_of, seeds.indptr), shape=(len(seeds), len(distinct))), lists

    def _similar(self, neighbours: int, seeds: Ids) -> Ranked:
        """The most similar tracks of each seed, (m, neighbours)."""
        alone = harness.Ragged.from_lengths(np.ones(len(seeds), np.int64), seeds)
        query = self._similar_tracks(alone, np.ones(len(seeds)))
        return harness.kit.neighbour_top_k(self.index_, query, neighbours, threads=self.threads)

    def _weighted_seeds(self, challenge: Challenge) -> tuple[Ragged, NDArray[np.float64]]:
        """Distinct known seeds of each row, and the weight of each, (total,)."""
        seeds, positions = known_seeds(self.index_, challenge)
        rows = seeds.row_ids
        in_order = ~harness.kit.in_random_order(challenge)[rows]
        return seeds, 1 + self.rise * in_order * (positions + 1) / challenge.seeds.lengths[rows]

    def _similar_tracks(self, seeds: Ragged, weights: NDArray[np.float64]) -> SimilarTracks:
        return harness.kit.SimilarTracks(
            indptr=seeds.indptr,
            seeds=seeds.values,
            weights=weights,
            seed_norm=self.seed_norm_,
            norm=self.norm_,
            scale=self.scale_,
            shrink=self.shrink_,
            overlap=1.0 - self.alpha - self.beta,
            added=self.similarity == "tversky",
        )


def _blocks(seeds: Ragged, neighbours: int) -> list[NDArray[np.int64]]:
    """Row numbers by block; the neighbour lists of a block have at most `CELLS` entries."""
    block_of = seeds.indptr[:-1] // max(1, CELLS // neighbours)
    return np.split(np.arange(len(seeds)), np.flatnonzero(np.diff(block_of)) + 1)


def _bm25(length: NDArray[np.float64]) -> NDArray[np.float64]:
    """BM25 weight of a track in each playlist without its idf, (n_playlists,)."""
    weights: NDArray[np.float64] = (BM25_K1 + 1) / (1 + BM25_K1 * (1 - BM25_B + BM25_B * length / length.mean()))
    return weights
