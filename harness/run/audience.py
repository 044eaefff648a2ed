"""What metrics of followers need beside lists: the corpus's numbers of followers and its audio features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.data import store
from harness.errors import DataError
from harness.metrics.followers import Audience

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from harness.metrics.catalogue import Metric
    from harness.task.tasks import Task


def check_metrics(task: Task, metrics: Iterable[Metric]) -> None:
    """Refuse, before anything is fitted, metrics that this task cannot be measured by.

    Raises:
        DataError: a metric of followers is asked for, and the corpus lacks audio features or numbers of followers.
    """
    for metric in metrics:
        if metric.of_followers and task.judged:
            _followers(task, metric)


def audience_for(task: Task, metrics: Iterable[Metric]) -> Audience | None:
    """The regression and the true numbers of followers, if any of the metrics needs them.

    Raises:
        DataError: see `check_metrics`.
    """
    for metric in metrics:
        if metric.of_followers and task.judged:
            return Audience.of(task.train, task.challenge.seeds, _followers(task, metric))
    return None


def _followers(task: Task, metric: Metric) -> NDArray[np.float64]:
    """The true numbers of followers of the challenge's playlists, (n,)."""
    asked = f"metric {metric.name!r} ({metric.definition})"
    if not task.corpus.is_known:
        raise DataError(f"{asked} needs a corpus with audio features: name it with --data")
    name = task.corpus.name
    if task.train.catalog.audio is None:
        raise DataError(
            f"{asked} needs audio features, and corpus {name!r} has none: "
            f"join them with `harness data features FILE --data {name}`"
        )
    info = store.open_corpus(name).playlists().info
    if "num_followers" not in info.columns:
        raise DataError(f"{asked} needs numbers of followers, and corpus {name!r} tells none: leave it out")
    told = task.challenge.info.select("pid").join(
        info.select("pid", "num_followers"), on="pid", how="left", maintain_order="left"
    )
    followers: NDArray[np.float64] = told["num_followers"].cast(float).to_numpy()
    unknown = np.flatnonzero(np.isnan(followers))
    if len(unknown):
        pid = task.challenge.pids[unknown[0]]
        raise DataError(f"{asked} needs numbers of followers, and corpus {name!r} tells none of playlist {pid}")
    return followers
