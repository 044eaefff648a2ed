"""Playlists cut in two for networks: what they are told, what they must tell, and tracks that are not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from harness import Playlists, Ragged

    Floats = NDArray[np.floating]
    Ids = NDArray[np.int32]

MOST_GIVEN = 100
"""No batch gives more tracks of a playlist, as no challenge does."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Playlists cut in two, and tracks that they do not hold.

    Attributes:
        given: what a network is told of each of n playlists, distinct tracks, at least one.
        targets: further tracks of each that it must tell, distinct, none given.
        negatives: (n_negatives,) tracks drawn for all of them; one may be drawn twice.
        absent: (n, n_negatives) bool, False where a playlist holds the negative after all.
    """

    given: Ragged
    targets: Ragged
    negatives: Ids
    absent: NDArray[np.bool_]


class Popular:
    """Draws tracks with a probability q proportional to (number of playlists)^exponent."""

    def __init__(self, playlists: Ragged, n_tracks: int, exponent: float) -> None:
        counts = np.bincount(playlists.values, minlength=n_tracks)
        weights = np.where(counts > 0, np.maximum(counts, 1.0) ** exponent, 0)
        self._sums = np.cumsum(weights)
        least = weights[counts > 0].min(initial=np.inf)
        share = np.where(counts > 0, weights, least) / weights.sum() if np.isfinite(least) else np.ones(n_tracks)
        self.log_q: NDArray[np.float32] = np.log(share).astype(np.float32)
        """Log of q, (n_tracks,); a track that cannot be drawn has that of the rarest one."""

    def draw(self, rng: np.random.Generator, n: int) -> Ids:
        """N tracks, (n,), independently."""
        drawn: Ids = np.searchsorted(self._sums, rng.random(n) * self._sums[-1], side="right").astype(np.int32)
        return drawn


class Batches:
    """Cuts training playlists in two, anew each time they come."""

    def __init__(self, playlists: Ragged, popular: Popular, *, size: int, targets: int, negatives: int) -> None:
        """Take distinct playlists of two tracks or more; `targets` is how many a playlist has at most."""
        self.playlists = playlists
        self._popular = popular
        self._size, self._targets, self._negatives = size, targets, negatives
        self._marks = np.full(len(popular.log_q), -1, np.int64)

    def of(self, rows: NDArray[np.int64], rng: np.random.Generator) -> Iterator[Batch]:
        """The playlists of these rows, a batch at a time, in the order given."""
        for first in range(0, len(rows), self._size):
            yield self._cut(self.playlists.take(rows[first : first + self._size]), rng)

    def _cut(self, part: Ragged, rng: np.random.Generator) -> Batch:
        """Half of the playlists give their first tracks, the others random ones: challenges ask both.

        The number of given tracks is drawn evenly on a scale of logarithms.
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
    """The first entry of each track below `n_tracks` in each row, in their order."""
    return playlists.keep(~playlists.is_repeat & (playlists.values < n_tracks))


def learnable(train: Playlists) -> Ragged:
    """The training playlists that can be cut in two: distinct tracks, at least two."""
    tracks = distinct_tracks(train.tracks, train.catalog.n_tracks)
    return tracks.take(tracks.lengths > 1)


def _ranks(keys: Floats, rows: Ragged) -> NDArray[np.int64]:
    """The place of each value within its row by rising key, from 0, (total,)."""
    ranks = np.empty(len(keys), np.int64)
    ranks[np.lexsort((keys, rows.row_ids))] = rows.places
    return ranks
