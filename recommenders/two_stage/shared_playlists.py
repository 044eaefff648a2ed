"""Co-occurrence of candidates and seeds: shared playlists and order, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import harness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness import Ragged
    from harness.kit import PlaylistIndex

    Ids = NDArray[np.int32]
    Floats = NDArray[np.float32]

MOST = 2_000
"""Maximum number of playlists read per seed, evenly spaced; counts are scaled, so that time is bounded."""

MOST_OVERLAPS = 25_000
"""Maximum number of playlists read, evenly spaced, for features that depend on their number of seeds."""

NEAR = 5
"""Maximum distance of near tracks."""

MOST_COLUMNS, PENALTY = 128, 0.15
"""The classifier of a playlist: columns at most (evenly spaced seeds), and ridge penalty a candidate and seed."""

TOGETHER = (
    *("shared_max", "shared_mean", "shared_median", "shared_min"),
    *("cosine_max", "cosine_mean", "cosine_median", "cosine_min"),
    *("seeds_sharing", "pairs_sharing", "triples_sharing", "by_playlists", "by_near_playlists", "nearest_playlist"),
    *("classifier", "classifier_rank", "coherence"),
)
ORDER = (
    *("cosine_last", "cosine_last_three", "cosine_gap"),
    *("follows_last", "follows_mean", "follows_max", "precedes_max", "near_last", "near_mean"),
    *("after_last", "after_last_three", "gap_in_order", "coherence_of_neighbours"),
)
"""Columns of `count`, in this order, after those of TOGETHER."""

LAST = 3
"""Number of last seeds."""


class Entries(NamedTuple):
    """The entries of a training set in playlist order, and the entries of each track.

    Attributes:
        tracks: (n_entries,) int32.
        before, after: number of tracks of the same playlist before and after each, up to NEAR, uint8.
        starts: (n_tracks + 1,) int64; the entries of track t are `of_track[starts[t]:starts[t + 1]]`.
        of_track: (n_entries,) int64.
    """

    tracks: Ids
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
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


def count(index: PlaylistIndex, entries: Entries | None, seeds: Ragged, candidates: Ids, threads: int) -> Floats:
    """Features TOGETHER and, given ordered entries, ORDER of each candidate, (n, c, 30); NaN without a known seed.

    With n(s, t) the playlists that seed s and candidate t share and n(t) those of one::

        shared            log(1 + n(s, t))
        cosine            n(s, t) / sqrt(n(s) n(t))
        gap               larger of the smaller cosines with two seeds that follow each other
        pairs, triples    log(1 + pairs or triples of seeds that stand in one playlist with t, over playlists)
        by_playlists      sum over playlists q with t of o^2 / |q| / sqrt(n(t)), o the seeds in q; as a share of the
                          largest of all candidates; by_near_playlists with o^3 / |q|^(3/2)
        nearest_playlist  largest o / sqrt(|q| * seeds)
        classifier        score by a ridge regression per playlist that separates seeds from candidates by their
                          cosines with the seeds, a seed's own cosine taken as 0, both sides weighing the same
        coherence         mean cosine of the seeds with each other; of neighbours: how much larger that of neighbours is

    follows, precedes and near are the shares of the seed's entries that have the candidate right after, right before,
    or within NEAR places; after, within NEAR places after it; gap_in_order is the largest product of follows for a
    seed and precedes for the next. Each is taken over the distinct seeds of a playlist. A training playlist that holds
    exactly the seeds is the playlist's own copy and is not counted.

    Args:
        index: the training set.
        entries: its entries in order; without them, ORDER is NaN.
        seeds: distinct known seeds of n playlists, in playlist order.
        candidates: (n, c) int32, -1 where there is none.
        threads: see `harness.kit.n_threads`.

    Source: the classifier: Zhu et al. 2018, "Two-stage approach to playlist continuation" (RecSys Challenge; its
    support vector machine as a ridge); gaps: Antenucci et al. 2018.
    """
    counted = np.full((*candidates.shape, len(TOGETHER) + len(ORDER)), np.nan, np.float32)
    ordered = Entries.of(harness.Ragged.empty(0), index.n_tracks) if entries is None else entries

    def rows(first: int, end: int) -> None:
        _count_rows(index, ordered, entries is not None, seeds.indptr, seeds.values, candidates, counted, first, end)

    harness.kit.in_blocks(rows, len(candidates), "shared playlists", threads=threads)
    return counted


@harness.kit.compiled
def _count_rows(  # noqa: C901 -- marks that must be taken back beside each other
    index: PlaylistIndex,
    entries: Entries,
    in_order: bool,
    indptr: NDArray[np.int64],
    seeds: Ids,
    candidates: Ids,
    counted: Floats,
    first: int,
    end: int,
) -> None:
    column_of = np.full(len(index.starts) - 1, -1, np.int32)
    overlap = np.zeros(len(index.indptr) - 1, np.int32)
    for row in range(first, end):
        own = seeds[indptr[row] : indptr[row + 1]]
        n = 0
        while n < candidates.shape[1] and candidates[row, n] >= 0:
            column_of[candidates[row, n]] = n
            n += 1
        if len(own) and n:
            for at in range(len(own)):
                column_of[own[at]] = n + at
            tracks = np.concatenate((candidates[row, :n], own))
            met = _overlaps(index, own, overlap)
            shared = np.zeros((len(own), len(tracks)), np.float32)
            for at in range(len(own)):
                _count_shared(index, own[at], len(own), overlap, column_of, shared[at])
            cosine = _cosines(index, own, tracks, shared)
            _summarise(shared[:, :n], cosine[:, :n], counted[row])
            _sum_overlaps(index, len(own), met, overlap, column_of, tracks[:n], counted[row])
            _classify(cosine, n, counted[row])
            if in_order:
                beside = np.zeros((4, len(own), len(tracks)), np.float32)
                for at in range(len(own)):
                    _count_beside(entries, own[at], column_of, beside[:, at])
                _summarise_order(cosine, beside, n, counted[row])
            for playlist in met:
                overlap[playlist] = 0
        for column in range(n):
            column_of[candidates[row, column]] = -1
        for track in own:
            column_of[track] = -1


@harness.kit.compiled
def _overlaps(index: PlaylistIndex, own: Ids, overlap: Ids) -> Ids:
    """Fill in the number of seeds in each playlist; return the playlists with a seed."""
    n = 0
    for seed in own:
        n += index.starts[seed + 1] - index.starts[seed]
    met = np.empty(n, np.int32)
    n = 0
    for seed in own:
        for playlist in index.playlists[index.starts[seed] : index.starts[seed + 1]]:
            if overlap[playlist] == 0:
                met[n] = playlist
                n += 1
            overlap[playlist] += 1
    return met[:n]


@harness.kit.compiled
def _is_copy(index: PlaylistIndex, playlist: int, n_seeds: int, overlap: Ids) -> bool:
    """Whether a playlist consists of the seeds."""
    return bool(overlap[playlist] == n_seeds and index.indptr[playlist + 1] - index.indptr[playlist] == n_seeds)


@harness.kit.compiled
def _count_shared(index: PlaylistIndex, seed: int, n_seeds: int, overlap: Ids, column_of: Ids, shared: Floats) -> None:
    """Number of playlists with the seed and each track, (c + s,)."""
    playlists = index.playlists[index.starts[seed] : index.starts[seed + 1]]
    n_read = min(len(playlists), MOST)
    for turn in range(n_read):
        playlist = playlists[turn * len(playlists) // n_read]
        if _is_copy(index, playlist, n_seeds, overlap):
            continue
        for track in index.tracks[index.indptr[playlist] : index.indptr[playlist + 1]]:
            if column_of[track] >= 0:
                shared[column_of[track]] += 1
    if n_read < len(playlists):
        shared *= np.float32(len(playlists) / n_read)


@harness.kit.compiled
def _cosines(index: PlaylistIndex, own: Ids, tracks: Ids, shared: Floats) -> Floats:
    """Cosine of each seed with each track, (s, c + s); of a seed with itself 0."""
    cosine = np.empty(shared.shape, np.float32)
    root = np.empty(len(tracks), np.float64)
    for column in range(len(tracks)):
        root[column] = np.sqrt(max(index.starts[tracks[column] + 1] - index.starts[tracks[column]], 1))
    n = len(tracks) - len(own)
    for at in range(len(own)):
        for column in range(len(tracks)):
            cosine[at, column] = shared[at, column] / (root[n + at] * root[column])
        cosine[at, n + at] = 0
    return cosine


@harness.kit.compiled
def _summarise(shared: Floats, cosine: Floats, counted: Floats) -> None:
    """Fill in largest, mean, median and smallest over the seeds."""
    for column in range(shared.shape[1]):
        raw, near, to = np.log1p(shared[:, column]), cosine[:, column], counted[column]
        to[0], to[1], to[2], to[3] = raw.max(), raw.mean(), np.median(raw), raw.min()
        to[4], to[5], to[6], to[7] = near.max(), near.mean(), np.median(near), near.min()
        to[8] = np.count_nonzero(raw) / len(raw)


@harness.kit.compiled
def _sum_overlaps(
    index: PlaylistIndex, n_seeds: int, met: Ids, overlap: Ids, column_of: Ids, tracks: Ids, counted: Floats
) -> None:
    """Fill in the features that depend on the number of seeds in the playlists of a candidate."""
    n = len(tracks)
    sums = np.zeros((5, n), np.float64)
    n_read = min(len(met), MOST_OVERLAPS)
    for turn in range(n_read):
        playlist = met[turn * len(met) // n_read]
        if _is_copy(index, playlist, n_seeds, overlap):
            continue
        begin, end = index.indptr[playlist], index.indptr[playlist + 1]
        seeds, length = np.float64(overlap[playlist]), np.float64(end - begin)
        pairs, square = seeds * (seeds - 1) / 2, seeds * seeds / length
        for track in index.tracks[begin:end]:
            column = column_of[track]
            if 0 <= column < n:
                sums[0, column] += pairs
                sums[1, column] += pairs * (seeds - 2) / 3
                sums[2, column] += square
                sums[3, column] += square * seeds / np.sqrt(length)
                sums[4, column] = max(sums[4, column], seeds / np.sqrt(length * n_seeds))
    for column in range(n):
        root = np.sqrt(max(index.starts[tracks[column] + 1] - index.starts[tracks[column]], 1))
        sums[2, column] /= root
        sums[3, column] /= root
    for of in (2, 3):
        sums[of] /= max(sums[of].max(), 1e-12)
    scale = len(met) / max(n_read, 1)
    counted[:n, 9], counted[:n, 10] = np.log1p(sums[0] * scale), np.log1p(sums[1] * scale)
    counted[:n, 11], counted[:n, 12], counted[:n, 13] = sums[2], sums[3], sums[4]


@harness.kit.compiled
def _classify(cosine: Floats, n: int, counted: Floats) -> None:
    """Fill in the classifier's score and rank of the candidates, and the coherence of the seeds."""
    n_seeds = len(cosine)
    size = min(n_seeds, MOST_COLUMNS)
    columns = np.empty((size, cosine.shape[1]), np.float64)
    for at in range(size):
        columns[at] = cosine[at * n_seeds // size]
        columns[at] /= max(np.sqrt((columns[at] ** 2).mean()), 1e-12)
    weight = n / n_seeds
    negative, positive = np.ascontiguousarray(columns[:, :n]), np.ascontiguousarray(columns[:, n:])
    gram = negative @ np.ascontiguousarray(negative.T) + weight * (positive @ np.ascontiguousarray(positive.T))
    for at in range(size):
        gram[at, at] += PENALTY * n * size
    scores = np.linalg.solve(gram, weight * positive.sum(axis=1)) @ negative
    scores /= max(np.abs(scores).max(), 1e-12)
    order = np.argsort(-scores, kind="mergesort")
    coherence = cosine[:, n:].sum() / max(n_seeds * (n_seeds - 1), 1)
    for rank in range(n):
        counted[order[rank], 15] = rank + 1
    counted[:n, 14], counted[:n, 16] = scores, coherence


@harness.kit.compiled
def _count_beside(entries: Entries, seed: int, column_of: Ids, beside: Floats) -> None:
    """Shares of the seed's entries with each track right after, right before, near, and near after, (4, c + s)."""
    own = entries.of_track[entries.starts[seed] : entries.starts[seed + 1]]
    n_read = min(len(own), MOST)
    for turn in range(n_read):
        entry = own[turn * len(own) // n_read]
        for step in range(-np.int64(entries.before[entry]), np.int64(entries.after[entry]) + 1):
            column = column_of[entries.tracks[entry + step]]
            if column < 0 or step == 0:
                continue
            beside[2, column] += 1
            if step > 0:
                beside[3, column] += 1
            if step == 1:
                beside[0, column] += 1
            elif step == -1:
                beside[1, column] += 1
    beside /= np.float32(max(n_read, 1))


@harness.kit.compiled
def _summarise_order(cosine: Floats, beside: Floats, n: int, counted: Floats) -> None:
    """Fill in the columns of ORDER."""
    n_seeds = len(cosine)
    last = n_seeds - 1
    begin = max(n_seeds - LAST, 0)
    neighbours = np.float32(0)
    for at in range(last):
        neighbours += cosine[at, n + at + 1] / last
    mean = cosine[:, n:].sum() / max(n_seeds * last, 1)
    for column in range(n):
        near = cosine[:, column]
        gap, in_order = near[0] if last == 0 else np.float32(0), np.float32(0)
        for at in range(last):
            gap = max(gap, min(near[at], near[at + 1]))
            in_order = max(in_order, beside[0, at, column] * beside[1, at + 1, column])
        follows, around, after = beside[0, :, column], beside[2, :, column], beside[3, :, column]
        to = counted[column, 17:]
        to[0], to[1], to[2] = near[last], near[begin:].mean(), gap
        to[3], to[4], to[5], to[6] = follows[last], follows.mean(), follows.max(), beside[1, :, column].max()
        to[7], to[8] = around[last], around.mean()
        to[9], to[10], to[11], to[12] = after[last], after[begin:].mean(), in_order, neighbours - mean
