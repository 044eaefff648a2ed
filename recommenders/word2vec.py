"""Skip-gram vectors of tracks (word2vec): tracks that are close in playlists get similar vectors."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

import harness
from recommenders._bounds import Positive, Seed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from harness import Challenge, Playlists, Ragged, Ranked
    from harness.kit import Bar

FILE = "word2vec.npz"

USUAL_READS = 30_000_000
"""Entries read in training, which bounds its time on large corpora."""

MOST_EPOCHS = 20
"""On 1,503 real playlists 20 epochs are better than 5, 10 and 30; on 50,446 better than 5 and 10."""

_TINY = np.finfo(np.float32).tiny


@harness.recommender("word2vec", deterministic="is_deterministic_")
class Word2Vec:
    """Recommend the tracks whose skip-gram vectors are most similar to those of the seeds.

    Playlists are sentences, their tracks words. Each track gets a vector v and a context vector w, which is used in
    training only. They maximise, over the pairs (i, j) of tracks within a window::

        log sigmoid(v(i) * w(j)) + sum over `negative` sampled tracks n of log sigmoid(-v(i) * w(n))

    n is drawn with a probability proportional to (number of entries)^ns_exponent. An entry of a track with
    a share f of all entries is skipped with probability 1 - sqrt(sample / f) - sample / f. With vectors of
    length 1 and S the seeds that have a vector::

        mean:  score(i) = cosine of v(i) and the sum over s in S of v(s) + popularity * log(1 + entries of i)
        max:   score(i) = max over s in S of the cosine of v(i) and v(s) + popularity * log(1 + entries of i)

    The cosine alone (`popularity` 0) ignores the frequency of tracks: among a million tracks, the nearest are often
    rare tracks whose vectors are mostly noise. A playlist without a seed in S gets an empty list.

    Cost: fit takes O(epochs * n_entries * window * negative * vector_size) operations, fewer with `sample`, and
    8 * vector_size + 200 bytes per track. Recommend takes 2 * n_tracks * vector_size operations per playlist (mean)
    or per seed (max).

    Source: Mikolov et al. 2013, "Distributed Representations of Words and Phrases", as in `gensim`; the choice of
    hyper-parameters: Caselles-Dupré, Lesaint and Royo-Letelier 2018, "Word2vec Applied to Recommendation:
    Hyperparameters Matter".
    """

    vector_size: Annotated[int, harness.Bounds(ge=1, le=4_096)] = 64
    """Dimension of the vectors."""
    window: Annotated[int, harness.Bounds(ge=0, le=100_000)] | None = 10
    """Maximum distance of a pair, drawn from 1 to this number for each track; the whole playlist if none or 0."""
    negative: Annotated[int, harness.Bounds(ge=1, le=1_000)] = 5
    """Negative samples per pair."""
    ns_exponent: Annotated[float, harness.Bounds(ge=-10, le=10)] = 0.75
    """Exponent of the track frequency in negative sampling; below 0, rare tracks are drawn more often."""
    sample: Annotated[float, harness.Bounds(ge=0, le=1)] = 1e-3
    """Threshold of the subsampling of frequent tracks, as a share of all entries; 0 for none."""
    alpha: Annotated[float, harness.Bounds(gt=0, le=1)] = 0.025
    """Initial learning rate; it decreases to 0.0001."""
    epochs: Annotated[int, harness.Bounds(ge=1, le=1_000)] | None = None
    """Number of epochs; if none, as many as it takes to read 30 million entries, from 1 to 20."""
    min_count: Positive = 5
    """Tracks with fewer entries get no vector, because it would be mostly noise."""
    min_playlists: Positive = 1
    """Tracks in fewer playlists get no vector: 2 excludes a track that one playlist repeats."""
    pooling: Literal["mean", "max"] = "mean"
    """Combination of several seeds, by the formulas above."""
    popularity: Annotated[float, harness.Bounds(ge=0, le=1e3)] = 0.05
    """Weight of the logarithm of a track's entries; 0 ranks by the cosine only."""
    workers: Annotated[int, harness.Bounds(ge=1, le=1_024)] = 1
    """Training threads; with more than one, two fits differ."""
    seed: Seed = 0
    """Seed of training."""

    @property
    def is_deterministic_(self) -> bool:
        """Whether two fits agree: only with one worker."""
        return self.workers == 1

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Train a vector for each track with at least `min_count` entries in at least `min_playlists` playlists."""
        del challenge
        from gensim.models import word2vec
        from threadpoolctl import threadpool_limits

        counts = train.track_counts()
        is_frequent = counts >= self.min_count
        if self.min_playlists > 1:  # by sorting the entries: slow for a large corpus
            is_frequent &= _playlist_counts(train) >= self.min_playlists
        vocabulary = np.flatnonzero(is_frequent)
        self.vectors_ = np.zeros((train.catalog.n_tracks, self.vector_size + 1), np.float32)
        if not len(vocabulary):
            return
        epochs = self.epochs or usual_epochs(len(train.tracks.values))
        model = word2vec.Word2Vec(
            sg=1,
            vector_size=self.vector_size,
            window=self.window or max(int(train.tracks.lengths.max(initial=1)), 1),
            shrink_windows=bool(self.window),
            negative=self.negative,
            ns_exponent=self.ns_exponent,
            sample=self.sample,
            alpha=self.alpha,
            epochs=epochs,
            min_count=1,  # the vocabulary is chosen above
            workers=self.workers,
            seed=self.seed,
        )
        model.build_vocab_from_freq(dict(zip(vocabulary.tolist(), counts[vocabulary].tolist(), strict=True)))
        with threadpool_limits(1, "blas"), harness.kit.step("read playlists", epochs * len(train)) as bar:
            sentences = _Sentences(train.tracks, bar)
            model.train(sentences, total_examples=len(train), epochs=epochs)
        self.vectors_[model.wv.index_to_key, :-1] = model.wv.get_normed_vectors()
        self.vectors_[vocabulary, -1] = self.popularity * np.log1p(counts[vocabulary])  # times 1 in every query

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k highest-scoring tracks that are not seeds."""
        queries, indptr = self._queries(challenge.seeds)
        return harness.kit.top_inner_products(queries, indptr, self.vectors_, challenge.seeds, k)

    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """Scores of the candidates, (total,); 0 for tracks without a vector."""
        queries, indptr = self._queries(challenge.seeds)
        return harness.kit.inner_product_scores(queries, indptr, self.vectors_, candidates)

    def track_vectors(self) -> NDArray[np.float32]:
        """Vectors v of the tracks, of length 1, (n_tracks, vector_size); 0 for a track without one."""
        return self.vectors_[:, :-1]

    def save(self, folder: Path) -> None:
        """Save the vectors."""
        np.savez(folder / FILE, allow_pickle=False, vectors=self.vectors_)

    def load(self, folder: Path) -> None:
        """Load them."""
        with np.load(folder / FILE) as arrays:
            self.vectors_ = arrays["vectors"]

    def _queries(self, seeds: Ragged) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Query vectors, and the offsets of each row's queries, (n + 1,), for `top_inner_products`."""
        known = harness.kit.seeds_with_vectors(seeds, self.vectors_)
        vectors = self.vectors_[known.values]
        if self.pooling == "max":
            queries, indptr = vectors, known.indptr
        else:
            served = known.lengths > 0
            queries = np.add.reduceat(vectors, known.indptr[:-1][served]) if len(vectors) else vectors
            queries[:, :-1] /= np.maximum(np.linalg.norm(queries[:, :-1], axis=1, keepdims=True), _TINY)
            indptr = np.concatenate([[0], np.cumsum(served)])
        queries[:, -1] = 1
        return queries, indptr


def usual_epochs(n_entries: int) -> int:
    """Number of epochs for a corpus of so many entries."""
    return max(1, min(round(USUAL_READS / max(n_entries, 1)), MOST_EPOCHS))


def _playlist_counts(train: Playlists) -> NDArray[np.int64]:
    """Number of playlists that have each track, (n_tracks,)."""
    distinct = train.tracks.values[~train.tracks.is_repeat]
    return np.bincount(distinct, minlength=train.catalog.n_tracks)


class _Sentences:
    """Playlists as lists of track ids, iterated once per epoch; gensim accepts ids as words, which is faster."""

    def __init__(self, tracks: Ragged, bar: Bar) -> None:
        self._tracks = tracks
        self._bar = bar

    def __iter__(self) -> Iterator[list[int]]:
        values, indptr = self._tracks.values, self._tracks.indptr.tolist()
        for first, end in pairwise(indptr):
            yield values[first:end].tolist()
            self._bar.advance()
