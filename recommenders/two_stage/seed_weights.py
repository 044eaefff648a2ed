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

LARGEST, SECOND, SHARE, SQUARES, SEEDS, SEEDS_SHARE, LAST, LAST_FEW, LAST_MORE = range(9)
"""Their numbers."""

FEW, MORE = 3, 10
"""Numbers of last seeds whose weights are summed."""


class Weights(NamedTuple):
    """Arrays of a sparse matrix: row r has `columns[starts[r]:starts[r + 1]]` with the values `data` there."""

    starts: NDArray[np.int64]
    columns: Ids
    data: Floats

    @classmethod
    def of(cls, matrix: csr_array) -> Weights:
        """The arrays of a matrix of seeds and tracks, (n_tracks, n_tracks)."""
        return cls(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data.astype(np.float32))


def seed_weights(weights: Weights, seeds: Ragged, tracks: Ids, threads: int, *, ordered: bool) -> dict[str, Floats]:
    """Summary of the weights between the seeds and each candidate, by name, (n, c) each; NaN without a seed.

    The score of an item model is the sum of these weights. A candidate with one large weight differs from one with
    many small ones of the same sum::

        weight_max, weight_second   the largest and the second largest
        weight_max_share            the largest as a share of the sum, 0 if the sum is not positive
        weight_squares              sum of squares
        seeds_weighing              number of seeds with a positive weight; share_weighing: as a share of the seeds
        weight_last                 weight of the last seed; _three, _ten: sums over so many last seeds

    Args:
        weights: row: seed, column: track.
        seeds: seeds of n playlists, in playlist order.
        tracks: candidates, (n, c), -1 where there is none.
        threads: see `harness.kit.n_threads`.
        ordered: whether the order of seeds is informative; otherwise there are no values of the last seeds.
    """
    n_tracks = len(weights.starts) - 1
    known = seeds.keep(seeds.values < n_tracks)
    names = (*NAMES, *ORDERED) if ordered else NAMES
    summary = np.full((*tracks.shape, len(NAMES) + len(ORDERED)), np.nan, np.float32)
    tracks = np.ascontiguousarray(np.where(tracks < n_tracks, tracks, -1), np.int32)

    def rows(first: int, end: int) -> None:
        _summarise(weights, known.indptr, known.values, tracks, summary, first, end)

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
                of = summary[row, place]
                of[SHARE] = of[LARGEST] / sums[place] if sums[place] > 0 else 0.0
                of[SEEDS_SHARE] = of[SEEDS] / len(own)


@harness.kit.compiled
def _add(of: Floats, weight: float, left: int) -> None:
    """Add the weight of one seed to the summary of a candidate; `left` counts the seeds from this one to the last."""
    if weight > of[LARGEST]:
        of[LARGEST], of[SECOND] = weight, of[LARGEST]
    elif weight > of[SECOND]:
        of[SECOND] = weight
    of[SQUARES] += weight * weight
    if weight > 0:
        of[SEEDS] += 1
    if left == 1:
        of[LAST] += weight
    if left <= FEW:
        of[LAST_FEW] += weight
    if left <= MORE:
        of[LAST_MORE] += weight
