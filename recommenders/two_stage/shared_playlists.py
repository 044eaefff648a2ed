"""How often candidates stand in the playlists of the seeds, beside them and behind them: compiled counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numba
import numpy as np

import harness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness import PlaylistIndex, Ragged

    Ids = NDArray[np.int32]
    Floats = NDArray[np.float32]

MOST = 2_000
"""Of a seed that stands in more playlists, evenly spaced ones are read and counts scaled: time stays bounded."""

NEAR = 5
"""Tracks within so many places are near."""

TOGETHER = (
    *("shared_max", "shared_mean", "shared_median", "shared_min"),
    *("cosine_max", "cosine_mean", "cosine_median", "cosine_min"),
    "seeds_sharing",
)
ORDER = (
    *("cosine_last", "cosine_last_three", "cosine_gap"),
    *("follows_last", "follows_mean", "follows_max", "precedes_max", "near_last", "near_mean"),
)
"""What is counted, in this order: columns of `count`."""


class Entries(NamedTuple):
    """The entries of a training set in playlist order, and where each track's are.

    Attributes:
        tracks: (n_entries,) int32.
        before, behind: how many tracks of the same playlist stand before and behind each, up to NEAR, uint8.
        starts: (n_tracks + 1,) int64; the entries of track t are `of_track[starts[t]:starts[t + 1]]`.
        of_track: (n_entries,) int64.
    """

    tracks: Ids
    before: NDArray[np.uint8]
    behind: NDArray[np.uint8]
    starts: NDArray[np.int64]
    of_track: NDArray[np.int64]

    @classmethod
    def of(cls, playlists: Ragged, n_tracks: int) -> Entries:
        """Index the entries of playlists."""
        places = playlists.places
        left = np.repeat(playlists.lengths, playlists.lengths) - 1 - places
        starts = np.zeros(n_tracks + 1, np.int64)
        np.cumsum(np.bincount(playlists.values, minlength=n_tracks), out=starts[1:])
        return cls(
            np.ascontiguousarray(playlists.values),
            np.minimum(places, NEAR).astype(np.uint8),
            np.minimum(left, NEAR).astype(np.uint8),
            starts,
            np.argsort(playlists.values, kind="stable"),
        )


def count(index: PlaylistIndex, entries: Entries, seeds: Ragged, candidates: Ids, threads: int) -> Floats:
    """What TOGETHER and ORDER name, of each candidate, (n, c, 18); NaN without a known seed.

    With n(s, t) the playlists that seed s and candidate t share and n(t) those of one: shared is log(1 + n(s, t)),
    cosine is n(s, t) / sqrt(n(s) n(t)), gap is the larger of the smaller cosines with two seeds that follow each
    other; follows, precedes and near are the shares of the seed's entries that have the candidate right behind,
    right before, or within NEAR places. Each is taken over the distinct seeds of a playlist.

    Args:
        index: the training set.
        entries: the same in order.
        seeds: distinct known seeds of n playlists, in playlist order.
        candidates: (n, c) int32, -1 where there is none.
        threads: see `harness.n_threads`.
    """
    counted = np.full((*candidates.shape, len(TOGETHER) + len(ORDER)), np.nan, np.float32)

    def rows(first: int, end: int) -> None:
        _count_rows(index, entries, seeds.indptr, seeds.values, candidates, counted, first, end)

    harness.in_blocks(rows, len(candidates), "shared playlists", threads=threads)
    return counted


@numba.njit(nogil=True, cache=True)
def _count_rows(
    index: PlaylistIndex,
    entries: Entries,
    indptr: NDArray[np.int64],
    seeds: Ids,
    candidates: Ids,
    counted: Floats,
    first: int,
    end: int,
) -> None:
    column_of = np.full(len(index.starts) - 1, -1, np.int32)
    for row in range(first, end):
        own = seeds[indptr[row] : indptr[row + 1]]
        n = 0
        while n < candidates.shape[1] and candidates[row, n] >= 0:
            column_of[candidates[row, n]] = n
            n += 1
        if len(own) and n:
            shared = np.zeros((len(own), n), np.float32)
            beside = np.zeros((3, len(own), n), np.float32)
            for at in range(len(own)):
                _count_shared(index, own[at], column_of, shared[at])
                _count_beside(entries, own[at], column_of, beside[:, at])
            _summarise(index, own, candidates[row, :n], shared, beside, counted[row])
        for column in range(n):
            column_of[candidates[row, column]] = -1


@numba.njit(nogil=True, cache=True)
def _count_shared(index: PlaylistIndex, seed: int, column_of: Ids, shared: Floats) -> None:
    """Playlists that hold the seed and each candidate, (c,)."""
    playlists = index.playlists[index.starts[seed] : index.starts[seed + 1]]
    n_read = min(len(playlists), MOST)
    for turn in range(n_read):
        playlist = playlists[turn * len(playlists) // n_read]
        for track in index.tracks[index.indptr[playlist] : index.indptr[playlist + 1]]:
            if column_of[track] >= 0:
                shared[column_of[track]] += 1
    if n_read < len(playlists):
        shared *= np.float32(len(playlists) / n_read)


@numba.njit(nogil=True, cache=True)
def _count_beside(entries: Entries, seed: int, column_of: Ids, beside: Floats) -> None:
    """Shares of the seed's entries with each candidate right behind, right before, and near, (3, c)."""
    own = entries.of_track[entries.starts[seed] : entries.starts[seed + 1]]
    n_read = min(len(own), MOST)
    for turn in range(n_read):
        entry = own[turn * len(own) // n_read]
        for step in range(-np.int64(entries.before[entry]), np.int64(entries.behind[entry]) + 1):
            column = column_of[entries.tracks[entry + step]]
            if column < 0 or step == 0:
                continue
            beside[2, column] += 1
            if step == 1:
                beside[0, column] += 1
            elif step == -1:
                beside[1, column] += 1
    beside /= np.float32(max(n_read, 1))


@numba.njit(nogil=True, cache=True)
def _summarise(
    index: PlaylistIndex, own: Ids, candidates: Ids, shared: Floats, beside: Floats, counted: Floats
) -> None:
    """Write the columns of one playlist's candidates, over its seeds."""
    last = len(own) - 1
    for column in range(len(candidates)):
        track = candidates[column]
        n_track = max(index.starts[track + 1] - index.starts[track], 1)
        raw, cosine = np.log1p(shared[:, column]), np.empty(len(own), np.float32)
        for at in range(len(own)):
            n_seed = index.starts[own[at] + 1] - index.starts[own[at]]
            cosine[at] = shared[at, column] / np.sqrt(np.float64(n_seed) * n_track)
        gap = cosine[0] if last == 0 else np.float32(0)
        for at in range(last):
            gap = max(gap, min(cosine[at], cosine[at + 1]))
        follows, precedes, near = beside[0, :, column], beside[1, :, column], beside[2, :, column]
        told = counted[column]
        told[0], told[1], told[2], told[3] = raw.max(), raw.mean(), np.median(raw), raw.min()
        told[4], told[5], told[6], told[7] = cosine.max(), cosine.mean(), np.median(cosine), cosine.min()
        told[8] = np.count_nonzero(raw) / len(own)
        told[9], told[10], told[11] = cosine[last], cosine[max(last - 2, 0) :].mean(), gap
        told[12], told[13], told[14], told[15] = follows[last], follows.mean(), follows.max(), precedes.max()
        told[16], told[17] = near[last], near.mean()
