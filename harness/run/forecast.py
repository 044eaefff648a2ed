"""Forecast of runs: which are finished already, and the seconds and memory that the others will take.

An estimate scales the costs of the most similar earlier run of the same recommender linearly: all costs with the
entries of the training playlists, and those of recommending also with the number of incomplete playlists.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from harness import registry
from harness.errors import DataError
from harness.run import runs
from harness.run.attempts import ATTEMPT
from harness.run.identity import run_identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from harness.run.identity import RunIdentity
    from harness.run.record import RunRecord
    from harness.run.settings import Setting
    from harness.task.tasks import Task


class Stage(StrEnum):
    """State of a planned run: not started, interrupted or failed with checkpoints, or finished."""

    new = "new"
    resumes = "resumes"
    finished = "finished"


@dataclass(frozen=True, slots=True)
class Forecast:
    """Forecast of one run.

    Attributes:
        run: name of its folder.
        challenge: label of the challenge.
        setting: recommender, hyper-parameters and seed.
        stage: see `Stage`; `new` for all if finished runs are repeated.
        stages: stage -> expected wall seconds; empty for a finished run, None without an earlier run.
        memory_bytes: expected peak memory above the process; None likewise.
        based_on: name of the earlier run; empty without one.
    """

    run: str
    challenge: str
    setting: Setting
    stage: Stage
    stages: Mapping[str, float] | None
    memory_bytes: int | None
    based_on: str

    @property
    def seconds(self) -> float | None:
        """Expected wall seconds of the run; 0 if it is finished, None without an earlier run."""
        return None if self.stages is None else sum(self.stages.values())


def earlier_runs(folder: Path) -> list[RunRecord]:
    """Records of all finished runs of a folder; damaged ones are passed over."""
    records = []
    for path in runs.run_folders(folder):
        with suppress(DataError):
            records.append(runs.read_record(path))
    return records


def forecast(
    task: Task, setting: Setting, folder: Path, earlier: Sequence[RunRecord], *, force: bool = False
) -> Forecast:
    """Forecast of one run.

    Args:
        task: training set and challenge.
        setting: recommender, hyper-parameters and seed.
        folder: of all runs.
        earlier: result of `earlier_runs`, of this folder or others.
        force: finished runs are repeated.

    Raises:
        HarnessError: the recommender or a hyper-parameter is unknown or invalid.
    """
    identity = run_identity(task, registry.create(setting.recommender, setting.params, setting.seed))
    stage = _stage(folder / identity.run, force=force)
    plan = Forecast(identity.run, task.challenge_id.label, setting, stage, None, None, "")
    if stage is Stage.finished:
        return replace(plan, stages={})
    similar = _most_similar(task, identity, earlier)
    if similar is None:
        return plan
    stages, memory = _scaled(similar, task)
    return replace(plan, stages=stages, memory_bytes=memory, based_on=similar.run)


def _stage(folder: Path, *, force: bool) -> Stage:
    if force:
        return Stage.new
    with suppress(DataError):
        runs.read_record(folder)
        return Stage.finished
    return Stage.resumes if (runs.workplace(folder) / ATTEMPT).is_file() else Stage.new


def _most_similar(task: Task, identity: RunIdentity, earlier: Iterable[RunRecord]) -> RunRecord | None:
    """The run of the same recommender with the most equal hyper-parameters, then the nearest size, then the latest."""

    def likeness(record: RunRecord) -> tuple[int, float, str]:
        n_equal = sum(record.params.get(name) == value for name, value in identity.params.items())
        return n_equal, -abs(math.log(_ratio(record, task))), record.started

    candidates = [record for record in earlier if record.recommender == identity.recommender and _ratio(record, task)]
    return max(candidates, key=likeness, default=None)


def _ratio(record: RunRecord, task: Task) -> float:
    """Entries of the task's training playlists over those of the record; 0 if the record does not have them."""
    if record.corpus.fingerprint == task.corpus.fingerprint and not record.n_entries:
        return 1.0
    return len(task.train.tracks.values) / record.n_entries if record.n_entries else 0.0


def _scaled(record: RunRecord, task: Task) -> tuple[dict[str, float], int | None]:
    """Seconds by stage, and memory."""
    ratio, of_playlists = _ratio(record, task), len(task.challenge) / record.n_playlists
    factors = {
        "fit": ratio,
        "recommend": ratio * of_playlists,
        "fallback": ratio * of_playlists,
        "submit": of_playlists,
        "score": of_playlists,
    }
    memory = record.peak_memory_bytes("fit", "recommend", "fallback")
    stages = {name: record.seconds(name) * factor for name, factor in factors.items()}
    return stages, None if memory is None else round(memory * ratio)
