"""Estimates of seconds and memory for a run and its units, from finished runs of the same recommender."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from harness.data.store import find_corpus
from harness.errors import DataError
from harness.run import runs
from harness.run.lists import BLOCK

if TYPE_CHECKING:
    from pathlib import Path

    from harness.run.record import RunRecord
    from harness.task.tasks import Task


class Estimate(NamedTuple):
    """Expected costs.

    Attributes:
        fit_seconds: of the whole fit.
        block_seconds: of the lists of 500 playlists.
        memory_bytes: highest peak.
    """

    fit_seconds: float
    block_seconds: float
    memory_bytes: int


def estimate(folder: Path, recommender: str, task: Task) -> Estimate | None:
    """Costs of the finished run on the corpus nearest in size, scaled by entries; None without such a run.

    Time and memory of a fit grow with the entries for most recommenders; the lists of a playlist do too, where
    neighbours are searched among all playlists. That makes an estimate, not a bound.

    Args:
        folder: folder of the finished runs.
        recommender: registered name.
        task: the task of the planned run.
    """
    n_entries = len(task.train.tracks.values)
    measured = [(size, record) for record in _records(folder, recommender) if (size := _n_entries(record))]
    if not measured:
        return None
    size, record = min(measured, key=lambda pair: abs(pair[0] - n_entries))
    scale = n_entries / size
    fit, recommend = record.stages["fit"], record.stages["recommend"]
    return Estimate(
        fit.wall_seconds * scale,
        recommend.wall_seconds * scale * BLOCK / max(record.n_playlists, 1),
        int(max(fit.peak_memory_bytes, recommend.peak_memory_bytes) * scale),
    )


def _records(folder: Path, recommender: str) -> list[RunRecord]:
    records = []
    for path in runs.run_folders(folder):
        try:
            record = runs.read_record(path)
        except DataError:
            continue
        if record.recommender == recommender and {"fit", "recommend"} <= record.stages.keys():
            records.append(record)
    return records


def _n_entries(record: RunRecord) -> int:
    """Entries of the corpus of a run; 0 if it is no longer there."""
    try:
        corpus = find_corpus(record.corpus.name)
    except DataError:
        return 0
    same = corpus is not None and corpus.fingerprint == record.corpus.fingerprint
    return corpus.manifest.n_entries if corpus is not None and same else 0
