"""Queries of kernels: neighbour queries of incomplete playlists, and weighted sums of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.ragged import Ids


class NearestPlaylists(NamedTuple):
    """Query for a playlist-based nearest-neighbour search, one row for each of n incomplete playlists.

    With w the weights of the seeds, c(q, i) how often track i occurs in playlist q::

        similarity(q) = scale(q) * sum over seeds i in q of w(i) * c(q, i)
        score(i) = share * sum over the nearest q of v(q) * c(q, i) + (1 - share) * sqrt(sum over titled q of c(q, i))

    where a row that is not `counted` takes every c above 0 as 1. v(q) is similarity(q) in counted rows; in the
    others ((similarity(q) - smallest) / largest) ** amplification over the nearest, with `smallest` 0 where
    fewer than `nearest` playlists hold a seed, and v(q) = 1 where all of them are equally near.

    Attributes:
        indptr, seeds, weights: row r has the seeds `seeds[indptr[r]:indptr[r + 1]]` and their weights, above 0.
        counted: (n,) bool.
        scale, counted_scale: (n_playlists,) float64, for rows that are not counted and for those that are.
        nearest: (n,) int64, number of neighbours; among equally near playlists those with the lower row.
        amplification: the exponent.
        share: (n,) float64 in [0, 1].
        title_of: (n,) int64, the row's title, -1 where it has none.
        title_indptr, titled: title t belongs to the playlists `titled[title_indptr[t]:title_indptr[t + 1]]`.
    """

    indptr: NDArray[np.int64]
    seeds: Ids
    weights: NDArray[np.float64]
    counted: NDArray[np.bool_]
    scale: NDArray[np.float64]
    counted_scale: NDArray[np.float64]
    nearest: NDArray[np.int64]
    amplification: float
    share: NDArray[np.float64]
    title_of: NDArray[np.int64]
    title_indptr: NDArray[np.int64]
    titled: Ids


class SimilarTracks(NamedTuple):
    """Query for an item-based nearest-neighbour search, one row for each of n incomplete playlists.

    ::

        similarity(s, i) = sum over playlists q that hold s and i of scale(q) / (seed_norm(s) * norm(i) + shrink)
        score(i) = sum over seeds s of weight(s) * similarity(s, i)

    With `added`, and S the sum of scale(q) above, the denominator is seed_norm(s) + norm(i) + overlap * S + shrink.
    A pair with S below `least` has similarity 0.

    Attributes:
        indptr, seeds, weights: row r has the seeds `seeds[indptr[r]:indptr[r + 1]]` and their weights, above 0.
        seed_norm, norm: (n_tracks,) float64, above 0.
        scale: (n_playlists,) float64, above 0.
        shrink: 0 or above; at 0 the seeds of a row are processed together, which is faster, unless norms are added.
        overlap: coefficient of S in a denominator that is added; it must stay above 0.
        added: the form of the denominator.
        least: smallest S; above 0, each seed of a row is processed by itself, which is slower.
    """

    indptr: NDArray[np.int64]
    seeds: Ids
    weights: NDArray[np.float64]
    seed_norm: NDArray[np.float64]
    norm: NDArray[np.float64]
    scale: NDArray[np.float64]
    shrink: float
    overlap: float = 0.0
    added: bool = False
    least: float = 0.0


NeighbourQuery = NearestPlaylists | SimilarTracks


class WeightedLists(NamedTuple):
    """A sparse product as weighted lists: lists of scored tracks, and their weights in each of n rows.

    ::

        score(i) = sum over the row's lists that contain i of weight of the list * score of i in it

    Attributes:
        indptr, lists, weights: row r weighs the lists `lists[indptr[r]:indptr[r + 1]]` by `weights` there.
        list_indptr, tracks, scores: list l has the tracks `tracks[list_indptr[l]:list_indptr[l + 1]]`, each once.
        excluded_indptr, excluded: tracks excluded from row r.
    """

    indptr: NDArray[np.int64]
    lists: Ids
    weights: NDArray[np.float32]
    list_indptr: NDArray[np.int64]
    tracks: Ids
    scores: NDArray[np.float32]
    excluded_indptr: NDArray[np.int64]
    excluded: Ids
