"""Run folders and foreign submissions -> entries of a leaderboard."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DataError, PluginError, RegistryError
from harness.identities import ChallengeFile
from harness.metrics.values import MetricValues
from harness.report.entry import Entry
from harness.report.leaderboard import boards
from harness.run import runs
from harness.splits.plugins import split_traits
from harness.task.tasks import DEFAULT_METRIC_NAMES

if TYPE_CHECKING:
    from harness.identities import ChallengeId, CorpusId
    from harness.report.leaderboard import Board
    from harness.task.tasks import Task


def entries(folder: Path) -> tuple[list[Entry], list[str]]:
    """One entry for each finished run of the folder, its values read playlist by playlist.

    Returns:
        The entries, and a line for each run that is left out because it is damaged.
    """
    found, notes = [], []
    for path in runs.run_folders(folder):
        try:
            found.append(entry_of(path))
        except DataError as error:
            notes.append(f"left out: {error}")
    return found, notes


def leaderboard(folder: Path = Path("submissions")) -> list[Board]:
    """The boards of all finished runs of a folder, recomputed from their scores.

    What `entries` notes, e.g. a damaged run, is a Python warning.
    """
    found, notes = entries(folder)
    for line in notes:
        warnings.warn(line, stacklevel=2)
    return boards(found)


def foreign_entry(name: str, task: Task, metric_values: MetricValues | None) -> Entry:
    """The entry of a submission that no run made: its costs are unknown."""
    return Entry(name, name, {}, _data(task.corpus), _split(task.challenge_id), metric_values, metrics=task.metrics)


def entry_of(folder: Path) -> Entry:
    """The entry of one run.

    Raises:
        DataError: it is damaged.
    """
    record = runs.read_record(folder)
    metric_values = MetricValues.load(folder / runs.VALUES) if record.definitions else None
    if metric_values and len(metric_values.pids) != record.n_playlists:
        raise DataError(
            f"{folder / runs.VALUES} is damaged: it has {len(metric_values.pids)} playlists, {runs.RECORD} says "
            f"{record.n_playlists}; delete the folder and run again"
        )
    wall = {stage: cost["wall_seconds"] for stage, cost in record.stages.items()}
    measured = [record.stages[stage] for stage in ("fit", "recommend", "fallback") if stage in record.stages]
    peak = max((int(cost["peak_memory_bytes"]) for cost in measured), default=None)
    return Entry(
        record.run,
        record.recommender,
        record.params,
        _data(record.corpus),
        _split(record.challenge),
        metric_values,
        wall.get("fit"),
        wall.get("recommend", 0.0) + wall.get("fallback", 0.0),
        peak,
        metrics=metrics_of(record.challenge),
    )


def metrics_of(challenge: ChallengeId) -> tuple[str, ...]:
    """Names of the metrics that rank runs on a challenge; the official three where its split is not installed."""
    if isinstance(challenge, ChallengeFile):
        return DEFAULT_METRIC_NAMES
    try:
        return split_traits(challenge.split).metrics
    except (PluginError, RegistryError):
        return DEFAULT_METRIC_NAMES


def _data(corpus: CorpusId) -> tuple[str, str]:
    return corpus.name, corpus.fingerprint


def _split(challenge: ChallengeId) -> tuple[str, str]:
    """A label for people, and the fingerprint of the challenge and of its answers."""
    return challenge.label, f"{challenge.fingerprint}{challenge.answers_fingerprint}"
