"""Leak audit: no withheld track reached the recommender, and the scores are plausible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError
from harness.identities import TrainingSample
from harness.kit.seeds import is_seed
from harness.rules import BEST_R_PRECISION
from harness.types import Split

if TYPE_CHECKING:
    from harness.metrics.values import MetricValues
    from harness.ragged import Ids
    from harness.task.tasks import Task

IMPLAUSIBLE_MARGIN = 0.3
"""An R-precision this far above the best published one is more likely a leak than a better model."""


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
        One line that names the checks, then a warning for each category whose R-precision is implausibly high.

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
    disjoint = "" if len(shared_pids) else ", no playlist of the challenge is in the training set"
    return [line + disjoint, *_implausible(values)]


def _implausible(values: MetricValues | None) -> list[str]:
    if values is None or "r_precision" not in values.values:
        return []
    return [
        f"warning: R-precision {mean:.3f} in category {category} is far above the best published, "
        f"{BEST_R_PRECISION[category]:.3f}: look for a leak in the data or the recommender"
        for category, mean in values.by_category("r_precision").items()
        if category in BEST_R_PRECISION and mean > BEST_R_PRECISION[category] + IMPLAUSIBLE_MARGIN
    ]
