"""Implicit matrix factorisation by alternating least squares, with frequency-scaled regularisation (iALS)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import numpy as np

import harness
from recommenders._bounds import NonNegative, Positive, Seed
from recommenders._least_squares import solve_side
from recommenders._metadata import seed_columns, with_metadata

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Challenge, Playlists, Ragged, Ranked

BATCH = 256
"""Playlists folded in per batch."""

ARRAYS, TITLES = "als.npz", "titles.json"


@harness.recommender("als")
class Als:
    """Recommend the tracks whose vectors have the largest inner products with the playlist's vector.

    The matrix p has a row for each training playlist and a column for each track, followed by a column for each
    distinct normalised title. p = 1 where the playlist has the track or the title, 0 elsewhere. Row vectors x and
    column vectors y minimise::

        sum over playlists and columns of c * (p - x * y)^2 + sum of penalty(x) |x|^2 + sum of penalty(y) |y|^2
        c = alpha where a playlist has the track, title * alpha where it has the title, 1 elsewhere
        c = metadata * alpha in the rows of artists and albums, see below

        penalty(x) = regularization * (n(x) / mean n(x))^nu,  n(x) the number of entries of x; the same for y

    An incomplete playlist is folded in: its vector x is the exact minimiser of the same sum for its seeds and its
    title. With G = sum of y y' over all columns + penalty(x) I, Y the vectors of its seeds and title, and c their
    confidence::

        x = G^-1 Y' (1 + (c - 1) Y G^-1 Y')^-1 c

    which is a system with one equation per seed and title. A playlist without seeds gets the mean vector of the
    training playlists with its title, which is more accurate than the vector of the title column. A playlist without
    known seeds and without a known title gets an empty list.

    With `metadata` above 0, each artist and each album is one more row, of its 250 most frequent tracks in the training
    set, and each artist one more column with an entry in its own row: it is the column of seeds by that artist without
    a training playlist. The means of n are over training playlists and over tracks only.

    Cost: fit takes O(8 * iterations * (n_entries * factors + (n_playlists + n_tracks) * factors^2)) operations,
    4 * factors bytes per playlist and track, and 24 bytes per entry. Recommend takes 2 * n_tracks * factors
    operations per playlist, and the memory of the track vectors. The vectors do not depend on the number of threads.

    Source: Hu, Koren and Volinsky 2008, "Collaborative Filtering for Implicit Feedback Datasets", solved by conjugate
    gradients (Takács, Pilászy and Tikk 2011), both as in `implicit` (nu = 0); penalties: Rendle, Krichene, Zhang
    and Koren 2022, "Revisiting the Performance of iALS on Item Recommendation Benchmarks"; titles: as in
    Volkovs et al. 2018, "Two-stage Model for Automatic Playlist Continuation at Scale" (RecSys Challenge), who
    factorise titles separately.
    """

    factors: Annotated[int, harness.Bounds(ge=1, le=4_096)] = 256
    """Length of the vectors."""
    regularization: Annotated[float, harness.Bounds(gt=0, le=1e6)] = 60.0
    """Penalty on the squared length of the vectors."""
    nu: Annotated[float, harness.Bounds(ge=0, le=10)] = 0.5
    """Exponent of the growth of the penalty with the frequency of a track and the length of a playlist."""
    min_count: Positive = 1
    """Tracks with fewer training entries get no vector and are not recommended."""
    alpha: Annotated[float, harness.Bounds(gt=0, le=1e6)] = 20.0
    """Confidence of a track that is in a playlist; that of a track that is not is 1."""
    iterations: Annotated[int, harness.Bounds(ge=1, le=1_000)] = 10
    """Number of alternations between playlist vectors and track vectors."""
    title: Annotated[float, harness.Bounds(ge=0, le=1e6)] = 0.3
    """Weight of a title relative to a track of the playlist."""
    metadata: Annotated[float, harness.Bounds(ge=0, le=1e6)] = 3.0
    """Weight of a track in the row of its artist or album relative to one in a playlist; 0 for no such rows."""
    threads: NonNegative = 0
    """Number of threads, 0 for one per core; the lists do not depend on it."""
    seed: Seed = 0
    """Seed of the initial vectors."""

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Factorise the training set with its titles, and average the playlist vectors of each title."""
        del challenge
        titled = self._read_titles(train.info["name"].to_list())
        self.n_tracks_ = train.catalog.n_tracks
        playlists, self.vectors_ = self._factorise(train, titled)
        playlists = playlists[: len(train)]
        n_with_title = np.maximum(np.asarray(titled.sum(axis=0)), 1).astype(np.float32)
        self.title_means_ = (titled.T @ playlists) / n_with_title[:, None]
        self._derive()

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k highest-scoring tracks that are not seeds."""
        queries, indptr = self._queries(challenge)
        return harness.kit.top_inner_products(queries, indptr, self._tracks, challenge.seeds, k, threads=self.threads)

    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """Scores of the candidates, (total,); 0 for tracks that are in no training playlist."""
        queries, indptr = self._queries(challenge)
        return harness.kit.inner_product_scores(queries, indptr, self._tracks, candidates, threads=self.threads)

    def track_vectors(self) -> NDArray[np.float32]:
        """Vectors of the tracks, (n_tracks, factors); 0 for a track without one."""
        return self._tracks

    def save(self, folder: Path) -> None:
        """Save the vectors of tracks and titles."""
        arrays = {"vectors": self.vectors_, "title_means": self.title_means_}
        numbers = {"mean_length": self.mean_length_, "n_tracks": self.n_tracks_}
        np.savez(folder / ARRAYS, allow_pickle=False, **arrays, **numbers)
        (folder / TITLES).write_text(json.dumps(self.titles_), encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Load them."""
        with np.load(folder / ARRAYS) as arrays:
            self.vectors_, self.title_means_ = arrays["vectors"], arrays["title_means"]
            self.mean_length_, self.n_tracks_ = float(arrays["mean_length"]), int(arrays["n_tracks"])
        self.titles_ = json.loads((folder / TITLES).read_text(encoding="utf-8"))
        self._derive()

    def fold_in(self, columns: Ragged) -> NDArray[np.float32]:
        """Vectors of incomplete playlists, (n, factors) float32; 0 for a playlist without a column.

        Args:
            columns: columns of each playlist: tracks, artists and titles, in the order of the fit. Tracks are distinct;
                an artist is repeated for each of its unknown tracks.
        """
        from threadpoolctl import threadpool_limits

        playlists = np.zeros((len(columns), self.vectors_.shape[1]), np.float32)
        lengths = columns.lengths
        same_length = [np.flatnonzero(lengths == length) for length in np.unique(lengths[lengths > 0])]
        batches = [rows[first : first + BATCH] for rows in same_length for first in range(0, len(rows), BATCH)]
        with threadpool_limits(1, "blas"):  # many small systems: threads would wait for each other
            for rows in harness.kit.track(batches, "fold in"):
                ids = columns.take(rows).values.reshape(len(rows), -1)
                playlists[rows] = self._solve(ids)
        return playlists

    def _solve(self, ids: NDArray[np.int32]) -> NDArray[np.float64]:
        """Vectors of playlists with these columns, (n, n_columns) -> (n, factors)."""
        confidence = np.where(ids < self._n_columns, self.alpha, self.title * self.alpha)[:, :, None]
        vectors = self.vectors_[ids].astype(np.float64)
        penalty = self._penalties(np.array([ids.shape[1]]), self.mean_length_)[0]
        solved = vectors @ np.linalg.inv(self.gram_ + penalty * np.eye(len(self.gram_)))
        equations = np.eye(ids.shape[1]) + (confidence - 1) * (solved @ vectors.transpose(0, 2, 1))
        playlists: NDArray[np.float64] = (solved * np.linalg.solve(equations, confidence)).sum(axis=1)
        return playlists

    @property
    def _tracks(self) -> NDArray[np.float32]:
        return self.vectors_[: self.n_tracks_]

    @property
    def _n_columns(self) -> int:
        """Number of columns before the titles."""
        return len(self.vectors_) - len(self.titles_)

    def _read_titles(self, names: list[str | None]) -> csr_array:
        """Set `titles_`, and return which playlist has which title, (n_playlists, n_titles) float32."""
        from scipy.sparse import csr_array

        key_of = {name: harness.kit.title_key(name) for name in set(names)}
        self.titles_ = sorted(set(key_of.values()) - {""})
        row_of = {title: row for row, title in enumerate(self.titles_)}
        titles = np.array([row_of.get(key_of[name], -1) for name in names], np.int32)
        titled = np.flatnonzero(titles >= 0)
        ones = np.ones(len(titled), np.float32)
        return csr_array((ones, (titled, titles[titled])), shape=(len(names), len(self.titles_)))

    def _factorise(self, train: Playlists, titled: csr_array) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Vectors of the playlists, and of the tracks followed by artists and titles."""
        confidence = self._confidence(train, titled)
        columns = confidence.T.tocsr()
        rng = np.random.default_rng(self.seed)
        playlists, vectors = (rng.random((n, self.factors), np.float32) * np.float32(0.01) for n in confidence.shape)
        lengths, counts = np.diff(confidence.indptr), np.diff(columns.indptr)
        self.mean_length_ = _mean(lengths[: len(train)])
        penalties = self._penalties(lengths, self.mean_length_)
        column_penalties = self._penalties(counts, _mean(counts[: self.n_tracks_]))
        for _ in harness.kit.track(range(self.iterations), "factorise"):
            solve_side(confidence, playlists, vectors, penalties, self.threads, "playlists")
            solve_side(columns, vectors, playlists, column_penalties, self.threads, "tracks and titles")
        return playlists, vectors

    def _penalties(self, n_entries: NDArray[np.int64], mean: float) -> NDArray[np.float32]:
        """Penalties of rows with these numbers of entries, (n,); `mean` is their mean number."""
        return (self.regularization * (n_entries / mean) ** self.nu).astype(np.float32)

    def _derive(self) -> None:
        from threadpoolctl import threadpool_limits

        self.row_of_title_ = {title: row for row, title in enumerate(self.titles_)}
        with threadpool_limits(1, "blas"):  # for a fixed order of sums
            self.gram_ = (self.vectors_.T @ self.vectors_).astype(np.float64)

    def _confidence(self, train: Playlists, titled: csr_array) -> csr_array:
        """Confidence of the frequent tracks of each playlist, artist and album, and of titles, (n, n_columns)."""
        from scipy.sparse import csr_array, hstack, vstack

        rows, n_columns = with_metadata(train, metadata=self.metadata > 0)
        frequent = np.ones(n_columns, np.bool_)
        frequent[: self.n_tracks_] = train.track_counts() >= self.min_count
        tracks = rows.keep(frequent[rows.values]).matrix(n_columns)
        untitled = csr_array((len(rows) - len(train), titled.shape[1]), dtype=np.float32)
        joined = hstack([tracks, vstack([titled * np.float32(self.title), untitled])], format="csr")
        data = joined.data * np.float32(self.alpha)
        data[joined.indptr[len(train)] :] *= np.float32(self.metadata)
        return csr_array((data, joined.indices.astype(np.int32), joined.indptr), shape=joined.shape)

    def _queries(self, challenge: Challenge) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Query vectors of the playlists with seeds or a title, and the offsets of each row's queries, (n + 1,)."""
        known: NDArray[np.bool_] = np.any(self.vectors_[: self._n_columns], axis=1)
        columns = seed_columns(challenge, known, self.n_tracks_)
        seeds = columns.keep(columns.values < self._n_columns)
        titles = np.array(
            [self.row_of_title_.get(harness.kit.title_key(name), -1) for name in challenge.names], np.int32
        )
        seeded, titled = seeds.lengths > 0, titles >= 0
        both = np.flatnonzero(seeded & titled)
        rows = np.concatenate([seeds.row_ids, both])
        with_titles = np.concatenate([seeds.values, self._n_columns + titles[both]])[np.argsort(rows, kind="stable")]
        playlists = self.fold_in(harness.Ragged.from_lengths(np.bincount(rows, minlength=len(seeds)), with_titles))
        playlists[titled & ~seeded] = self.title_means_[titles[titled & ~seeded]]
        served = seeded | titled
        return playlists[served], np.concatenate([[0], np.cumsum(served)])


def _mean(numbers: NDArray[np.int64]) -> float:
    """Mean of the numbers above 0; 1 without any."""
    return float(numbers[numbers > 0].mean()) if numbers.any() else 1.0
