"""Title-based nearest neighbours: tracks of playlists with the same or a similar title."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import numpy as np

import harness

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Challenge, Playlists, Ragged, Ranked

COUNTS, TITLES = "counts.npz", "titles.json"

LONGEST_NGRAM = 20
"""Longest permitted character n-gram: the index grows with every length."""

BATCH = 1_000
"""Titles that are compared with all others per batch."""


@harness.recommender("title")
class Title:
    """Recommend the tracks of playlists with the same or a similar title.

    With t a normalised title, T the titles of the training set and n(t', i) the number of playlists titled t'
    that have track i::

        score(t, i) = exact * n(t, i) / n(t)
                      + sum over t' in near(t) of similarity(t, t')^power * n(t', i) / n(t')^damping

    where similarity is the cosine of TF-IDF vectors over character n-grams within words, and near(t) are the
    `neighbours` most similar titles in T. Emoji and non-Latin letters are characters as well. A playlist without
    a title, or whose title shares no n-gram with T, gets an empty list.

    Cost: fit is one pass over the entries. Recommend is, for each distinct title, one pass over the tracks of the
    similar titles; memory is O(n_tracks) per thread.

    Source: exact titles: several nearest-neighbour teams of the RecSys Challenge 2018; n-grams: our own measurements
    on small data, where they were more accurate.
    """

    neighbours: Annotated[int, harness.Bounds(ge=0, le=2_147_483_647)] = 300
    """Number of similar titles; 0 for the exact title only."""
    power: Annotated[float, harness.Bounds(gt=0, le=100)] = 3.0
    """Exponent of the similarity of titles; with a high value only near-identical titles count."""
    exact: Annotated[float, harness.Bounds(ge=0, le=1e6)] = 1.0
    """Weight of the playlists with exactly this title, relative to similar titles."""
    damping: Annotated[float, harness.Bounds(ge=0, le=10)] = 0.5
    """Exponent of the number of playlists with a title in the denominator: 0 weights playlists equally, 1 titles."""
    ngram_range: tuple[int, int] = (2, 5)
    """Lengths of the shortest and the longest character n-gram."""

    def __post_init__(self) -> None:
        """Check the lengths of n-grams; raises ValueError."""
        shortest, longest = self.ngram_range
        if not 1 <= shortest <= longest <= LONGEST_NGRAM:
            raise ValueError(f"ngram_range={shortest},{longest}: rising lengths from 1 to {LONGEST_NGRAM} are needed")

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Count the tracks of each title, and index the n-grams of the titles."""
        from scipy.sparse import csr_array

        del challenge
        titles = [harness.title_key(name) for name in train.info["name"].to_list()]
        self.titles_ = sorted(set(titles) - {""})
        self.row_of_ = {title: row for row, title in enumerate(self.titles_)}
        rows = np.array([self.row_of_.get(title, -1) for title in titles], np.int64)
        titled = np.flatnonzero(rows >= 0)
        shape = (len(self.titles_), len(train))
        membership = csr_array((np.ones(len(titled), np.float32), (rows[titled], titled)), shape=shape)
        self.title_tracks_ = membership @ train.tracks.matrix(train.catalog.n_tracks)
        self.n_playlists_ = np.bincount(rows[titled], minlength=len(self.titles_)).astype(np.float32)
        self._index_titles()

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k highest-scoring tracks that are not seeds; each distinct title is scored once."""
        distinct, of_row = np.unique([harness.title_key(name) for name in challenge.names], return_inverse=True)
        width = k + int(challenge.seeds.lengths.max(initial=0))
        nothing = harness.Ragged.empty(len(distinct))
        best = harness.sparse_top_k(self._weights(distinct.tolist()), self.title_tracks_, nothing, width)
        return harness.without_seeds(best.tracks[of_row], best.scores[of_row], challenge.seeds, k)

    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """Scores of the candidates, (total,); 0 where no similar title has the track; each title is scored once."""
        distinct, of_row = np.unique([harness.title_key(name) for name in challenge.names], return_inverse=True)
        order = np.argsort(of_row, kind="stable")
        places = harness.Ragged(candidates.indptr, np.arange(len(candidates.values), dtype=np.int32)).take(order)
        bounds = places.indptr[np.searchsorted(of_row[order], np.arange(len(distinct) + 1))]
        of_titles = harness.Ragged(bounds, candidates.values[places.values])
        scores = np.empty(len(candidates.values), np.float32)
        scores[places.values] = harness.sparse_scores(self._weights(distinct.tolist()), self.title_tracks_, of_titles)
        return scores

    def save(self, folder: Path) -> None:
        """Save the titles and the track counts of each."""
        counts = self.title_tracks_
        table = {"indptr": counts.indptr, "indices": counts.indices, "data": counts.data, "shape": counts.shape}
        np.savez(folder / COUNTS, allow_pickle=False, n_playlists=self.n_playlists_, **table)
        (folder / TITLES).write_text(json.dumps(self.titles_), encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Load them."""
        from scipy.sparse import csr_array

        with np.load(folder / COUNTS) as arrays:
            parts = (arrays["data"], arrays["indices"], arrays["indptr"])
            self.title_tracks_ = csr_array(parts, shape=tuple(arrays["shape"]))
            self.n_playlists_ = arrays["n_playlists"]
        self.titles_ = json.loads((folder / TITLES).read_text(encoding="utf-8"))
        self.row_of_ = {title: row for row, title in enumerate(self.titles_)}
        self._index_titles()

    def _index_titles(self) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self.vectorizer_ = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=self.ngram_range,
            sublinear_tf=True,
            dtype=np.float32,
            lowercase=False,
        )
        self.ngrams_ = self.vectorizer_.fit_transform(self.titles_).T.tocsr() if self.titles_ else None

    def _weights(self, titles: list[str]) -> csr_array:
        """Weights of the training titles for each of these titles, (len(titles), n_titles)."""
        from scipy.sparse import csr_array, diags_array, vstack

        if self.ngrams_ is None:
            return csr_array((len(titles), 0), dtype=np.float32)
        none = csr_array((0, len(self.titles_)), dtype=np.float32)
        similar = [
            _strongest(
                csr_array(self.vectorizer_.transform(titles[start : start + BATCH]) @ self.ngrams_), self.neighbours
            )
            for start in harness.track(range(0, len(titles), BATCH), "similar titles")
        ]
        weights = csr_array(vstack([none, *similar])).power(self.power)
        weights = weights @ diags_array(self.n_playlists_**-self.damping)
        known = [(row, self.row_of_[title]) for row, title in enumerate(titles) if title in self.row_of_]
        rows, columns = np.array(known, np.int64).reshape(-1, 2).T
        exact = (self.exact / self.n_playlists_[columns]).astype(np.float32)
        return csr_array(weights + csr_array((exact, (rows, columns)), shape=weights.shape))


def _strongest(rows: csr_array, n: int) -> csr_array:
    """The matrix with only the n largest values of each row; ties are broken by the lower column."""
    rows.sort_indices()
    columns_of_row = [
        low + np.sort(np.argsort(-rows.data[low:high], kind="stable")[:n])
        for low, high in zip(rows.indptr[:-1], rows.indptr[1:], strict=True)
    ]
    picks = np.concatenate(columns_of_row) if columns_of_row else np.empty(0, np.int64)
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in columns_of_row])])
    return type(rows)((rows.data[picks], rows.indices[picks], indptr), shape=rows.shape)
