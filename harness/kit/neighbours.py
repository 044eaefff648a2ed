"""Nearest-neighbour search: from seeds to the playlists that contain them, and to the tracks of those playlists."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from harness.kit.buffers import Accumulator, ResultBuffers
from harness.kit.frequent_seeds import no_rows
from harness.kit.parallel import in_blocks
from harness.kit.queries import SimilarTracks
from harness.types import Ranked

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from harness.kit.frequent_seeds import FrequentSeeds
    from harness.kit.playlist_index import PlaylistIndex
    from harness.kit.queries import NeighbourQuery
    from harness.ragged import Ragged


def neighbour_top_k(
    index: PlaylistIndex, query: NeighbourQuery, k: int, *, threads: int = 0, frequent: FrequentSeeds | None = None
) -> Ranked:
    """The top k tracks with scores above 0 that are no seeds; ties go to the lower id.

    Args:
        index: the training set.
        query: n incomplete playlists and the formula.
        k: width of the lists; short ones end in -1.
        threads: see `harness.kit.parallel.n_threads`; lists do not depend on it.
        frequent: rows of the model's frequent seeds, for `SimilarTracks`.

    Returns:
        Lists of shape (n, k). Memory is O(n_playlists + n_tracks) per thread, and at most 2 GB for `frequent`.
    """
    results = ResultBuffers.of_lists(len(query.indptr) - 1, k)
    _search(index, query, results, threads, frequent)
    return Ranked(results.tracks, results.scores)


def neighbour_scores(
    index: PlaylistIndex,
    query: NeighbourQuery,
    candidates: Ragged,
    *,
    threads: int = 0,
    frequent: FrequentSeeds | None = None,
) -> NDArray[np.float32]:
    """The scores of the candidates, (total,), equal to those of `neighbour_top_k`; 0 for unknown tracks."""
    results = ResultBuffers.of_candidates(candidates)
    _search(index, query, results, threads, frequent)
    return results.candidate_scores


def _search(
    index: PlaylistIndex, query: NeighbourQuery, results: ResultBuffers, threads: int, frequent: FrequentSeeds | None
) -> None:
    from harness.kit import kernels

    kernel: Callable[..., None] = kernels.nearest_playlists
    what = "nearest playlists"
    if isinstance(query, SimilarTracks):
        seed_rows = frequent.rows_for(index, query, threads) if frequent else no_rows(index)
        kernel, what = partial(kernels.similar_tracks, seed_rows), "similar tracks"

    def rows(first: int, end: int) -> None:
        sizes = (index.n_playlists, index.n_tracks, index.n_tracks)
        kernel(index, query, results, *map(Accumulator.of_ids, sizes), first, end)

    in_blocks(rows, len(query.indptr) - 1, what, threads=threads)
