"""Compiled kernels: seeds to playlists to tracks, and weighted sums of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.kit.numba_cache import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.kit.buffers import Accumulator, ResultBuffers, SeedRows
    from harness.kit.playlist_index import PlaylistIndex
    from harness.kit.queries import NearestPlaylists, SimilarTracks, WeightedLists
    from harness.ragged import Ids

    Weights = NDArray[np.float64]


@compiled
def nearest_playlists(
    index: PlaylistIndex,
    query: NearestPlaylists,
    results: ResultBuffers,
    playlists: Accumulator,
    tracks: Accumulator,
    by_title: Accumulator,
    first: int,
    end: int,
) -> None:
    """Rows `first` to `end`: scores from the nearest playlists, see `NearestPlaylists`."""
    for row in range(first, end):
        seeds = query.seeds[query.indptr[row] : query.indptr[row + 1]]
        weights = query.weights[query.indptr[row] : query.indptr[row + 1]]
        counted = query.counted[row]
        n = _accumulate_playlists(index, seeds, weights, counted, playlists)
        similarity = _drain(playlists, n, query.counted_scale if counted else query.scale)
        _keep_nearest(similarity, query.nearest[row], 0.0 if counted else query.amplification)
        n_tracks = _accumulate_tracks(index, playlists.touched[:n], similarity, counted, tracks, 0)
        n_tracks = _add_titled(index, query, row, tracks, n_tracks, by_title)
        _write_row(results, row, tracks, n_tracks, seeds)


@compiled
def similar_tracks(
    rows: SeedRows,
    index: PlaylistIndex,
    query: SimilarTracks,
    results: ResultBuffers,
    playlists: Accumulator,
    tracks: Accumulator,
    of_seed: Accumulator,
    first: int,
    end: int,
) -> None:
    """Rows `first` to `end`: scores from tracks similar to the seeds, see `SimilarTracks`; `rows` of some are given."""
    together = query.shrink == 0 and not query.added and query.least == 0
    for row in range(first, end):
        seeds = query.seeds[query.indptr[row] : query.indptr[row + 1]]
        weights = query.weights[query.indptr[row] : query.indptr[row + 1]]
        n_tracks = 0
        if together:
            weights = weights / query.seed_norm[seeds]
            others = np.where(rows.row_of[seeds] < 0, weights, 0.0)
            n_tracks = _co_occurring(index, query, seeds, others, playlists, tracks)
        for at in range(len(seeds)):
            if rows.row_of[seeds[at]] >= 0:
                n_tracks = _add_row(rows, query, seeds[at], weights[at], together, tracks, n_tracks)
            elif not together:
                n_tracks = _add_seed(index, query, seeds[at], weights[at], playlists, of_seed, tracks, n_tracks)
        if together:
            for track in tracks.touched[:n_tracks]:
                tracks.values[track] /= query.norm[track]
        _write_row(results, row, tracks, n_tracks, seeds)


@compiled
def count_shared(
    index: PlaylistIndex,
    query: SimilarTracks,
    seeds: Ids,
    widths: NDArray[np.int64],
    playlists: Accumulator,
    tracks: Accumulator,
    first: int,
    end: int,
) -> None:
    """Seeds `first` to `end`: the number of tracks that share a playlist with each."""
    for at in range(first, end):
        widths[at] = _co_occurring(index, query, seeds[at : at + 1], np.ones(1), playlists, tracks)
        tracks.values[tracks.touched[: widths[at]]] = 0


@compiled
def sum_shared(
    index: PlaylistIndex,
    query: SimilarTracks,
    seeds: Ids,
    rows: SeedRows,
    playlists: Accumulator,
    tracks: Accumulator,
    first: int,
    end: int,
) -> None:
    """Rows `first` to `end` of the seeds, see `SeedRows`."""
    for at in range(first, end):
        n = _co_occurring(index, query, seeds[at : at + 1], np.ones(1), playlists, tracks)
        shared = np.sort(tracks.touched[:n])
        rows.tracks[rows.indptr[at] : rows.indptr[at + 1]] = shared
        rows.sums[rows.indptr[at] : rows.indptr[at + 1]] = tracks.values[shared]
        tracks.values[shared] = 0


@compiled
def weighted_lists(
    lists: WeightedLists, results: ResultBuffers, tracks: Accumulator, seen: NDArray[np.bool_], first: int, end: int
) -> None:
    """Rows `first` to `end`: weighted sums of lists, see `WeightedLists`; `seen` is all False again afterwards."""
    for row in range(first, end):
        n = 0
        for at in range(lists.indptr[row], lists.indptr[row + 1]):
            weight = lists.weights[at]
            for entry in range(lists.list_indptr[lists.lists[at]], lists.list_indptr[lists.lists[at] + 1]):
                track = lists.tracks[entry]
                # not `_add`: sums of scores of either sign may pass 0, and a track must be listed once
                tracks.touched[n] = track
                n += not seen[track]
                seen[track] = True
                tracks.values[track] += weight * lists.scores[entry]
        seen[tracks.touched[:n]] = False
        _write_row(results, row, tracks, n, lists.excluded[lists.excluded_indptr[row] : lists.excluded_indptr[row + 1]])


@compiled
def _add_row(
    rows: SeedRows, query: SimilarTracks, seed: int, weight: float, together: bool, tracks: Accumulator, n: int
) -> int:
    """Add the row of a seed: its sums if seeds are summed together, else similarities; returns the number of tracks."""
    row = rows.row_of[seed]
    for entry in range(rows.indptr[row], rows.indptr[row + 1]):
        track, similarity = rows.tracks[entry], rows.sums[entry]
        if not together:
            similarity = _similarity(query, seed, track, similarity)
        if weight * similarity > 0:
            n = _add(tracks, n, track, weight * similarity)
    return n


@compiled
def _add_seed(
    index: PlaylistIndex,
    query: SimilarTracks,
    seed: int,
    weight: float,
    playlists: Accumulator,
    of_seed: Accumulator,
    tracks: Accumulator,
    n: int,
) -> int:
    """Add the similarities of one seed; returns the number of tracks."""
    n_shared = _co_occurring(index, query, np.full(1, seed, np.int32), np.ones(1), playlists, of_seed)
    for track in of_seed.touched[:n_shared]:
        similarity = _similarity(query, seed, track, of_seed.values[track])
        if weight * similarity > 0:
            n = _add(tracks, n, track, weight * similarity)
        of_seed.values[track] = 0
    return n


@compiled
def _similarity(query: SimilarTracks, seed: int, track: int, shared: float) -> float:
    if shared < query.least:
        return 0.0
    if query.added:
        return float(shared / (query.seed_norm[seed] + query.norm[track] + query.overlap * shared + query.shrink))
    return float(shared / (query.seed_norm[seed] * query.norm[track] + query.shrink))


@compiled
def _co_occurring(
    index: PlaylistIndex,
    query: SimilarTracks,
    seeds: Ids,
    weights: Weights,
    playlists: Accumulator,
    tracks: Accumulator,
) -> int:
    """Sum the seeds' weights over the tracks of all playlists that contain them; returns the number of tracks."""
    n = _accumulate_playlists(index, seeds, weights, False, playlists)
    return _accumulate_tracks(index, playlists.touched[:n], _drain(playlists, n, query.scale), False, tracks, 0)


