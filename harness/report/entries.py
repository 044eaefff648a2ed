"""Run folders and foreign submissions -> entries of a leaderboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.metrics.values import MetricValues
from harness.report.entry import Entry
from harness.report.leaderboard import boards
from harness.run import runs
from harness.task.tasks import split_label

if TYPE_CHECKING:
    from typing import Any

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
    return Entry(name, name, {}, _data(task.data), _split(task.split), metric_values, kind=task.split["kind"])


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
        _data(record.data),
        _split(record.split),
        metric_values,
        wall.get("fit"),
        wall.get("recommend", 0.0) + wall.get("fallback", 0.0),
        peak,
        kind=record.split["kind"],
    )


def _data(data: dict[str, str]) -> tuple[str, str]:
    return data["name"], data["fingerprint"]


def _split(split: dict[str, Any]) -> tuple[str, str]:
    """A label for people, and the fingerprint of the challenge and the answers it is judged by."""
    if split["kind"] == "file":
        label = str(split["file"]).replace("\\", "/").rpartition("/")[2]
        return label, f"{split['fingerprint']}{split.get('answers_fingerprint', '')}"
    return split_label(split), split["fingerprint"]
