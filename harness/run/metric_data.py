"""Data that metrics need in addition to the lists, from the corpus of a task."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from harness.data import store
from harness.data.engineered import FeatureSpace
from harness.errors import DataError
from harness.identities import LocalSplit
from harness.metrics.theme import ANY, THEMES
from harness.metrics.title_groups import TitleGroups

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from harness.metrics.metric import Metric
    from harness.task.tasks import Task


def check_metrics(task: Task, metrics: Iterable[Metric]) -> None:
    """Refuse metrics whose needs the task cannot meet; called before anything is fitted.

    Raises:
        DataError: a metric needs audio features, followers, titles or a training set, and the corpus lacks them.
    """
    for metric in metrics if task.judged else ():
        for need in metric.needs:
            _check(task, metric, need)
        if "followers" in metric.needs:
            _followers(task, metric)
        if "groups" in metric.needs:
            _check_groups(task, metric)


def metric_data(task: Task, metrics: Iterable[Metric]) -> dict[str, object]:
    """Data for every need of the metrics, by need; see `harness.metrics.needs`.

    Raises:
        DataError: see `check_metrics`.
    """
    chosen = list(metrics)
    check_metrics(task, chosen)
    by_need = {need: metric for metric in chosen for need in metric.needs}
    data: dict[str, object] = {}
    if "train" in by_need:
        data["train"] = task.train
    if "challenge" in by_need:
        data["challenge"] = task.challenge
    if "artists" in by_need and task.judged:
        data["artists"] = task.judged[0].catalog.artist_of
    if "audio" in by_need:
        data["audio"] = FeatureSpace.of(task.train)
    if "followers" in by_need:
        data["followers"] = _followers(task, by_need["followers"])
    if "groups" in by_need:
        data["groups"] = _groups(task)
    return data


def _check(task: Task, metric: Metric, need: str) -> None:
    if need == "challenge":
        return
    missing = {
        "train": "a training set",
        "artists": "the artists of tracks",
        "audio": "audio features",
        "followers": "numbers of followers",
        "groups": "titles",
    }[need]
    if not task.corpus.is_known:
        raise DataError(f"{_label(metric)} needs {missing}: name a corpus that has them with `data`")
    if need == "audio" and task.train.catalog.audio is None:
        name = task.corpus.name
        raise DataError(
            f"{_label(metric)} needs audio features, and corpus {name!r} has none: "
            f"join them with `harness data features FILE --data {name}`"
        )


def _followers(task: Task, metric: Metric) -> NDArray[np.float64]:
    """Numbers of followers of the challenge's playlists, (n,)."""
    name = task.corpus.name
    info = store.open_corpus(name).playlists().info
    if "num_followers" not in info.columns:
        raise DataError(f"{_label(metric)} needs numbers of followers, and corpus {name!r} has none: leave it out")
    joined = task.challenge.info.select("pid").join(
        info.select("pid", "num_followers"), on="pid", how="left", maintain_order="left"
    )
    followers: NDArray[np.float64] = joined["num_followers"].cast(float).to_numpy()
    unknown = np.flatnonzero(np.isnan(followers))
    if len(unknown):
        pid = task.challenge.pids[unknown[0]]
        raise DataError(
            f"{_label(metric)} needs numbers of followers, and corpus {name!r} has none of playlist {pid}: leave it out"
        )
    return followers


@lru_cache(maxsize=1)  # runs of one task share what was computed
def _groups(task: Task) -> TitleGroups:
    return TitleGroups(task.train, _true_titles(task))


def _true_titles(task: Task) -> list[str]:
    """Titles of the challenge's playlists, (n,): from the corpus where it holds them, else as the challenge shows."""
    if not isinstance(task.challenge_id, LocalSplit):
        return task.challenge.names
    info = store.open_corpus(task.corpus.name).playlists().info
    joined = task.challenge.info.select("pid").join(
        info.select("pid", "name"), on="pid", how="left", maintain_order="left"
    )
    return joined["name"].fill_null("").to_list()


def _check_groups(task: Task, metric: Metric) -> None:
    if not task.train.info["name"].fill_null("").str.strip_chars().ne("").any():
        raise DataError(f"{_label(metric)} needs titles, and corpus {task.corpus.name!r} has none: leave it out")
    is_usual = metric.word in (*THEMES, ANY)  # of `theme:all`; a small corpus may lack some of them
    if metric.word and not is_usual and not _groups(task).members(metric.word).any():
        n = _groups(task).n_in_train(metric.word)
        raise DataError(
            f"{_label(metric)}: no playlist of the challenge has {metric.word!r} in its title "
            f"({n:,} training playlists do): take another word"
        )


def _label(metric: Metric) -> str:
    return f"metric {metric.name!r} ({metric.definition})"