@compiled
def _add(sums: Accumulator, n: int, id_: int, value: float) -> int:
    """Add a value other than 0 to one sum; returns the number of sums that are not 0, n of them before."""
    # Without a branch, which would often be mispredicted: `touched` is one longer for it.
    sums.touched[n] = id_
    n += sums.values[id_] == 0
    sums.values[id_] += value
    return n


@compiled
def _accumulate_playlists(
    index: PlaylistIndex, seeds: Ids, weights: Weights, counted: bool, playlists: Accumulator
) -> int:
    """Sum the seeds' weights over the playlists that contain them; returns the number of playlists."""
    n = 0
    for at in range(len(seeds)):
        if weights[at] == 0:
            continue
        for entry in range(index.starts[seeds[at]], index.starts[seeds[at] + 1]):
            weight = weights[at] * (index.playlist_counts[entry] if counted else 1)
            n = _add(playlists, n, index.playlists[entry], weight)
    return n


@compiled
def _accumulate_tracks(
    index: PlaylistIndex, playlists: Ids, weights: Weights, counted: bool, tracks: Accumulator, n: int
) -> int:
    """Add the playlists' weights to their tracks; returns the number of tracks, n of them before."""
    for at in range(len(playlists)):
        if weights[at] == 0:
            continue
        for entry in range(index.indptr[playlists[at]], index.indptr[playlists[at] + 1]):
            n = _add(tracks, n, index.tracks[entry], weights[at] * (index.counts[entry] if counted else 1))
    return n


