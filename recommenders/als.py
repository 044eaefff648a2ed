"""Implicit matrix factorisation by alternating least squares, with frequency-scaled regularisation (iALS)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

import harness
from recommenders._least_squares import solve_side

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Challenge, Playlists, Ragged, Ranked

BATCH = 256
"""Playlists folded in at once."""

ARRAYS, TITLES = "als.npz", "titles.json"


@harness.recommender("als")
class Als:
    """Recommend the tracks whose vectors have the largest products with the playlist's.

    Training playlists x and columns y, which are the tracks and behind them the distinct normalised titles, get
    vectors that minimise, with p = 1 where a playlist holds a track or bears a title and 0 elsewhere::

        sum over playlists and columns of c * (p - x * y)^2 + sum of penalty(x) |x|^2 + sum of penalty(y) |y|^2
        c = alpha where a playlist holds a track, title * alpha where it bears a title, 1 elsewhere

        penalty(x) = regularization * (n(x) / mean n(x))^nu,  n(x) the number of entries of x; the same for y

    An incomplete playlist is folded in: its x minimises the same sum over its seeds and its title, exactly. With
    G the sum of y y' over all columns + penalty(x) on the diagonal, Y the rows of its columns, c theirs::

        x = G^-1 Y' (1 + (c - 1) Y G^-1 Y')^-1 c

    so that only as many equations are solved as it has columns. A playlist without seeds gets the mean of the
    vectors of the training playlists that bear its title, which finds more than the title's own column does. A
    playlist without known seeds and title gets an empty list.

    Fit costs O(iterations * (n_entries * factors + (n_playlists + n_tracks) * factors^2) * 8) operations and
    4 * factors bytes a playlist and track beside 24 bytes an entry; recommend 2 * n_tracks * factors operations
    a playlist, and the memory of the tracks' vectors. The vectors do not depend on the number of threads.

    Source: Hu, Koren and Volinsky 2008, "Collaborative Filtering for Implicit Feedback Datasets", by conjugate
    gradients (Takács, Pilászy and Tikk 2011), both as `implicit` has them (nu = 0); penalties: Rendle, Krichene, Zhang
    and Koren 2022, "Revisiting the Performance of iALS on Item Recommendation Benchmarks"; titles as in
    Volkovs et al. 2018, "Two-stage Model for Automatic Playlist Continuation at Scale" (RecSys Challenge), who
    factorise them apart.
    """

    factors: int = 256
    """Length of the vectors."""
    regularization: float = 15.0
    """Penalty on the squared length of the vectors."""
    nu: float = 0.5
    """Exponent by which the penalty grows with the frequency of a track and the length of a playlist."""
    min_count: int = 1
    """Tracks in fewer training playlists get no vector and are not recommended."""
    alpha: float = 20.0
    """Weight of a track that stands in a playlist, against 1 of one that does not."""
    iterations: int = 15
    """How often the vectors of playlists and of tracks are computed in turn."""
    title: float = 0.3
    """Weight of a title, against 1 of a track that stands in a playlist."""
    threads: int = 0
    """Threads at work, 0 for one a core."""
    seed: int = 0
    """Of the vectors that the iterations start from."""

    def __post_init__(self) -> None:
        """Refuse values without a meaning; raises ValueError."""
        if self.factors < 1 or self.iterations < 1:
            raise ValueError(f"factors={self.factors}, iterations={self.iterations}: both must be at least 1")
        if self.min_count < 1 or self.nu < 0:
            raise ValueError(f"min_count={self.min_count}, nu={self.nu}: at least 1, and 0 or above")
        if self.regularization <= 0 or self.alpha <= 0:
            raise ValueError(f"regularization={self.regularization}, alpha={self.alpha}: both must be above 0")
        if self.title < 0:
            raise ValueError(f"title={self.title}: it must be 0 or above")

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Factorise the training set with its titles, and average its playlists by title."""
        del challenge
        titled = self._read_titles(train.info["name"].to_list())
        playlists, self.vectors_ = self._factorise(train, titled)
        n_bearing = np.maximum(np.asarray(titled.sum(axis=0)), 1).astype(np.float32)
        self.title_means_ = (titled.T @ playlists) / n_bearing[:, None]
        self._derive()

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k best tracks that are no seeds."""
        queries, indptr = self._queries(challenge)
        return harness.best_products(queries, indptr, self._tracks, challenge.seeds, k, threads=self.threads)

    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """The scores of the candidates, (total,); 0 for tracks that no training playlist holds."""
        queries, indptr = self._queries(challenge)
        return harness.product_scores(queries, indptr, self._tracks, candidates, threads=self.threads)

    def save(self, folder: Path) -> None:
        """Keep the vectors of tracks and titles."""
        arrays = {"vectors": self.vectors_, "title_means": self.title_means_, "mean_length": self.mean_length_}
        np.savez(folder / ARRAYS, allow_pickle=False, **arrays)
        (folder / TITLES).write_text(json.dumps(self.titles_), encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Read them back."""
        with np.load(folder / ARRAYS) as arrays:
            self.vectors_, self.title_means_ = arrays["vectors"], arrays["title_means"]
            self.mean_length_ = float(arrays["mean_length"])
        self.titles_ = json.loads((folder / TITLES).read_text(encoding="utf-8"))
        self._derive()

    def fold_in(self, columns: Ragged) -> NDArray[np.float32]:
        """The vectors of incomplete playlists, (n, factors) float32; 0 for one without a column.

        Args:
            columns: what each holds, distinct: track ids, and n_tracks + the row of its title.
        """
        from threadpoolctl import threadpool_limits

        playlists = np.zeros((len(columns), self.vectors_.shape[1]), np.float32)
        lengths = columns.lengths
        same_length = [np.flatnonzero(lengths == length) for length in np.unique(lengths[lengths > 0])]
        batches = [rows[at : at + BATCH] for rows in same_length for at in range(0, len(rows), BATCH)]
        with threadpool_limits(1, "blas"):  # many small equations: threads would wait for each other
            for rows in harness.track(batches, "fold in"):
                ids = columns.take(rows).values.reshape(len(rows), -1)
                playlists[rows] = self._solve(ids)
        return playlists

    def _solve(self, ids: NDArray[np.int32]) -> NDArray[np.float64]:
        """The vectors of playlists that hold these columns, (n, n_columns) -> (n, factors)."""
        confidence = np.where(ids < len(self._tracks), self.alpha, self.title * self.alpha)[:, :, None]
        vectors = self.vectors_[ids].astype(np.float64)
        penalty = self._penalties(np.array([ids.shape[1]]), self.mean_length_)[0]
        solved = vectors @ np.linalg.inv(self.gram_ + penalty * np.eye(len(self.gram_)))
        equations = np.eye(ids.shape[1]) + (confidence - 1) * (solved @ vectors.transpose(0, 2, 1))
        playlists: NDArray[np.float64] = (solved * np.linalg.solve(equations, confidence)).sum(axis=1)
        return playlists

    @property
    def _tracks(self) -> NDArray[np.float32]:
        return self.vectors_[: len(self.vectors_) - len(self.titles_)]

    def _read_titles(self, names: list[str | None]) -> csr_array:
        """Note the distinct titles; which playlist bears which, (n_playlists, n_titles) float32."""
        from scipy.sparse import csr_array

        key_of = {name: harness.title_key(name) for name in set(names)}
        self.titles_ = sorted(set(key_of.values()) - {""})
        row_of = {title: row for row, title in enumerate(self.titles_)}
        titles = np.array([row_of.get(key_of[name], -1) for name in names], np.int32)
        titled = np.flatnonzero(titles >= 0)
        ones = np.ones(len(titled), np.float32)
        return csr_array((ones, (titled, titles[titled])), shape=(len(names), len(self.titles_)))

    def _factorise(self, train: Playlists, titled: csr_array) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The vectors of the playlists, and of the tracks and titles."""
        confidence = self._confidence(train, titled)
        columns = confidence.T.tocsr()
        rng = np.random.default_rng(self.seed)
        playlists, vectors = (rng.random((n, self.factors), np.float32) * np.float32(0.01) for n in confidence.shape)
        lengths, counts = np.diff(confidence.indptr), np.diff(columns.indptr)
        self.mean_length_ = float(lengths[lengths > 0].mean()) if lengths.any() else 1.0
        penalties = self._penalties(lengths, self.mean_length_)
        column_penalties = self._penalties(counts, counts[counts > 0].mean() if counts.any() else 1.0)
        for _ in harness.track(range(self.iterations), "factorise"):
            solve_side(confidence, playlists, vectors, penalties, self.threads, "playlists")
            solve_side(columns, vectors, playlists, column_penalties, self.threads, "tracks and titles")
        return playlists, vectors

    def _penalties(self, n_entries: NDArray[np.int64], mean: float) -> NDArray[np.float32]:
        """Penalties of rows with this many entries, `mean` on average, (n,)."""
        return (self.regularization * (n_entries / mean) ** self.nu).astype(np.float32)

    def _derive(self) -> None:
        from threadpoolctl import threadpool_limits

        self.row_of_title_ = {title: row for row, title in enumerate(self.titles_)}
        with threadpool_limits(1, "blas"):  # so that sums have one order
            self.gram_ = (self.vectors_.T @ self.vectors_).astype(np.float64)

    def _confidence(self, train: Playlists, titled: csr_array) -> csr_array:
        """Confidence of each playlist's tracks, without rare ones, and of its title, (n_playlists, n_columns)."""
        from scipy.sparse import csr_array, hstack

        frequent = train.track_counts() >= self.min_count
        tracks = train.tracks.keep(frequent[train.tracks.values]).matrix(train.catalog.n_tracks)
        joined = hstack([tracks, titled * np.float32(self.title)], format="csr")
        data = joined.data * np.float32(self.alpha)
        return csr_array((data, joined.indices.astype(np.int32), joined.indptr), shape=joined.shape)

    def _queries(self, challenge: Challenge) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The vectors of the playlists with seeds or a title, and whose they are, as `best_products` takes them."""
        seeds = harness.seeds_with_vectors(challenge.seeds, self._tracks)
        titles = np.array([self.row_of_title_.get(harness.title_key(name), -1) for name in challenge.names], np.int32)
        seeded, titled = seeds.lengths > 0, titles >= 0
        both = np.flatnonzero(seeded & titled)
        rows = np.concatenate([seeds.row_ids, both])
        columns = np.concatenate([seeds.values, len(self._tracks) + titles[both]])[np.argsort(rows, kind="stable")]
        playlists = self.fold_in(harness.Ragged.from_lengths(np.bincount(rows, minlength=len(seeds)), columns))
        playlists[titled & ~seeded] = self.title_means_[titles[titled & ~seeded]]
        served = seeded | titled
        return playlists[served], np.concatenate([[0], np.cumsum(served)])
