"""The compiled part of walks from seeds to playlists to tracks, and of sums of lists.

All compiled code stands in this one file: what Numba keeps on disk is renewed when the file of a compiled
function changes, not when a function that it calls in another file does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.rank.answers import Answers, Sums
    from harness.rank.asked import NearestPlaylists, SimilarTracks
    from harness.rank.index import PlaylistIndex
    from harness.rank.sums import WeightedLists
    from harness.types import Ids

    Function = TypeVar("Function", bound=Callable[..., object])
    Weights = NDArray[np.float64]

compiled = cast("Callable[[Function], Function]", numba.njit(nogil=True, cache=True))


@compiled
def nearest_playlists(
    index: PlaylistIndex,
    asked: NearestPlaylists,
    answers: Answers,
    playlists: Sums,
    tracks: Sums,
    by_title: Sums,
    first: int,
    end: int,
) -> None:
    """Answer the rows from `first` to `end` by what the nearest playlists hold, see `NearestPlaylists`."""
    for row in range(first, end):
        seeds = asked.seeds[asked.indptr[row] : asked.indptr[row + 1]]
        weights = asked.weights[asked.indptr[row] : asked.indptr[row + 1]]
        counted = asked.counted[row]
        n = _gather(index, seeds, weights, counted, playlists)
        similarity = _take_out(playlists, n, asked.counted_scale if counted else asked.scale)
        _keep_nearest(similarity, asked.nearest[row], 0.0 if counted else asked.amplification)
        n_tracks = _spread(index, playlists.met[:n], similarity, counted, tracks, 0)
        n_tracks = _add_titled(index, asked, row, tracks, n_tracks, by_title)
        _answer(answers, row, tracks, n_tracks, seeds)


@compiled
def similar_tracks(
    index: PlaylistIndex,
    asked: SimilarTracks,
    answers: Answers,
    playlists: Sums,
    tracks: Sums,
    of_seed: Sums,
    first: int,
    end: int,
) -> None:
    """Answer the rows from `first` to `end` by tracks similar to their seeds, see `SimilarTracks`."""
    for row in range(first, end):
        seeds = asked.seeds[asked.indptr[row] : asked.indptr[row + 1]]
        weights = asked.weights[asked.indptr[row] : asked.indptr[row + 1]]
        n_tracks = 0
        if asked.shrink == 0 and not asked.added:
            n_tracks = _pass_on(index, asked, seeds, weights / asked.seed_norm[seeds], playlists, tracks)
            for track in tracks.met[:n_tracks]:
                tracks.values[track] /= asked.norm[track]
        else:
            for at in range(len(seeds)):
                n = _pass_on(index, asked, seeds[at : at + 1], np.ones(1), playlists, of_seed)
                for track in of_seed.met[:n]:
                    similarity = of_seed.values[track] / _denominator(asked, seeds[at], track, of_seed.values[track])
                    if weights[at] * similarity > 0:
                        n_tracks = _add(tracks, n_tracks, track, weights[at] * similarity)
                    of_seed.values[track] = 0
        _answer(answers, row, tracks, n_tracks, seeds)


@compiled
def weighted_lists(
    asked: WeightedLists, answers: Answers, tracks: Sums, seen: NDArray[np.bool_], first: int, end: int
) -> None:
    """Answer the rows from `first` to `end` by sums of lists, see `WeightedLists`; what is seen is forgotten again."""
    for row in range(first, end):
        n = 0
        for at in range(asked.indptr[row], asked.indptr[row + 1]):
            weight = asked.weights[at]
            for entry in range(asked.list_indptr[asked.lists[at]], asked.list_indptr[asked.lists[at] + 1]):
                track = asked.tracks[entry]
                # not `_add`: sums of scores of either sign may pass 0, and a track must be met once
                tracks.met[n] = track
                n += not seen[track]
                seen[track] = True
                tracks.values[track] += weight * asked.scores[entry]
        seen[tracks.met[:n]] = False
        _answer(answers, row, tracks, n, asked.left_out[asked.left_out_indptr[row] : asked.left_out_indptr[row + 1]])


@compiled
def _denominator(asked: SimilarTracks, seed: int, track: int, shared: float) -> float:
    if asked.added:
        return float(asked.seed_norm[seed] + asked.norm[track] + asked.overlap * shared + asked.shrink)
    return float(asked.seed_norm[seed] * asked.norm[track] + asked.shrink)


@compiled
def _pass_on(
    index: PlaylistIndex, asked: SimilarTracks, seeds: Ids, weights: Weights, playlists: Sums, tracks: Sums
) -> int:
    """Sum the seeds' weights over the tracks of all playlists that hold them; the number of tracks met."""
    n = _gather(index, seeds, weights, False, playlists)
    return _spread(index, playlists.met[:n], _take_out(playlists, n, asked.scale), False, tracks, 0)


