"""Run folders and foreign submissions -> entries of a leaderboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import RegistryError
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


def entries(folder: Path) -> list[Entry]:
    """One entry for each finished run of the folder, its values read playlist by playlist.

    Raises:
        DataError: a run is damaged.
    """
    return [entry_of(path) for path in runs.run_folders(folder)]


def leaderboard(folder: Path = Path("submissions")) -> list[Board]:
    """The boards of all finished runs of a folder, recomputed from their scores.

    Raises:
        DataError: a run is damaged.
    """
    return boards(entries(folder))


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
    wall = {stage: cost["wall_seconds"] for stage, cost in record.stages.items()}
    peak = max((int(cost["peak_memory_bytes"]) for cost in record.stages.values()), default=None)
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
    except RegistryError:
        return DEFAULT_METRIC_NAMES


def _data(corpus: CorpusId) -> tuple[str, str]:
    return corpus.name, corpus.fingerprint


def _split(challenge: ChallengeId) -> tuple[str, str]:
    """A label for people, and the fingerprint of the challenge and of its answers."""
    return challenge.label, f"{challenge.fingerprint}{challenge.answers_fingerprint}"
