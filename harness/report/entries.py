"""Entries of a leaderboard, made from run folders and from foreign submissions."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DataError, PluginError, RegistryError
from harness.identities import ChallengeFile, ChallengeKey
from harness.metrics.catalogue import DEFAULT_METRIC_NAMES
from harness.metrics.values import MetricValues
from harness.report.entry import Entry
from harness.report.leaderboard import Leaderboard, leaderboards
from harness.run import runs
from harness.run.labels import read_labels
from harness.splits.plugins import split_traits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.identities import ChallengeId
    from harness.task.tasks import Task


def entries(folder: Path) -> tuple[list[Entry], list[str]]:
    """Entries of all finished runs of a folder, with metric values per playlist.

    Returns:
        The entries, and a note for each run that is left out because it is damaged, or whose labels are.
    """
    loaded, notes = [], []
    for path in runs.run_folders(folder):
        try:
            entry = entry_of(path)
        except DataError as error:
            notes.append(f"left out: {error}")
            continue
        try:
            loaded.append(replace(entry, labels=read_labels(path)))
        except DataError as error:
            loaded.append(entry)
            notes.append(f"without labels: {error}")
    return loaded, notes


def tagged(entries: Iterable[Entry], tags: Iterable[str]) -> list[Entry]:
    """The entries with all of these tags."""
    wanted = set(tags)
    return [entry for entry in entries if wanted <= set(entry.labels.tags)]


class Leaderboards(list[Leaderboard]):
    """Leaderboards in display order; a notebook shows one table each."""

    def _repr_html_(self) -> str:
        return "".join(leaderboard._repr_html_() for leaderboard in self)


def leaderboard(folder: Path | str = Path("submissions"), tags: Iterable[str] = ()) -> Leaderboards:
    """Leaderboards of the finished runs of a folder that have all of these tags, recomputed from their metric values.

    Notes of `entries`, e.g. about a damaged run, become Python warnings.
    """
    known, notes = entries(Path(folder))
    for line in notes:
        warnings.warn(line, stacklevel=2)
    return Leaderboards(leaderboards(tagged(known, tags)))


def foreign_entry(name: str, task: Task, metric_values: MetricValues | None) -> Entry:
    """Entry of a submission that was not made by a run; its costs are unknown."""
    return Entry(name, name, {}, task.corpus, ChallengeKey.of(task.challenge_id), metric_values, metrics=task.metrics)


def entry_of(folder: Path) -> Entry:
    """Entry of one run.

    Raises:
        DataError: the run is damaged.
    """
    record = runs.read_record(folder)
    metric_values = MetricValues.load(folder / runs.VALUES) if record.definitions else None
    if metric_values and len(metric_values.pids) != record.n_playlists:
        raise DataError(
            f"{folder / runs.VALUES} is damaged: it has {len(metric_values.pids)} playlists, {runs.RECORD} says "
            f"{record.n_playlists}; delete the folder and run again"
        )
    return Entry(
        record.run,
        record.recommender,
        record.params,
        record.corpus,
        ChallengeKey.of(record.challenge),
        metric_values,
        record.seconds("fit"),
        record.seconds("recommend", "fallback"),
        record.peak_memory_bytes("fit", "recommend", "fallback"),
        record.lists_digest,
        metrics=metrics_of(record.challenge),
    )


def metrics_of(challenge: ChallengeId) -> tuple[str, ...]:
    """Names of the ranking metrics of a challenge; the official three if its split is not installed."""
    if isinstance(challenge, ChallengeFile):
        return DEFAULT_METRIC_NAMES
    try:
        return split_traits(challenge.plugin or challenge.split).metrics
    except (PluginError, RegistryError):
        return DEFAULT_METRIC_NAMES
