"""Similar tracks: for each track, the tracks that share most playlists with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.kit.neighbours import neighbour_top_k
from harness.kit.queries import SimilarTracks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from harness.kit.playlist_index import PlaylistIndex
    from harness.types import Ids

BATCH = 2_000
"""Tracks per block of `similar_blocks`."""


@dataclass(frozen=True, slots=True, eq=False)
class Similar:
    """Similar tracks of m tracks, one row per pair, each track's best first.

    Attributes:
        track: (m,) int32, catalog row.
        similar: (m,) int32, catalog row of the similar track.
        rank: (m,) int64, from 1.
        count: (m,) int64, number of playlists with both.
        cosine: (m,) float64, count / sqrt(playlists with the one * playlists with the other).
    """

    track: Ids
    similar: Ids
    rank: NDArray[np.int64]
    count: NDArray[np.int64]
    cosine: NDArray[np.float64]


def similar_blocks(index: PlaylistIndex, tracks: Ids, *, top: int, min_count: int) -> Iterator[Similar]:
    """Count the tracks that share most playlists with each track; ties go to the lower id.

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
        yield _similar(index, frequencies, frequent[first : first + BATCH], top, min_count)


def _similar(index: PlaylistIndex, frequencies: NDArray[np.int64], tracks: Ids, top: int, min_count: int) -> Similar:
    ones = np.ones(index.n_tracks)
    query = SimilarTracks(
        indptr=np.arange(len(tracks) + 1),
        seeds=tracks,
        weights=np.ones(len(tracks)),
        seed_norm=ones,
        norm=ones,
        scale=np.ones(index.n_playlists),
        shrink=0.0,
    )
    ranked = neighbour_top_k(index, query, top)
    rows, ranks = np.nonzero((ranked.tracks >= 0) & (ranked.scores >= min_count))
    track, similar = tracks[rows], ranked.tracks[rows, ranks]
    count = ranked.scores[rows, ranks].astype(np.int64)
    cosine = count / np.sqrt(frequencies[track] * frequencies[similar].astype(np.float64))
    return Similar(track, similar, ranks + 1, count, cosine)
