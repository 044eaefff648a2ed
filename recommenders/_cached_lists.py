"""Lists of similar tracks of frequent seeds, cached between calls of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import harness

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness import Ranked

    Ids = NDArray[np.int32]

MEMORY, BYTES_A_TRACK = 256 << 20, 8
"""Maximum number of bytes of all lists, and bytes for each track of a list."""


class CachedLists:
    """Lists of the most frequent seeds, as many as fit into `MEMORY`.

    Frequent seeds take most of the time and occur in most calls: `harness run` asks for 500 playlists at a time.
    """

    def __init__(self, frequencies: NDArray[np.int64], width: int) -> None:
        """Begin without a list.

        Args:
            frequencies: training playlists that have each column, (n_columns,).
            width: length of the lists.
        """
        cached = np.argsort(-frequencies, kind="stable")[: max(1, MEMORY // (BYTES_A_TRACK * width))]
        self._row_of = np.full(len(frequencies), -1, np.int32)
        self._row_of[cached] = np.arange(len(cached))
        self._filled = np.zeros(len(cached), np.bool_)
        self._tracks = np.empty((len(cached), width), np.int32)  # takes memory where it is filled
        self._scores = np.empty((len(cached), width), np.float32)

    def of(self, seeds: Ids, compute: Callable[[Ids], Ranked]) -> Ranked:
        """The list of each of m distinct seeds, (m, width); `compute` gives those that are not cached yet."""
        rows = self._row_of[seeds]
        hit = rows >= 0
        hit[hit] = self._filled[rows[hit]]
        tracks = np.empty((len(seeds), self._tracks.shape[1]), np.int32)
        scores = np.empty(tracks.shape, np.float32)
        tracks[hit], scores[hit] = self._tracks[rows[hit]], self._scores[rows[hit]]
        computed = compute(seeds[~hit])
        tracks[~hit], scores[~hit] = computed.tracks, computed.scores
        stored = ~hit & (rows >= 0)
        at = rows[stored]
        self._tracks[at], self._scores[at], self._filled[at] = tracks[stored], scores[stored], True
        return harness.Ranked(tracks, scores)
