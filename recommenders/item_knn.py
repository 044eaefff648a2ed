"""Playlists are continued by the tracks most similar to their seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

import harness

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Challenge, Playlists, Ragged, Ranked, SimilarTracks

BM25_K1 = 1.2
BM25_B = 0.75
"""Saturation and length normalisation, as in the challenge's best item neighbours."""

CELLS = 1 << 28
"""Tracks that the lists of seeds may hold at once, 8 bytes each."""


@harness.recommender("item-knn")
class ItemKnn:
    """Recommend the tracks that share playlists with the seeds.

    With n(i) the number of playlists that hold track i, |q| the number of distinct tracks of playlist q, N the
    number of playlists, and sums over the playlists q that hold both s and t::

        cosine            sum of 1       / ((n(s) n(t))^(1/2) + shrink)
        asymmetric-cosine sum of 1       / (n(s)^alpha n(t)^(1 - alpha) + shrink)
        bm25              sum of g(q)^2  / (1 / (idf(s) idf(t)) + shrink)
        p3alpha           sum of |q|^-length / (n(s)^alpha + shrink)
        rp3beta           sum of |q|^-length / (n(s)^alpha n(t)^beta + shrink)
        tf-idf            sum of h(q)^2  / (norm(s) norm(t) + shrink)
        tversky           S / (alpha (S(s) - S) + beta (S(t) - S) + S + shrink),  S = sum of |q|^-length

        h(q) = log(n_tracks / (1 + |q|)),  norm(i)^2 = sum of h(q)^2 over the q that hold i,  S(i) likewise
        idf(i) = log(1 + N / n(i)),  g(q) = (k1 + 1) / (1 + k1 * (1 - b + b |q| / mean |q|)),  k1 = 1.2, b = 0.75

        score(t) = sum over seeds s of (1 + rise * position of s / number of seeds) * similarity(s, t)

    positions count from 1; they weigh only where the seeds are the first tracks of the playlist, not where
    they were drawn at random (categories 8 and 10). A playlist whose seeds are all unknown gets an empty list.

    Fit is one sort of the entries: 14 bytes an entry, no table of pairs. Where all neighbours count and shrink is 0,
    recommend walks a playlist's seeds together: O(entries of all playlists that hold a seed), at most every entry
    once a playlist. With shrink or tversky it walks seed by seed: O(sum over seeds of n(s) * mean length).
    With `neighbours` it does so once for each distinct seed, and keeps their lists: up to 2 GB more, but the
    fastest way. Memory is O(n_playlists + n_tracks) a thread beside. Time grows with n_playlists and hardly
    with n_tracks.

    Source: P3alpha: Cooper et al. 2014; RP3beta: Paudel et al. 2017; asymmetric cosine: Aiolli 2013; TF-IDF as in
    `implicit`; tversky: the core of S-Plus, as in `similaripy`; their use on playlists: Antenucci et al. 2018,
    "Artist-driven layering and user's behaviour impact on recommendations in a playlist continuation scenario"
    (RecSys Challenge).
    """

    similarity: Literal["cosine", "asymmetric-cosine", "bm25", "p3alpha", "rp3beta", "tf-idf", "tversky"] = "rp3beta"
    """Which of the formulas."""
    alpha: float = 0.7
    """Weight of the seed's frequency: share in asymmetric cosine and tversky, exponent in p3alpha and rp3beta."""
    beta: float = 0.3
    """Weight of the track's frequency: exponent in rp3beta, share in tversky; more of it favours rare tracks."""
    length: float = 0.7
    """Exponent by which long playlists weigh less in p3alpha, rp3beta and tversky."""
    shrink: float = 0.0
    """Added to the denominator: higher trusts rare tracks less."""
    neighbours: int | None = None
    """How many similar tracks each seed keeps; all of them if none."""
    rise: float = 0.0
    """How much more the last seed weighs than the first; 4 helps where the last fifth of a list is withheld."""
    threads: int = 0
    """Threads at work, 0 for one a core; the lists do not depend on it."""

    def __post_init__(self) -> None:
        """Refuse values without a meaning; raises ValueError."""
        if self.neighbours is not None and self.neighbours < 1:
            raise ValueError(f"neighbours={self.neighbours}: at least 1 track must be kept")
        for name in ("shrink", "rise", "threads", "length"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}={getattr(self, name)}: it must be 0 or above")

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Index the entries by playlist and by track."""
        del challenge
        self.index_ = harness.PlaylistIndex.of(train.tracks, train.catalog.n_tracks)
        self._derive()

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k best tracks that are no seeds."""
        if self.neighbours is None:
            return harness.walk_top(self.index_, self._asked(challenge), k, threads=self.threads)
        parts = [
            harness.best_sums(*self._lists(some, self.neighbours), some.seeds, k, threads=self.threads)
            for some in map(challenge.take, _blocks(challenge.seeds, self.neighbours))
        ]
        tracks, scores = [part.tracks for part in parts], [part.scores for part in parts]
        return harness.Ranked(np.concatenate(tracks), np.concatenate(scores))

    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """The scores of the candidates, (total,); 0 where a track is similar to no seed."""
        if self.neighbours is None:
            return harness.walk_scores(self.index_, self._asked(challenge), candidates, threads=self.threads)
        parts = [
            harness.sums_of(
                *self._lists(challenge.take(rows), self.neighbours), candidates.take(rows), threads=self.threads
            )
            for rows in _blocks(challenge.seeds, self.neighbours)
        ]
        return np.concatenate(parts)

    def save(self, folder: Path) -> None:
        """Keep the index."""
        self.index_.save(folder)

    def load(self, folder: Path) -> None:
        """Read it back."""
        self.index_ = harness.PlaylistIndex.load(folder)
        self._derive()

    def _derive(self) -> None:
        """The factors of the similarity: of seeds and of tracks, (n_tracks,), and of playlists, (n_playlists,)."""
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
                self.scale_ = np.maximum(np.log(self.index_.n_tracks / (1 + length)), 0) ** 2
                self.norm_ = self.seed_norm_ = np.sqrt(self._sums_of_scale())
            case "tversky":
                self.scale_ = length**-self.length
                sums = self._sums_of_scale()
                self.seed_norm_, self.norm_ = self.alpha * sums, self.beta * sums

    def _sums_of_scale(self) -> NDArray[np.float64]:
        """Sum of the scales of the playlists that hold each track, (n_tracks,), above 0."""
        tracks, scales = self.index_.tracks, np.repeat(self.scale_, self.index_.lengths)
        return np.maximum(np.bincount(tracks, scales, self.index_.n_tracks), np.finfo(np.float64).tiny)

    def _asked(self, challenge: Challenge) -> SimilarTracks:
        seeds, weights = self._weighed(challenge)
        return self._similar(seeds, weights)

    def _lists(self, challenge: Challenge, neighbours: int) -> tuple[csr_array, csr_array]:
        """How much each distinct seed weighs in each row, (n, n_seeds), and its similar tracks, (n_seeds, n_tracks)."""
        from scipy.sparse import csr_array

        seeds, weights = self._weighed(challenge)
        distinct, number_of = np.unique(seeds.values, return_inverse=True)
        alone = harness.Ragged.from_lengths(np.ones(len(distinct), np.int64), distinct)
        each = self._similar(alone, np.ones(len(distinct)))
        ranked = harness.walk_top(self.index_, each, neighbours, threads=self.threads)
        found = harness.Ragged.from_lists(ranked.tracks)
        shape = len(distinct), self.index_.n_tracks
        lists = csr_array((ranked.scores[ranked.tracks >= 0], found.values, found.indptr), shape=shape)
        return csr_array((weights, number_of, seeds.indptr), shape=(len(seeds), len(distinct))), lists

    def _weighed(self, challenge: Challenge) -> tuple[Ragged, NDArray[np.float64]]:
        """The distinct known seeds of each row, and how much each weighs."""
        seeds, positions = self.index_.known(challenge.seeds)
        rows = seeds.row_ids
        in_order = ~harness.in_random_order(challenge)[rows]
        return seeds, 1 + self.rise * in_order * (positions + 1) / challenge.seeds.lengths[rows]

    def _similar(self, seeds: Ragged, weights: NDArray[np.float64]) -> SimilarTracks:
        return harness.SimilarTracks(
            indptr=seeds.indptr,
            seeds=seeds.values,
            weights=weights,
            seed_norm=self.seed_norm_,
            norm=self.norm_,
            scale=self.scale_,
            shrink=float(self.shrink),
            overlap=1.0 - self.alpha - self.beta,
            added=self.similarity == "tversky",
        )


def _blocks(seeds: Ragged, neighbours: int) -> list[NDArray[np.int64]]:
    """The rows, cut so that the lists of a block's seeds stay below `CELLS`."""
    block_of = seeds.indptr[:-1] // max(1, CELLS // neighbours)
    return np.split(np.arange(len(seeds)), np.flatnonzero(np.diff(block_of)) + 1)


def _bm25(length: NDArray[np.float64]) -> NDArray[np.float64]:
    """The BM25 weight of a track in each playlist but for its idf, (n_playlists,)."""
    weights: NDArray[np.float64] = (BM25_K1 + 1) / (1 + BM25_K1 * (1 - BM25_B + BM25_B * length / length.mean()))
    return weights
