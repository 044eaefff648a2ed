"""Walks from seeds to the playlists that hold them, and on to the tracks of those playlists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.kit.buffers import Answers, Sums
from harness.kit.queries import NearestPlaylists, SimilarTracks
from harness.parallel import in_blocks
from harness.types import Ranked

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.kit.playlist_index import PlaylistIndex
    from harness.kit.queries import Asked
    from harness.types import Ragged


def walk_top(index: PlaylistIndex, asked: Asked, k: int, *, threads: int = 0) -> Ranked:
    """The k tracks with the highest scores above 0 that are no seeds, of equal scores the lower id first.

    Args:
        index: the training set.
        asked: n incomplete playlists and the formula.
        k: width of the lists; short ones end in -1.
        threads: see `harness.parallel.n_threads`; the lists do not depend on it.

    Returns:
        Lists of shape (n, k). Memory is O(n_playlists + n_tracks) a thread.
    """
    answers = Answers.of_lists(len(asked.indptr) - 1, k)
    _walk(index, asked, answers, threads)
    return Ranked(answers.tracks, answers.scores)


def walk_scores(index: PlaylistIndex, asked: Asked, candidates: Ragged, *, threads: int = 0) -> NDArray[np.float32]:
    """The scores of the candidates, (total,), equal to those that `walk_top` gives; 0 for unknown tracks."""
    answers = Answers.of_candidates(candidates)
    _walk(index, asked, answers, threads)
    return answers.candidate_scores


def _walk(index: PlaylistIndex, asked: Asked, answers: Answers, threads: int) -> None:
    from harness.kit import kernels

    formulas: dict[type, tuple[Callable[..., None], str]] = {
        NearestPlaylists: (kernels.nearest_playlists, "nearest playlists"),
        SimilarTracks: (kernels.similar_tracks, "similar tracks"),
    }
    kernel, what = formulas[type(asked)]

    def rows(first: int, end: int) -> None:
        sizes = (index.n_playlists, index.n_tracks, index.n_tracks)
        kernel(index, asked, answers, *(Sums(np.zeros(n), np.empty(n + 1, np.int32)) for n in sizes), first, end)

    in_blocks(rows, len(asked.indptr) - 1, what, threads=threads)
