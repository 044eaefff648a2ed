"""Expansion of seed tracks by co-occurrence: their most co-occurring tracks, then those of these, breadth first."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from harness.kit.numba_cache import compiled
from harness.kit.parallel import in_blocks
from harness.kit.seeds import without_seeds
from harness.ragged import NO_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from harness.kit.playlist_index import PlaylistIndex
    from harness.ragged import Ids, Ragged

_WIDTH = 512
"""Co-occurring tracks cached per track, more than a list of 500 tracks; where all are listed they are counted again."""

_MOST_LINES = 31_250
"""Maximum number of tracks with cached ones: 64 MB."""

_FREQUENT = 4
"""Tracks in fewer playlists are not cached: counting them is fast."""


class Expansions:
    """Expansions of seeds in one training set; a model creates it at each fit.

    Most expansions soon reach the same frequent tracks, and `harness run` asks for 500 playlists at a time. So the most
    co-occurring tracks of expanded tracks are cached, also between calls: at most 64 MB per thread. The lists do not
    depend on it.
    """

    def __init__(self, index: PlaylistIndex, *, step: int, min_count: int = 1, threads: int = 0) -> None:
        """Begin with empty caches.

        Args:
            index: the training set.
            step: number of tracks that each track adds, at least 1.
            min_count: least number of shared playlists of a track and one that it adds.
            threads: see `harness.kit.parallel.n_threads`; the lists do not depend on it.
        """
        self.index, self.step, self.min_count, self.threads = index, step, min_count, threads
        self._unused: list[_Cache] = []

    def of_seeds(self, seeds: Ragged, k: int) -> Ids:
        """The first k tracks of each expansion.

        The queue holds the seeds, from the last to the first of the playlist, then the tracks of the list in its order.
        Each track of the queue adds the `step` tracks that share most playlists with it, best first, ties to the lower
        id, that are neither seeds nor listed yet; until the list has k tracks or the queue is empty. So a shorter list
        is the beginning of a longer one.

        Args:
            seeds: n rows of distinct tracks that the index knows, as `PlaylistIndex.known` gives them.
            k: width of the lists.

        Returns:
            (n, k) int32; short lists end in -1. A track of the queue takes O(its playlists * mean length) time unless
            it is cached. Memory is O(n_tracks) per thread beside the caches.
        """
        return self._lists(seeds, k, replaces=True)

    def of_first_seed(self, seeds: Ragged, k: int) -> Ids:
        """The first k tracks of each expansion of a first seed, by the rule of a course project.

        Two differences from `of_seeds`: the first seed alone begins the queue, as if the playlist had no other; and of
        the `step` tracks that share most playlists with a track, those that are listed already are skipped, not
        replaced by the next ones, so that a track may add fewer than `step`. Other seeds are expanded where they are
        listed, and are then removed from the list.

        Args:
            seeds: see `of_seeds`.
            k: width of the lists.

        Returns:
            (n, k) int32; short lists end in -1.
        """
        most = k + max(int(seeds.lengths.max(initial=0)) - 1, 0)
        lists = self._lists(seeds.keep(seeds.places == 0), most, replaces=False)
        return without_seeds(lists, np.zeros(lists.shape, np.float32), seeds, k).tracks

    def _lists(self, seeds: Ragged, k: int, *, replaces: bool) -> Ids:
        lists = np.full((len(seeds), k), NO_ID, np.int32)

        def rows(first: int, end: int) -> None:
            with self._cache() as cache:
                _expand(
                    *(self.index, cache, seeds.indptr, seeds.values, lists),
                    *(self.step, self.min_count, replaces, first, end),
                )

        in_blocks(rows, len(seeds), "expansions", threads=self.threads)
        return lists

    @contextmanager
    def _cache(self) -> Iterator[_Cache]:
        """A cache that no other thread uses meanwhile."""
        try:
            cache = self._unused.pop()
        except IndexError:
            cache = _Cache.empty(self.index.n_tracks)
        yield cache
        self._unused.append(cache)


class _Cache(NamedTuple):
    """Most co-occurring tracks of the tracks that one thread has expanded.

    Attributes:
        line_of: (n_tracks,) int32, row of each track in `co_occurring`, -1 where it has none yet.
        co_occurring: (n_lines, `_WIDTH`) int32, the tracks that share most playlists with a track, best first; short
            rows end in -1.
        n_lines: (1,) int64, number of rows in use.
    """

    line_of: Ids
    co_occurring: Ids
    n_lines: NDArray[np.int64]

    @classmethod
    def empty(cls, n_tracks: int) -> Self:
        lines = np.empty((min(n_tracks, _MOST_LINES), _WIDTH), np.int32)
        return cls(np.full(n_tracks, NO_ID, np.int32), lines, np.zeros(1, np.int64))


@compiled
def _expand(
    index: PlaylistIndex,
    cache: _Cache,
    indptr: NDArray[np.int64],
    seeds: Ids,
    lists: Ids,
    step: int,
    min_count: int,
    replaces: bool,
    first: int,
    end: int,
) -> None:
    """Write the lists of some rows."""
    n_tracks = len(index.starts) - 1
    shared, touched, taken = np.zeros(n_tracks, np.int32), np.empty(n_tracks, np.int32), np.zeros(n_tracks, np.bool_)
    replaced = taken if replaces else np.zeros(0, np.bool_)
    for row in range(first, end):
        own, listed = seeds[indptr[row] : indptr[row + 1]], lists[row]
        taken[own] = True
        n = 0
        turn = -len(own)
        while turn < n < len(listed):
            track = own[-turn - 1] if turn < 0 else listed[turn]
            for other in _added(index, cache, track, replaced, shared, touched, step, min_count):
                if n < len(listed) and not taken[other]:
                    listed[n] = other
                    taken[other] = True
                    n += 1
            turn += 1
        taken[own] = False
        taken[listed[:n]] = False


@compiled
def _added(
    index: PlaylistIndex,
    cache: _Cache,
    track: int,
    taken: NDArray[np.bool_],
    shared: Ids,
    touched: Ids,
    step: int,
    min_count: int,
) -> Ids:
    """Tracks that one track adds, as `_most_shared`: from the cache where it goes far enough, counted otherwise."""
    line = cache.line_of[track]
    if line < 0:
        line = cache.n_lines[0]
        if line == len(cache.co_occurring) or index.starts[track + 1] - index.starts[track] < _FREQUENT:
            return _most_shared(index, track, taken, shared, touched, step, min_count)
        taken_by_itself = np.zeros(0, np.bool_)
        beside = _most_shared(index, track, taken_by_itself, shared, touched, _WIDTH, min_count)
        cache.co_occurring[line] = -1
        cache.co_occurring[line, : len(beside)] = beside
        cache.line_of[track] = line
        cache.n_lines[0] += 1
    best = np.empty(step, np.int32)
    n = 0
    for other in cache.co_occurring[line]:
        if other < 0 or n == step:
            return best[:n]
        if len(taken) == 0 or not taken[other]:
            best[n] = other
            n += 1
    return best if n == step else _most_shared(index, track, taken, shared, touched, step, min_count)


@compiled
def _most_shared(
    index: PlaylistIndex,
    track: int,
    taken: NDArray[np.bool_],
    shared: Ids,
    touched: Ids,
    step: int,
    min_count: int,
) -> Ids:
    """The tracks that share most playlists with one track, best first, of equal ones the lower id first.

    Neither the track itself is among them nor any that is taken; an empty `taken` means none is.
    """
    n = 0
    for playlist in index.playlists[index.starts[track] : index.starts[track + 1]]:
        for other in index.tracks[index.indptr[playlist] : index.indptr[playlist + 1]]:
            if shared[other] == 0:
                touched[n] = other
                n += 1
            shared[other] += 1
    best = np.empty(step, np.int32)
    size = 0
    for other in touched[:n]:
        if other == track or shared[other] < min_count or (len(taken) and taken[other]):
            continue
        at = size
        while at > 0 and (
            shared[best[at - 1]] < shared[other] or (shared[best[at - 1]] == shared[other] and other < best[at - 1])
        ):
            at -= 1
        if at < step:
            size = min(size + 1, step)
            for place in range(size - 1, at, -1):
                best[place] = best[place - 1]
            best[at] = other
    shared[touched[:n]] = 0
    return best[:size]
