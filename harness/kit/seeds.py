"""Removal of seed tracks from ranked lists, and membership of tracks in rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.ragged import NO_ID, Ids, Ragged
from harness.rules import CATEGORIES
from harness.types import Challenge, Ranked


def without_seeds(tracks: Ids, scores: NDArray[Any], seeds: Ragged, k: int) -> Ranked:
    """The first k tracks of each list that are no seeds of its playlist, in their order.

    Args:
        tracks: lists, best first, (n, any width) int32, -1 where there is no track.
        scores: their scores, of the same shape.
        seeds: the seeds of the n playlists.
        k: width of the answer; shorter lists end in -1.

    Returns:
        Ranked lists of shape (n, k).
    """
    n = len(seeds)
    dropped = is_seed(tracks, seeds) | (tracks == NO_ID)
    kept_first = np.argsort(dropped, axis=1, kind="stable")[:, :k]
    gone = np.take_along_axis(dropped, kept_first, axis=1)
    width = kept_first.shape[1]
    lists = np.full((n, k), NO_ID, np.int32)
    best = np.zeros((n, k), np.float32)
    lists[:, :width] = np.where(gone, NO_ID, np.take_along_axis(tracks, kept_first, axis=1))
    best[:, :width] = np.where(gone, 0, np.take_along_axis(scores, kept_first, axis=1))
    return Ranked(lists, best)


def is_seed(tracks: Ids, seeds: Ragged) -> NDArray[np.bool_]:
    """Whether each track of each list, (n, k), is a seed of that list's playlist."""
    return is_member(tracks, seeds)


def is_member(tracks: Ids, rows: Ragged) -> NDArray[np.bool_]:
    """Whether track [i, j] of `tracks`, (n, k), is in row i of `rows`; -1 is in none.

    Each row marks its tracks with its own number in one array of all tracks: several times faster than a search
    among all pairs of row and track. The last mark is never set; -1 reads it.
    """
    n_marks = max(int(tracks.max(initial=0)), int(rows.values.max(initial=0))) + 2
    marks = np.full(n_marks, NO_ID, np.int32)
    found = np.empty(tracks.shape, np.bool_)
    for row in range(len(tracks)):
        marks[rows.row(row)] = row
        np.equal(marks[tracks[row]], row, out=found[row])
    return found


def in_random_order(challenge: Challenge) -> NDArray[np.bool_]:
    """Whether the seeds of each playlist were drawn at random, (n,); elsewhere they are its first tracks."""
    return np.isin(challenge.categories, [each.number for each in CATEGORIES if each.order == "random"])
