"""From a few tracks, the tracks beside them and those beside these: breadth first, by the playlists they share."""

from __future__ import annotations

from threading import local
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from harness.kit.compiled import compiled
from harness.parallel import in_blocks
from harness.types import NO_ID

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.kit.playlist_index import PlaylistIndex
    from harness.types import Ids, Ragged

_WIDTH = 128
"""How many tracks beside a track are remembered; where more of them are taken already, they are counted anew."""

_MOST_LINES = 125_000

_FREQUENT = 4
"""What stands in fewer playlists is counted in no time."""


def expand(index: PlaylistIndex, seeds: Ragged, k: int, *, step: int, threads: int = 0) -> Ids:
    """The first k tracks of each expansion.

    The seeds have their turn first, from the last to the first of the playlist, then the tracks of the list in its
    order. In its turn a track adds the `step` tracks that share most playlists with it, best first, of equal ones
    the lower id first, and that are neither seeds nor listed yet; until the list has k tracks or nothing is left to
    add. So a shorter list is the beginning of a longer one.

    Args:
        index: the training set.
        seeds: n rows of distinct tracks that the index knows, as `PlaylistIndex.known` gives them.
        k: width of the lists.
        step: how many tracks a track adds, at least 1.
        threads: see `harness.parallel.n_threads`; the lists do not depend on it.

    Returns:
        (n, k) int32; short lists end in -1. A turn takes O(playlists of its track * mean length) time, where the
        track has not had one before. Memory is O(n_tracks) a thread and at most 64 MB for what is remembered.
    """
    lists = np.full((len(seeds), k), NO_ID, np.int32)
    own = local()

    def rows(first: int, end: int) -> None:
        if not hasattr(own, "known"):
            own.known = _Known.nothing(index.n_tracks)
        _expand(index, own.known, seeds.indptr, seeds.values, lists, step, first, end)

    in_blocks(rows, len(seeds), "expansions", threads=threads)
    return lists


class _Known(NamedTuple):
    """The tracks beside those whose turn came before: most expansions soon meet the same frequent tracks.

    Attributes:
        line_of: (n_tracks,) int32, the line of each track in `beside`, -1 where it has none yet.
        beside: (n_lines, `_WIDTH`) int32, the tracks that share most playlists with a track, best first; short lines
            end in -1.
        n_lines: (1,) int64, how many lines are written.
    """

    line_of: Ids
    beside: Ids
    n_lines: NDArray[np.int64]

    @classmethod
    def nothing(cls, n_tracks: int) -> Self:
        lines = np.empty((min(n_tracks, _MOST_LINES), _WIDTH), np.int32)
        return cls(np.full(n_tracks, NO_ID, np.int32), lines, np.zeros(1, np.int64))


@compiled
def _expand(
    index: PlaylistIndex,
    known: _Known,
    indptr: NDArray[np.int64],
    seeds: Ids,
    lists: Ids,
    step: int,
    first: int,
    end: int,
) -> None:
    """Write the lists of some rows."""
    n_tracks = len(index.starts) - 1
    shared, met, taken = np.zeros(n_tracks, np.int32), np.empty(n_tracks, np.int32), np.zeros(n_tracks, np.bool_)
    for row in range(first, end):
        own, listed = seeds[indptr[row] : indptr[row + 1]], lists[row]
        taken[own] = True
        n = 0
        turn = -len(own)
        while turn < n < len(listed):
            track = own[-turn - 1] if turn < 0 else listed[turn]
            best = _added(index, known, track, taken, shared, met, step)
            for other in best[: len(listed) - n]:
                listed[n] = other
                taken[other] = True
                n += 1
            turn += 1
        taken[own] = False
        taken[listed[:n]] = False


@compiled
def _added(
    index: PlaylistIndex, known: _Known, track: int, taken: NDArray[np.bool_], shared: Ids, met: Ids, step: int
) -> Ids:
    """What a track adds in its turn: read from its line where that goes far enough, counted otherwise."""
    line = known.line_of[track]
    if line < 0:
        line = known.n_lines[0]
        if line == len(known.beside) or index.starts[track + 1] - index.starts[track] < _FREQUENT:
            return _most_shared(index, track, taken, shared, met, step)
        taken_by_itself = np.zeros(0, np.bool_)
        beside = _most_shared(index, track, taken_by_itself, shared, met, _WIDTH)
        known.beside[line] = -1
        known.beside[line, : len(beside)] = beside
        known.line_of[track] = line
        known.n_lines[0] += 1
    best = np.empty(step, np.int32)
    n = 0
    for other in known.beside[line]:
        if other < 0 or n == step:
            return best[:n]
        if not taken[other]:
            best[n] = other
            n += 1
    return best if n == step else _most_shared(index, track, taken, shared, met, step)


@compiled
def _most_shared(index: PlaylistIndex, track: int, taken: NDArray[np.bool_], shared: Ids, met: Ids, step: int) -> Ids:
    """The tracks that share most playlists with one track, best first, of equal ones the lower id first.

    Neither the track itself is among them nor any that is taken; an empty `taken` means none is.
    """
    n = 0
    for playlist in index.playlists[index.starts[track] : index.starts[track + 1]]:
        for other in index.tracks[index.indptr[playlist] : index.indptr[playlist + 1]]:
            if shared[other] == 0:
                met[n] = other
                n += 1
            shared[other] += 1
    best = np.empty(step, np.int32)
    size = 0
    for other in met[:n]:
        if other == track or (len(taken) and taken[other]):
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
    shared[met[:n]] = 0
    return best[:size]