@compiled
def _add(sums: Sums, n: int, id_: int, value: float) -> int:
    """Add a value other than 0 to one sum; the number of sums that are not 0, n of them before."""
    # Written without a branch, which would often be foretold wrongly: `met` is one longer for it.
    sums.met[n] = id_
    n += sums.values[id_] == 0
    sums.values[id_] += value
    return n


@compiled
def _gather(index: PlaylistIndex, seeds: Ids, weights: Weights, counted: bool, playlists: Sums) -> int:
    """Sum the seeds' weights over the playlists that hold them; the number of playlists met."""
    n = 0
    for at in range(len(seeds)):
        if weights[at] == 0:
            continue
        for entry in range(index.starts[seeds[at]], index.starts[seeds[at] + 1]):
            weight = weights[at] * (index.playlist_counts[entry] if counted else 1)
            n = _add(playlists, n, index.playlists[entry], weight)
    return n


@compiled
def _spread(index: PlaylistIndex, playlists: Ids, weights: Weights, counted: bool, tracks: Sums, n: int) -> int:
    """Add the playlists' weights to the tracks they hold; the number of tracks met, n of them before."""
    for at in range(len(playlists)):
        if weights[at] == 0:
            continue
        for entry in range(index.indptr[playlists[at]], index.indptr[playlists[at] + 1]):
            n = _add(tracks, n, index.tracks[entry], weights[at] * (index.counts[entry] if counted else 1))
    return n


@compiled
def _take_out(sums: Sums, n: int, scale: Weights) -> Weights:
    """The n sums times the scale of their ids, in the order in which they were met; the sums are 0 again."""
    taken = np.empty(n)
    for i in range(n):
        taken[i] = sums.values[sums.met[i]] * scale[sums.met[i]]
        sums.values[sums.met[i]] = 0
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
def _add_titled(index: PlaylistIndex, asked: NearestPlaylists, row: int, tracks: Sums, n: int, by_title: Sums) -> int:
    """Blend in the tracks of the playlists that bear the row's title; the number of tracks met."""
    for track in tracks.met[:n]:
        tracks.values[track] *= asked.share[row]
    if asked.share[row] == 0:
        n = 0
    title = asked.title_of[row]
    if title < 0 or asked.share[row] == 1:
        return n
    titled = asked.titled[asked.title_indptr[title] : asked.title_indptr[title + 1]]
    n_titled = _spread(index, titled, np.ones(len(titled)), True, by_title, 0)
    for track in by_title.met[:n_titled]:
        n = _add(tracks, n, track, (1 - asked.share[row]) * np.sqrt(by_title.values[track]))
        by_title.values[track] = 0
    return n


@compiled
def _answer(answers: Answers, row: int, tracks: Sums, n: int, seeds: Ids) -> None:
    """Write down what is asked of one row; the sums are 0 again."""
    for at in range(answers.indptr[row], answers.indptr[row + 1]):
        candidate = answers.candidates[at]
        if candidate < len(tracks.values):
            answers.candidate_scores[at] = tracks.values[candidate]
    tracks.values[seeds] = 0
    _best(tracks, n, answers.tracks[row], answers.scores[row])
    tracks.values[tracks.met[:n]] = 0


@compiled
def _best(sums: Sums, n: int, ids: Ids, scores: NDArray[np.float32]) -> None:
    """Fill `ids` and `scores` with the largest of the n sums, best first, of equal ones the lower id first.

    A heap whose root is the worst of those kept; compared as float32, as they are told.
    """
    size, k = 0, len(ids)
    for id_ in sums.met[:n]:
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
