"""Title-based nearest neighbours: tracks of playlists with a similar title, and of an artist that the title names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import numpy as np

import harness
from recommenders._bounds import NonNegative
from recommenders._named_artists import NamedArtists

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
    """Recommend the tracks of playlists with the same or a similar title, and of artists that the title names.

    With t a normalised title, T the titles of the training set and n(t', i) the number of playlists titled t'
    that have track i::

        score(t, i) = exact * n(t, i) / n(t)
                      + sum over t' in near(t) of similarity(t, t')^power * n(t', i) / n(t')^damping
                      + artist * W(t) * sum over a named in t, i by a of share(a) * n(i) / max n(j) over j by a

    where W(t) is the sum of the factors of n(t, i) and n(t', i), 1 if there is none; n(i) the number of playlists that
    have track i; an artist is named in a title if its normalised name is a sequence of whole words of it, and not part
    of a longer such name; share(a) is the mean share of tracks by a in the training playlists that name a, with one
    more playlist of the mean share over all names, so that an artist called "chill" is not expected in such playlists.
    similarity is the cosine of TF-IDF vectors over character n-grams within words, and near(t) are the
    `neighbours` most similar titles in T. Emoji and non-Latin letters are characters as well. A playlist without
    a title, or whose title shares no n-gram with T and names no artist, gets an empty list.

    Cost: fit is one pass over the entries. Recommend is, for each distinct title, one pass over the tracks of the
    similar titles; memory is O(n_tracks) per thread.

    Source: exact titles: several nearest-neighbour teams of the RecSys Challenge 2018; n-grams, `power` and `artist`:
    measurements on 1,503 real training playlists (benchmarks/real.md). Larger titled corpora were not measured; the
    best `power` grew from .5 at 375 playlists to 1 at 1,503.
    """

    neighbours: NonNegative = 300
    """Number of similar titles; 0 for the exact title only."""
    power: Annotated[float, harness.Bounds(gt=0, le=100)] = 1.0
    """Exponent of the similarity of titles; with a high value only near-identical titles count."""
    exact: Annotated[float, harness.Bounds(ge=0, le=1e6)] = 1.0
    """Weight of the playlists with exactly this title, relative to similar titles."""
    damping: Annotated[float, harness.Bounds(ge=0, le=10)] = 0.5
    """Exponent of the number of playlists with a title in the denominator: 0 weights playlists equally, 1 titles."""
    artist: Annotated[float, harness.Bounds(ge=0, le=1e6)] = 10.0
    """Weight of the tracks of artists that the title names, relative to similar titles; 0 for none."""
    ngram_range: tuple[int, int] = (2, 5)
    """Lengths of the shortest and the longest character n-gram."""

    def __post_init__(self) -> None:
        """Check the lengths of n-grams; raises ValueError."""
        shortest, longest = self.ngram_range
        if not 1 <= shortest <= longest <= LONGEST_NGRAM:
            raise ValueError(f"ngram_range={shortest},{longest}: rising lengths from 1 to {LONGEST_NGRAM} are needed")

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Count the tracks of each title, and index the n-grams of the titles."""
        from scipy.sparse import csr_array, vstack

        del challenge
        titles = [harness.kit.title_key(name) for name in train.info["name"].to_list()]
        self.titles_ = sorted(set(titles) - {""})
        self.row_of_ = {title: row for row, title in enumerate(self.titles_)}
        rows = np.array([self.row_of_.get(title, -1) for title in titles], np.int64)
        titled = np.flatnonzero(rows >= 0)
        shape = (len(self.titles_), len(train))
        membership = csr_array((np.ones(len(titled), np.float32), (rows[titled], titled)), shape=shape)
        title_tracks = csr_array(membership @ train.tracks.matrix(train.catalog.n_tracks))
        self.n_playlists_ = np.bincount(rows[titled], minlength=len(self.titles_)).astype(np.float32)
        self._index_titles()
        self.artists_, artist_tracks = NamedArtists.of(train.catalog, self.titles_, title_tracks, self.n_playlists_)
        self.rows_ = csr_array(vstack([title_tracks, artist_tracks]))

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k highest-scoring tracks that are not seeds; each distinct title is scored once."""
        distinct, of_row = np.unique([harness.kit.title_key(name) for name in challenge.names], return_inverse=True)
        width = k + int(challenge.seeds.lengths.max(initial=0))
        nothing = harness.Ragged.empty(len(distinct))
        best = harness.kit.sparse_top_k(self._weights(distinct.tolist()), self.rows_, nothing, width)
        return harness.kit.without_seeds(best.tracks[of_row], best.scores[of_row], challenge.seeds, k)

    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """Scores of the candidates, (total,); 0 where no similar title has the track; each title is scored once."""
        distinct, of_row = np.unique([harness.kit.title_key(name) for name in challenge.names], return_inverse=True)
        order = np.argsort(of_row, kind="stable")
        places = harness.Ragged(candidates.indptr, np.arange(len(candidates.values), dtype=np.int32)).take(order)
        bounds = places.indptr[np.searchsorted(of_row[order], np.arange(len(distinct) + 1))]
        of_titles = harness.Ragged(bounds, candidates.values[places.values])
        scores = np.empty(len(candidates.values), np.float32)
        scores[places.values] = harness.kit.sparse_scores(self._weights(distinct.tolist()), self.rows_, of_titles)
        return scores

    def save(self, folder: Path) -> None:
        """Save the titles, the names of artists, and the track counts of each."""
        rows = self.rows_
        table = {"indptr": rows.indptr, "indices": rows.indices, "data": rows.data, "shape": rows.shape}
        learnt = {"n_playlists": self.n_playlists_, "shares": self.artists_.shares}
        np.savez(folder / COUNTS, allow_pickle=False, **learnt, **table)
        (folder / TITLES).write_text(json.dumps([self.titles_, self.artists_.names]), encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Load them."""
        from scipy.sparse import csr_array

        self.titles_, names = json.loads((folder / TITLES).read_text(encoding="utf-8"))
        with np.load(folder / COUNTS) as arrays:
            parts = (arrays["data"], arrays["indices"], arrays["indptr"])
            self.rows_ = csr_array(parts, shape=tuple(arrays["shape"]))
            self.n_playlists_ = arrays["n_playlists"]
            self.artists_ = NamedArtists(names, arrays["shares"])
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
        """Weights of the rows of `rows_` for each of these titles, (len(titles), n_titles + n_names)."""
        from scipy.sparse import csr_array, diags_array, hstack

        of_titles, of_artists = self._title_weights(titles), self.artists_.weights(titles)
        total = np.asarray(of_titles.sum(axis=1)).ravel()
        total[total == 0] = 1
        return csr_array(hstack([of_titles, diags_array(np.float32(self.artist) * total) @ of_artists]))

    def _title_weights(self, titles: list[str]) -> csr_array:
        """Weights of the training titles for each of these titles, (len(titles), n_titles)."""
        from scipy.sparse import csr_array, diags_array, vstack

        if self.ngrams_ is None:
            return csr_array((len(titles), 0), dtype=np.float32)
        none = csr_array((0, len(self.titles_)), dtype=np.float32)
        similar = [
            _strongest(
                csr_array(self.vectorizer_.transform(titles[start : start + BATCH]) @ self.ngrams_), self.neighbours
            )
            for start in harness.kit.track(range(0, len(titles), BATCH), "similar titles")
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