@compiled
def _drain(sums: Accumulator, n: int, scale: Weights) -> Weights:
    """The n sums times the scale of their ids, in order of first contribution; resets the sums to 0."""
    taken = np.empty(n)
    for i in range(n):
        taken[i] = sums.values[sums.touched[i]] * scale[sums.touched[i]]
        sums.values[sums.touched[i]] = 0
    return taken


@compiled
def _keep_nearest(similarity: Weights, k: int, amplification: float) -> None:
    """Turn similarities into weights, 0 for all but the k nearest; an amplification of 0 leaves them as they are."""
    n = len(similarity)
    threshold = np.partition(similarity, n - k)[n - k] if 0 < k < n else 0.0
    spare = k - np.count_nonzero(similarity > threshold)
    for i in range(n):
        if similarity[i] == threshold and spare > 0:
            spare -= 1
        elif similarity[i] <= threshold:
            similarity[i] = 0
    if n == 0 or amplification == 0:
        return
    largest = similarity.max()
    smallest = similarity[similarity > 0].min() if n >= k else 0.0
    for i in range(n):
        if similarity[i] > 0:
            apart = (similarity[i] - smallest) / largest
            similarity[i] = apart**amplification if largest > smallest else 1.0


@compiled
def _add_titled(
    index: PlaylistIndex, query: NearestPlaylists, row: int, tracks: Accumulator, n: int, by_title: Accumulator
) -> int:
    """Blend in the tracks of the playlists with the row's title; returns the number of tracks."""
    for track in tracks.touched[:n]:
        tracks.values[track] *= query.share[row]
    if query.share[row] == 0:
        n = 0
    title = query.title_of[row]
    if title < 0 or query.share[row] == 1:
        return n
    titled = query.titled[query.title_indptr[title] : query.title_indptr[title + 1]]
    n_titled = _accumulate_tracks(index, titled, np.ones(len(titled)), True, by_title, 0)
    for track in by_title.touched[:n_titled]:
        n = _add(tracks, n, track, (1 - query.share[row]) * np.sqrt(by_title.values[track]))
        by_title.values[track] = 0
    return n


@compiled
def _write_row(results: ResultBuffers, row: int, tracks: Accumulator, n: int, seeds: Ids) -> None:
    """Write the scores and the top k of one row; resets the sums to 0."""
    for at in range(results.indptr[row], results.indptr[row + 1]):
        candidate = results.candidates[at]
        if candidate < len(tracks.values):
            results.candidate_scores[at] = tracks.values[candidate]
    tracks.values[seeds] = 0
    _best(tracks, n, results.tracks[row], results.scores[row])
    tracks.values[tracks.touched[:n]] = 0


@compiled
def _best(sums: Accumulator, n: int, ids: Ids, scores: NDArray[np.float32]) -> None:
    """Fill `ids` and `scores` with the largest of the n sums, best first; ties go to the lower id.

    A heap whose root is the worst entry; values are compared as float32, as they are returned.
    """
    size, k = 0, len(ids)
    for id_ in sums.touched[:n]:
        score = np.float32(sums.values[id_])
        if score <= 0 or k == 0:
            continue
        if size < k:
            size += 1
            _sift_up(ids, scores, size - 1, id_, score)
        elif _is_better(score, id_, scores[0], ids[0]):
            _sift_down(ids, scores, size, id_, score)
    for last in range(size - 1, 0, -1):
        worst, worst_score = ids[0], scores[0]
        _sift_down(ids, scores, last, ids[last], scores[last])
        ids[last], scores[last] = worst, worst_score


@compiled
def _is_better(score: np.float32, id_: int, other_score: np.float32, other_id: int) -> bool:
    return bool(score > other_score or (score == other_score and id_ < other_id))


@compiled
def _sift_up(ids: Ids, scores: NDArray[np.float32], at: int, id_: int, score: np.float32) -> None:
    while at > 0:
        parent = (at - 1) // 2
        if not _is_better(scores[parent], ids[parent], score, id_):
            break
        ids[at], scores[at] = ids[parent], scores[parent]
        at = parent
    ids[at], scores[at] = id_, score


@compiled
def _sift_down(ids: Ids, scores: NDArray[np.float32], size: int, id_: int, score: np.float32) -> None:
    """Put a new entry in the root's place among the first `size`."""
    at = 0
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and _is_better(scores[child], ids[child], scores[child + 1], ids[child + 1]):
            child += 1
        if not _is_better(score, id_, scores[child], ids[child]):
            break
        ids[at], scores[at] = ids[child], scores[child]
        at = child
    ids[at], scores[at] = id_, score
