"""Tracks as words: those that stand near each other in playlists get similar vectors."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

import harness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from harness import Bar, Challenge, Playlists, Ragged, Ranked

FILE = "word2vec.npz"
_TINY = np.finfo(np.float32).tiny


@harness.recommender("word2vec", deterministic="is_deterministic_")
class Word2Vec:
    """Recommend the tracks whose skip-gram vectors are most similar to those of the seeds.

    Playlists are sentences, their tracks words. Each track gets a vector v (kept) and a vector w (dropped)
    that maximise, over the pairs (i, j) of tracks within the window of each other::

        log sigmoid(v(i) * w(j)) + sum over `negative` tracks n drawn of log sigmoid(-v(i) * w(n))

    n is drawn with a probability proportional to (number of entries)^ns_exponent. An entry of a track that has
    a share f of all entries is passed over with probability 1 - sqrt(sample / f) - sample / f. With vectors
    normed to length 1 and S the seeds that have one::

        mean:  score(i) = cosine of v(i) and the sum over s in S of v(s) + popularity * log(1 + entries of i)
        max:   score(i) = max over s in S of the cosine of v(i) and v(s) + popularity * log(1 + entries of i)

    The cosine alone, `popularity` 0, is deaf to how often a track stands anywhere, and among a million tracks
    the nearest are rare ones whose vectors are mostly noise. A playlist without such a seed gets an empty list.

    Fit costs O(epochs * n_entries * window * negative * vector_size) operations where the sample leaves them,
    and 8 * vector_size bytes a track beside some 200 for its word; recommend 2 * n_tracks * vector_size
    operations a playlist (mean) or a seed (max). Playlists weigh on time alone, tracks on memory.

    Source: Mikolov et al. 2013, "Distributed Representations of Words and Phrases", as `gensim` has it; what
    matters for playlists: Caselles-Dupré, Lesaint and Royo-Letelier 2018, "Word2vec Applied to Recommendation:
    Hyperparameters Matter".
    """

    vector_size: int = 64
    """Length of the vectors."""
    window: int | None = 10
    """How many tracks before and behind one are near it, up to that number at random; all if none or 0."""
    negative: int = 5
    """How many tracks are drawn for each pair as not near it."""
    ns_exponent: float = 0.75
    """Exponent of a track's frequency in that draw; below 0 rare tracks are drawn more often."""
    sample: float = 1e-3
    """Share of all entries above which a track's entries are passed over; 0 takes all."""
    alpha: float = 0.025
    """Learning rate at the start; it falls to 0.0001."""
    epochs: int = 5
    """How often all playlists are read."""
    min_count: int = 5
    """Tracks with fewer entries get no vector: it would be noise, and noise is near to many."""
    pooling: Literal["mean", "max"] = "mean"
    """How the cosines with several seeds become one score."""
    popularity: float = 0.05
    """What the logarithm of a track's entries adds to its cosine; 0 ranks by the cosine alone."""
    workers: int = 1
    """Threads that train; with more than one no two fits are the same."""
    seed: int = 0
    """Of the draws."""

    def __post_init__(self) -> None:
        """Refuse values without a meaning; raises ValueError."""
        for name in ("vector_size", "negative", "epochs", "min_count", "workers"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)}: it must be at least 1")
        if self.pooling not in ("mean", "max"):
            raise ValueError(f"pooling={self.pooling}: it is mean or max")

    @property
    def is_deterministic_(self) -> bool:
        """Whether two fits agree: only with one worker."""
        return self.workers == 1

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Learn a vector for each track that has entries enough."""
        del challenge
        from gensim.models import word2vec
        from threadpoolctl import threadpool_limits

        counts = train.track_counts()
        held = np.flatnonzero(counts >= self.min_count)
        self.vectors_ = np.zeros((train.catalog.n_tracks, self.vector_size + 1), np.float32)
        if not len(held):
            return
        model = word2vec.Word2Vec(
            sg=1,
            vector_size=self.vector_size,
            window=self.window or max(int(train.tracks.lengths.max(initial=1)), 1),
            shrink_windows=bool(self.window),
            negative=self.negative,
            ns_exponent=self.ns_exponent,
            sample=self.sample,
            alpha=self.alpha,
            epochs=self.epochs,
            min_count=1,  # rarer tracks are left out above
            workers=self.workers,
            seed=self.seed,
        )
        model.build_vocab_from_freq(dict(zip(held.tolist(), counts[held].tolist(), strict=True)))
        with threadpool_limits(1, "blas"), harness.step("read playlists", self.epochs * len(train)) as bar:
            sentences = _Sentences(train.tracks, bar)
            model.train(sentences, total_examples=len(train), epochs=self.epochs)
        self.vectors_[model.wv.index_to_key, :-1] = model.wv.get_normed_vectors()
        self.vectors_[held, -1] = self.popularity * np.log1p(counts[held])  # times 1 in every query

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k best tracks that are no seeds."""
        queries, indptr = self._queries(challenge.seeds)
        return harness.top_inner_products(queries, indptr, self.vectors_, challenge.seeds, k)

    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """The scores of the candidates, (total,); 0 for tracks without a vector."""
        queries, indptr = self._queries(challenge.seeds)
        return harness.inner_product_scores(queries, indptr, self.vectors_, candidates)

    def save(self, folder: Path) -> None:
        """Keep the vectors."""
        np.savez(folder / FILE, allow_pickle=False, vectors=self.vectors_)

    def load(self, folder: Path) -> None:
        """Read them back."""
        with np.load(folder / FILE) as arrays:
            self.vectors_ = arrays["vectors"]

    def _queries(self, seeds: Ragged) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The vectors that lists are near to, and whose they are, as `top_inner_products` takes them."""
        known = harness.seeds_with_vectors(seeds, self.vectors_)
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


class _Sentences:
    """The playlists as lists of track ids, again at each epoch: gensim takes any words, and texts cost more."""

    def __init__(self, tracks: Ragged, bar: Bar) -> None:
        self._tracks = tracks
        self._bar = bar

    def __iter__(self) -> Iterator[list[int]]:
        values, indptr = self._tracks.values, self._tracks.indptr.tolist()
        for first, end in pairwise(indptr):
            yield values[first:end].tolist()
            self._bar.advance()
