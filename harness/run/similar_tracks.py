"""Similar tracks: for each track, those that share most playlists with it, or those with the nearest vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.kit.inner_products import top_inner_products
from harness.kit.neighbours import neighbour_scores, neighbour_top_k
from harness.kit.queries import SimilarTracks
from harness.ragged import NO_ID, Ragged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from harness.kit.playlist_index import PlaylistIndex
    from harness.ragged import Ids
    from harness.types import Ranked

BATCH = 2_000
"""Tracks per block."""


@dataclass(frozen=True, slots=True, eq=False)
class Similar:
    """Similar tracks of some tracks, one row per pair, each track's best first.

    Attributes:
        track: (m,) int32, catalog row.
        similar: (m,) int32, catalog row of the similar track.
        rank: (m,) int64, from 1.
        count: (m,) int64, number of playlists with both; None if the pairs are ranked by vectors.
        cosine: (m,) float64: count / sqrt(playlists with the one * playlists with the other), or that of the vectors.
    """

    track: Ids
    similar: Ids
    rank: NDArray[np.int64]
    count: NDArray[np.int64] | None
    cosine: NDArray[np.float64]


def by_playlists(index: PlaylistIndex, tracks: Ids, *, top: int, min_count: int) -> Iterator[Similar]:
    """Find the tracks that share most playlists with each track; ties go to the lower id.

    Args:
        index: the corpus.
        tracks: catalog rows, (n,).
        top: most similar tracks per track.
        min_count: least number of shared playlists.

    Yields:
        The pairs of up to `BATCH` tracks. Time is that of `co-occurrence`; memory is O(n_tracks) per thread.
    """
    frequencies = index.frequencies
    frequent = tracks[frequencies[tracks] >= min_count]
    for first in range(0, len(frequent), BATCH):
        block = frequent[first : first + BATCH]
        ranked = neighbour_top_k(index, _shared_playlists(index, block), top)
        rows, ranks = np.nonzero((ranked.tracks != NO_ID) & (ranked.scores >= min_count))
        track, similar = block[rows], ranked.tracks[rows, ranks]
        count = ranked.scores[rows, ranks].astype(np.int64)
        cosine = count / np.sqrt(frequencies[track] * frequencies[similar].astype(np.float64))
        yield Similar(track, similar, ranks + 1, count, cosine)


def by_vectors(vectors: NDArray[np.float32], tracks: Ids, *, top: int) -> Iterator[Similar]:
    """Find the tracks whose vectors have the largest cosine with each track's; ties go to the lower id.

    Args:
        vectors: (n_tracks, n_factors) float32; a track whose vector is 0 has no similar tracks and is none.
        tracks: catalog rows, (n,).
        top: most similar tracks per track.

    Yields:
        The pairs of up to `BATCH` tracks. Time is 2 * n_tracks * n_factors operations per track.
    """
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    with_vector = tracks[norms[tracks, 0] > 0]
    for first in range(0, len(with_vector), BATCH):
        block = with_vector[first : first + BATCH]
        one_each = np.arange(len(block) + 1)
        ranked: Ranked = top_inner_products(units[block], one_each, units, Ragged(one_each, block), top)
        rows, ranks = np.nonzero(ranked.tracks != NO_ID)
        cosine = ranked.scores[rows, ranks].astype(np.float64)
        yield Similar(block[rows], ranked.tracks[rows, ranks], ranks + 1, None, cosine)


def shared_playlists(index: PlaylistIndex, tracks: Ids, others: Ids) -> NDArray[np.int64]:
    """Number of playlists that hold both tracks of each pair, (n, m); 0 if both are the same track.

    Args:
        index: the corpus.
        tracks: catalog rows, (n,).
        others: catalog rows, (m,).
    """
    if len(others) < len(tracks):  # the cost grows with the number of rows
        return shared_playlists(index, others, tracks).T
    candidates = Ragged(np.arange(len(tracks) + 1) * len(others), np.tile(others, len(tracks)))
    counts = neighbour_scores(index, _shared_playlists(index, tracks), candidates)
    return counts.reshape(len(tracks), len(others)).astype(np.int64)


def _shared_playlists(index: PlaylistIndex, tracks: Ids) -> SimilarTracks:
    """Query for the number of playlists that each track shares with any other."""
    ones = np.ones(index.n_tracks)
    return SimilarTracks(
        indptr=np.arange(len(tracks) + 1),
        seeds=tracks,
        weights=np.ones(len(tracks)),
        seed_norm=ones,
        norm=ones,
        scale=np.ones(index.n_playlists),
        shrink=0.0,
    )
