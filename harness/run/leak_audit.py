"""Whether a run could have known the answers: what its recommender was given, and whether the scores are credible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError
from harness.kit.seeds import is_seed
from harness.rules import BEST_R_PRECISION
from harness.types import Split

if TYPE_CHECKING:
    from harness.metrics.values import MetricValues
    from harness.task.tasks import Task
    from harness.types import Ids

INCREDIBLE = 0.3
"""R-precision this far above the best published one is more likely a leak than a discovery."""


def audit(task: Task, tracks: Ids, values: MetricValues | None) -> list[str]:
    """One line on what was checked, then a warning for each category whose R-precision is incredible.

    Checked are: no withheld track stands in the training row of its playlist; no playlist of the challenge is in
    the training set, but for the beginnings that next-track leaves there; no list holds a seed of its playlist.

    Args:
        task: what was asked.
        tracks: the complete lists, (n, 500).
        values: their metric values; None where the answers are unknown.

    Raises:
        DataError: something leaked.
    """
    if is_seed(tracks, task.challenge.seeds).any():
        raise DataError("leak: a list holds a seed of its playlist; delete the run's folder and run again")
    if task.judged is None:
        return ["leak audit: no seed in any list; the answers are unknown"]
    challenge, withheld = task.judged
    Split(task.train, challenge, withheld)  # refuses an entry that the training set gives away
    known = np.intersect1d(task.train.info["pid"].to_numpy(), challenge.pids)
    if len(known) and not task.train_keeps_beginnings:
        raise DataError(f"leak: playlist {known[0]} is both in the training set and in the challenge")
    line = "leak audit: no withheld entry was given, no seed is in any list"
    apart = "" if len(known) else ", no playlist of the challenge is in the training set"
    return [line + apart, *_incredible(values)]


def _incredible(values: MetricValues | None) -> list[str]:
    if values is None or "r_precision" not in values.values:
        return []
    return [
        f"warning: R-precision {mean:.3f} in category {category} is far above the best published, "
        f"{BEST_R_PRECISION[category]:.3f}: look for a leak in the data or the recommender"
        for category, mean in values.by_category("r_precision").items()
        if category in BEST_R_PRECISION and mean > BEST_R_PRECISION[category] + INCREDIBLE
    ]
