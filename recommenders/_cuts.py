"""Training batches for networks: playlists cut into seeds and targets, with negatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from harness import Playlists, Ragged
    from recommenders._vocabulary import Vocabulary

    Floats = NDArray[np.floating]
    Ids = NDArray[np.int32]

MOST_GIVEN = 100
"""Maximum number of seeds of a playlist in a batch, as in the challenge."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Playlists cut into seeds and targets, and negatives.

    Attributes:
        given: seeds of each of n playlists, distinct, at least one.
        targets: further tracks of each to be predicted, distinct, no seeds.
        negatives: (n_negatives,) tracks drawn for the batch; a track may be drawn twice.
        absent: (n, n_negatives) bool, False where a playlist has the negative.
    """

    given: Ragged
    targets: Ragged
    negatives: Ids
    absent: NDArray[np.bool_]


class Popular:
    """Sampler of tracks with probability q proportional to (number of playlists)^exponent."""

    def __init__(self, playlists: Ragged, n_tracks: int, exponent: float) -> None:
        counts = np.bincount(playlists.values, minlength=n_tracks)
        weights = np.where(counts > 0, np.maximum(counts, 1.0) ** exponent, 0)
        self._sums = np.cumsum(weights)
        least = weights[counts > 0].min(initial=np.inf)
        share = np.where(counts > 0, weights, least) / weights.sum() if np.isfinite(least) else np.ones(n_tracks)
        self.log_q: NDArray[np.float32] = np.log(share).astype(np.float32)
        """Log of q, (n_tracks,); a track that cannot be drawn has the value of the rarest track."""

    def draw(self, rng: np.random.Generator, n: int) -> Ids:
        """Draw n tracks independently, (n,)."""
        drawn: Ids = np.searchsorted(self._sums, rng.random(n) * self._sums[-1], side="right").astype(np.int32)
        return drawn


class Batches:
    """Source of batches: each playlist is cut differently in each epoch."""

    def __init__(self, playlists: Ragged, popular: Popular, *, size: int, targets: int, negatives: int) -> None:
        """Take playlists of two or more distinct tracks; `targets` is the maximum number per playlist."""
        self.playlists = playlists
        self._popular = popular
        self._size, self._targets, self._negatives = size, targets, negatives
        self._marks = np.full(len(popular.log_q), -1, np.int64)

    def of(self, rows: NDArray[np.int64], rng: np.random.Generator) -> Iterator[Batch]:
        """Batches of the playlists of these rows, in this order."""
        for first in range(0, len(rows), self._size):
            yield self._cut(self.playlists.take(rows[first : first + self._size]), rng)

    def _cut(self, part: Ragged, rng: np.random.Generator) -> Batch:
        """One batch: half of the playlists have their first tracks as seeds, the others random ones, as challenges do.

        The logarithm of the number of seeds is uniformly distributed.
        """
        row_of = part.row_ids
        most = np.minimum(part.lengths - 1, MOST_GIVEN)
        n_given = np.minimum(np.exp(rng.random(len(part)) * np.log(most + 1)).astype(np.int64), most)
        in_order = rng.random(len(part)) < 0.5  # noqa: PLR2004 - half
        random = rng.random(len(part.values))
        given = _ranks(np.where(in_order[row_of], part.places, random), part) < n_given[row_of]
        targets = ~given & (_ranks(np.where(given, 1, random), part) < self._targets)
        negatives = self._popular.draw(rng, self._negatives)
        return Batch(part.keep(given), part.keep(targets), negatives, self._absent(part, negatives))

    def _absent(self, part: Ragged, negatives: Ids) -> NDArray[np.bool_]:
        distinct, place = np.unique(negatives, return_inverse=True)
        self._marks[distinct] = np.arange(len(distinct))
        column_of = self._marks[part.values]
        self._marks[distinct] = -1
        absent = np.ones((len(part), len(distinct)), np.bool_)
        absent[part.row_ids[column_of >= 0], column_of[column_of >= 0]] = False
        return absent[:, place]


def distinct_tracks(playlists: Ragged, n_tracks: int) -> Ragged:
    """Each row without repeated tracks and without tracks from `n_tracks` on, in order."""
    return playlists.keep(~playlists.is_repeat & (playlists.values < n_tracks))


def learnable(train: Playlists, vocabulary: Vocabulary) -> Ragged:
    """Training playlists that can be cut: distinct tracks with vectors, as their numbers, at least two."""
    tracks = vocabulary.rows(distinct_tracks(train.tracks, train.catalog.n_tracks))
    return tracks.take(tracks.lengths > 1)


def _ranks(keys: Floats, rows: Ragged) -> NDArray[np.int64]:
    """Rank of each value in its row by rising key, from 0, (total,)."""
    ranks = np.empty(len(keys), np.int64)
    ranks[np.lexsort((keys, rows.row_ids))] = rows.places
    return ranks
