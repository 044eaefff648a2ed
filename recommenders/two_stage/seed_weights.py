"""Weights between seeds and candidates in an item model, such as `slim`, summarised per candidate; compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import harness

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Ragged

    Ids = NDArray[np.int32]
    Floats = NDArray[np.float32]

NAMES = ("weight_max", "weight_second", "weight_max_share", "weight_squares", "seeds_weighing", "share_weighing")
ORDERED = ("weight_last", "weight_last_three", "weight_last_ten")
"""Columns of the summary, in this order."""

THREE, TEN = 3, 10
"""Numbers of last seeds."""


class Weights(NamedTuple):
    """Arrays of a sparse matrix: row r has `columns[starts[r]:starts[r + 1]]` with the values `data` there."""

    starts: NDArray[np.int64]
    columns: Ids
    data: Floats


def seed_weights(weights: csr_array, seeds: Ragged, tracks: Ids, threads: int, *, ordered: bool) -> dict[str, Floats]:
    """Summary of the weights between the seeds and each candidate, by name, (n, c) each; NaN without a seed.

    The score of an item model is the sum of these weights. A candidate with one large weight differs from one with
    many small ones of the same sum::

        weight_max, weight_second   the largest and the second largest
        weight_max_share            the largest as a share of the sum, 0 if the sum is not positive
        weight_squares              sum of squares
        seeds_weighing              number of seeds with a positive weight; share_weighing: as a share of the seeds
        weight_last                 weight of the last seed; _three, _ten: sums over so many last seeds

    Args:
        weights: row: seed, column: track, (n_tracks, n_tracks).
        seeds: seeds of n playlists, in playlist order.
        tracks: candidates, (n, c), -1 where there is none.
        threads: see `harness.kit.n_threads`.
        ordered: whether the order of seeds is informative; otherwise there are no values of the last seeds.
    """
    n_tracks = weights.shape[0]
    known = seeds.keep(seeds.values < n_tracks)
    names = (*NAMES, *ORDERED) if ordered else NAMES
    summary = np.full((*tracks.shape, len(NAMES) + len(ORDERED)), np.nan, np.float32)
    tracks = np.ascontiguousarray(np.where(tracks < n_tracks, tracks, -1), np.int32)
    parts = Weights(weights.indptr.astype(np.int64), weights.indices.astype(np.int32), weights.data.astype(np.float32))

    def rows(first: int, end: int) -> None:
        _summarise(parts, known.indptr, known.values, tracks, summary, first, end)

    harness.kit.in_blocks(rows, len(tracks), "weights of seeds", threads=threads)
    return {name: summary[:, :, at] for at, name in enumerate(names)}


@harness.kit.compiled
def _summarise(
    weights: Weights, indptr: NDArray[np.int64], seeds: Ids, tracks: Ids, summary: Floats, first: int, end: int
) -> None:
    place_of = np.full(len(weights.starts) - 1, -1, np.int32)
    sums = np.zeros(tracks.shape[1], np.float32)
    for row in range(first, end):
        own = seeds[indptr[row] : indptr[row + 1]]
        if not len(own):
            continue
        for place in range(tracks.shape[1]):
            if tracks[row, place] >= 0:
                place_of[tracks[row, place]] = place
                summary[row, place] = 0
        sums[:] = 0
        for at in range(len(own)):
            left = len(own) - at
            for entry in range(weights.starts[own[at]], weights.starts[own[at] + 1]):
                place = place_of[weights.columns[entry]]
                if place >= 0:
                    sums[place] += weights.data[entry]
                    _add(summary[row, place], weights.data[entry], left)
        for place in range(tracks.shape[1]):
            if tracks[row, place] >= 0:
                place_of[tracks[row, place]] = -1
                summary[row, place, 2] = summary[row, place, 0] / sums[place] if sums[place] > 0 else 0.0
                summary[row, place, 5] = summary[row, place, 4] / len(own)


@harness.kit.compiled
def _add(of: Floats, weight: float, left: int) -> None:
    """Add the weight of one seed to the summary of a candidate; `left` counts the seeds from this one to the last."""
    if weight > of[0]:
        of[0], of[1] = weight, of[0]
    elif weight > of[1]:
        of[1] = weight
    of[3] += weight * weight
    if weight > 0:
        of[4] += 1
    if left == 1:
        of[6] += weight
    if left <= THREE:
        of[7] += weight
    if left <= TEN:
        of[8] += weight
