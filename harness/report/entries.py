"""Run folders and foreign submissions -> entries of a leaderboard."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DataError
from harness.metrics.catalogue import is_metric
from harness.metrics.scoring import Scores
from harness.report.entry import Entry
from harness.report.leaderboard import boards
from harness.run import runs

if TYPE_CHECKING:
    from typing import Any

    from harness.report.leaderboard import Board
    from harness.task.tasks import Task


def entries(folder: Path) -> tuple[list[Entry], list[str]]:
    """One entry for each finished run of the folder, its scores read playlist by playlist.

    Returns:
        The entries, and a line for each run that is left out because it is damaged, or of which a metric is not shown.
    """
    found, notes = [], []
    for path in runs.run_folders(folder):
        try:
            entry = entry_of(path)
        except DataError as error:
            notes.append(f"left out: {error}")
            continue
        shown, unknown = with_known_metrics(entry)
        found.append(shown)
        if unknown:
            notes.append(f"{entry.run}: not shown, as no such metric is installed: {', '.join(map(repr, unknown))}")
    return found, notes


def leaderboard(folder: Path = Path("submissions")) -> list[Board]:
    """The boards of all finished runs of a folder, recomputed from their scores.

    What `entries` notes, e.g. a damaged run, is a Python warning.
    """
    found, notes = entries(folder)
    for line in notes:
        warnings.warn(line, stacklevel=2)
    return boards(found)


def with_known_metrics(entry: Entry) -> tuple[Entry, list[str]]:
    """The entry without the metrics that are not installed here, and their names."""
    unknown = [name for name in entry.scores.values if not is_metric(name)] if entry.scores else []
    if entry.scores is None or not unknown:
        return entry, []
    return replace(entry, scores=entry.scores.only([name for name in entry.scores.values if is_metric(name)])), unknown


def split_label(split: dict[str, Any]) -> str:
    """`challenge draw 1`: what people call one of a corpus's own draws."""
    seed = f" seed {split['seed']}" if split["seed"] else ""
    return f"{split['kind']} draw {split['draw']}{seed}"


def foreign_entry(name: str, task: Task, scores: Scores | None) -> Entry:
    """The entry of a submission that no run made: its costs are unknown."""
    return Entry(name, name, {}, _data(task.data), _split(task.split), scores, kind=task.split["kind"])


def entry_of(folder: Path) -> Entry:
    """The entry of one run.

    Raises:
        DataError: it is damaged.
    """
    record = runs.read_record(folder)
    scores = Scores.load(folder / runs.SCORES) if record.definitions else None
    if scores and len(scores.pids) != record.n_playlists:
        raise DataError(
            f"{folder / runs.SCORES} is damaged: it has {len(scores.pids)} playlists, {runs.RECORD} says "
            f"{record.n_playlists}; delete the folder and run again"
        )
    wall = {stage: cost["wall_seconds"] for stage, cost in record.stages.items()}
    measured = [record.stages[stage] for stage in ("fit", "recommend", "fallback") if stage in record.stages]
    peak = max((int(cost["peak_memory_bytes"]) for cost in measured), default=None)
    return Entry(
        record.run,
        record.recommender,
        record.params,
        _data(record.data),
        _split(record.split),
        scores,
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
