"""Rank fusion: lists of several recommenders aligned, normalised and combined."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from harness.kit.dense_top_k import top_k
from harness.ragged import NO_ID, Ids, pairs_of
from harness.types import Ranked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

OPENING = 100
"""Scores of a list are divided by the mean of its first so many."""

RANK_OFFSET = 60
"""Added to a rank before it is inverted, as published."""


class Joined(NamedTuple):
    """Union of m lists of a playlist, aligned, for n playlists.

    Attributes:
        tracks: (n, width) int32, ascending; rows with fewer end in -1.
        parts: each list's score of each track, (n, width, m) float32, 0 where the list lacks the track.
        listed: whether the list contains it, (n, width, m) bool.
    """

    tracks: Ids
    parts: Floats
    listed: NDArray[np.bool_]


class Candidates(NamedTuple):
    """Candidates of a first stage for n playlists, with the scores of its members.

    Attributes:
        ranked: the first stage's own lists and scores, (n, width).
        parts: score by each of its m members, made comparable, (n, width, m) float32, NaN where a member's own
            list lacks the track.
    """

    ranked: Ranked
    parts: Floats


def standardised(ranked: Ranked) -> Floats:
    """Scores divided by the mean of the first 100 of their list, (n, k).

    Where a list has scores below 0, its lowest is taken off first, so that the order stays.
    """
    held = ranked.tracks != NO_ID
    lowest = np.where(held, ranked.scores, 0).min(axis=1, initial=0, keepdims=True)
    scores = np.where(held, ranked.scores - lowest, 0)
    n = np.maximum(held[:, :OPENING].sum(axis=1, keepdims=True), 1)
    mean = scores[:, :OPENING].sum(axis=1, keepdims=True) / n
    comparable: Floats = np.divide(scores, mean, out=np.zeros_like(scores), where=mean > 0).astype(np.float32)
    return comparable


def reciprocal_ranks(ranked: Ranked) -> Floats:
    """1 / (60 + rank) of each track of a list, ranks from 1, (n, k).

    Source: Cormack, Clarke and Büttcher 2009, "Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank
    Learning Methods".
    """
    inverse = 1 / (RANK_OFFSET + 1 + np.arange(ranked.tracks.shape[1], dtype=np.float32))
    return np.where(ranked.tracks != NO_ID, inverse, 0).astype(np.float32)


def join(lists: Sequence[Ranked], scores: Sequence[Floats]) -> Joined:
    """Align the m lists of each of n playlists.

    Args:
        lists: (n, any width) each.
        scores: normalised scores, laid out as the lists.
    """
    n = len(lists[0])
    held = [each.tracks != NO_ID for each in lists]
    keys = [pairs_of(np.nonzero(mask)[0], each.tracks[mask]) for each, mask in zip(lists, held, strict=True)]
    distinct, place = np.unique(np.concatenate(keys), return_inverse=True)
    rows = distinct >> 32
    lengths = np.bincount(rows, minlength=n)
    columns = np.arange(len(distinct)) - (np.cumsum(lengths) - lengths)[rows]
    shape = (n, int(lengths.max(initial=0)))
    tracks = np.full(shape, NO_ID, np.int32)
    tracks[rows, columns] = (distinct & 0xFFFFFFFF).astype(np.int32)
    parts = np.zeros((*shape, len(lists)), np.float32)
    listed = np.zeros(parts.shape, np.bool_)
    bounds = np.cumsum([0, *(len(each) for each in keys)])
    for member, (mask, values) in enumerate(zip(held, scores, strict=True)):
        at = place[bounds[member] : bounds[member + 1]]
        parts[rows[at], columns[at], member] = values[mask]
        listed[rows[at], columns[at], member] = True
    return Joined(tracks, parts, listed)


def fuse(joined: Joined, weights: Floats, k: int) -> tuple[Ranked, NDArray[np.int64]]:
    """The top k tracks by weighted sum; ties go to the lower id.

    Args:
        joined: m lists of n playlists.
        weights: of each list, (n, m).
        k: width of the lists; short ones end in -1.

    Returns:
        Lists of shape (n, k), and the column of `joined` in which each of their tracks stands, 0 beside a -1.
    """
    sums = np.zeros(joined.tracks.shape, np.float32)
    for member in range(weights.shape[1]):  # one after the other, so that sums have one order
        sums += weights[:, member, None] * joined.parts[:, :, member]
    best = top_k(np.where((joined.tracks == NO_ID) | (sums <= 0), -np.inf, sums), k)
    columns = np.maximum(best.tracks, 0).astype(np.int64)
    if not joined.tracks.shape[1]:
        return best, columns
    tracks = np.where(best.tracks == NO_ID, NO_ID, np.take_along_axis(joined.tracks, columns, axis=1))
    return Ranked(tracks, best.scores), columns
