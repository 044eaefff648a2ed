"""Leak audit: no withheld track reached the recommender, and the scores are plausible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError
from harness.identities import TrainingSample
from harness.kit.seeds import is_seed
from harness.rules import BEST_R_PRECISION
from harness.run.complete_copies import complete_copies
from harness.types import Split

if TYPE_CHECKING:
    from harness.metrics.values import MetricValues
    from harness.ragged import Ids
    from harness.task.tasks import Task

IMPLAUSIBLE_MARGIN = 0.3
"""An R-precision this far above the best published one is more likely a leak than a better model."""

LEAST_TRACKS = 10
"""Minimum number of tracks of a playlist that is looked for; a shorter one can be part of another by coincidence."""

COMMON = 0.1
"""Share of playlists in the training set from which this is no coincidence; in two real corpora it is below .01."""

LOOKED_AT = 1_000
"""Approximate number of playlists that are looked for, which bounds the time."""


def audit(task: Task, tracks: Ids, values: MetricValues | None) -> list[str]:
    """Check a run for leaks.

    Checks that no withheld track is in the training row of its playlist, that no playlist of the challenge is in the
    training set (except the beginnings that a next-track split keeps there), and that no list has a seed of its
    playlist.

    Args:
        task: the task of the run.
        tracks: the complete lists, (n, 500) int32.
        values: their metric values; None if the withheld tracks are unknown.

    Returns:
        One line that names the checks, then a warning if many playlists stand in the training set with all of their
        tracks, and one for each category whose R-precision is implausibly high.

    Raises:
        DataError: a check failed.
    """
    if is_seed(tracks, task.challenge.seeds).any():
        raise DataError("leak: a list has a seed of its playlist; delete the run's folder and run again")
    if task.judged is None:
        return ["leak audit: no seed is in any list; the withheld tracks are unknown"]
    if isinstance(task.challenge_id, TrainingSample):
        return ["leak audit: no seed is in any list; the withheld tracks are in the training set by intention"]
    challenge, withheld = task.judged
    Split(task.train, challenge, withheld)  # raises if a withheld entry is in the training set
    shared_pids = np.intersect1d(task.train.info["pid"].to_numpy(), challenge.pids)
    if len(shared_pids) and not task.train_keeps_beginnings:
        raise DataError(f"leak: playlist {shared_pids[0]} is both in the training set and in the challenge")
    line = "leak audit: no withheld entry was in the training set, no seed is in any list"
    disjoint = "" if len(shared_pids) else ", no pid of the challenge is in the training set"
    return [line + disjoint, *([] if len(shared_pids) else _contained(task)), *_implausible(values)]


def _contained(task: Task) -> list[str]:
    """A warning if many playlists of the challenge are complete in the training set under other pids."""
    assert task.judged is not None
    challenge, withheld = task.judged
    long_enough = np.flatnonzero(challenge.seeds.lengths + withheld.lengths >= LEAST_TRACKS)
    looked_at = long_enough[:: max(1, len(long_enough) // LOOKED_AT)]
    n = int(complete_copies(task.train, challenge.take(looked_at), withheld.take(looked_at)).sum())
    if n < COMMON * max(len(looked_at), 1):
        return []
    warning = (
        f"warning: {n:,} of {len(looked_at):,} playlists stand in the training set with all of their tracks, under "
        "other pids: the scores are too high; use a corpus without the challenge's playlists"
    )
    return [warning]


def _implausible(values: MetricValues | None) -> list[str]:
    if values is None or "r_precision" not in values.values:
        return []
    return [
        f"warning: R-precision {mean:.3f} in category {category} is far above the best published, "
        f"{BEST_R_PRECISION[category]:.3f}: look for a leak in the data or the recommender"
        for category, mean in values.by_category("r_precision").items()
        if category in BEST_R_PRECISION and mean > BEST_R_PRECISION[category] + IMPLAUSIBLE_MARGIN
    ]
