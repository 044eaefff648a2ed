"""Completion of short lists with a fallback's tracks."""

import numpy as np

from harness.ragged import NO_ID, Ids
from harness.types import Ranked


def complete(tracks: Ids, fallback: Ranked) -> Ids:
    """Append to each list the fallback's tracks that it lacks, best first.

    Args:
        tracks: lists without duplicates that may end in -1, (n, k).
        fallback: lists without duplicates for the same playlists, (n, any width).

    Returns:
        Lists of shape (n, k) without duplicates; those of `tracks` come first, unchanged.
    """
    k = tracks.shape[1]
    both = np.concatenate([tracks, fallback.tracks], axis=1)
    order = np.argsort(both, axis=1, kind="stable")
    ordered = np.take_along_axis(both, order, axis=1)
    repeated = np.zeros_like(ordered, dtype=bool)
    repeated[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
    dropped = np.empty_like(repeated)
    np.put_along_axis(dropped, order, repeated | (ordered == NO_ID), axis=1)
    kept_first = np.argsort(dropped, axis=1, kind="stable")[:, :k]
    completed = np.take_along_axis(both, kept_first, axis=1)
    completed[np.take_along_axis(dropped, kept_first, axis=1)] = NO_ID
    return completed.astype(np.int32)
