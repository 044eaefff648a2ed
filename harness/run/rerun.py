"""Rerun: a finished run is made again from its record, and compared with it byte by byte."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError, ParameterError, PluginError, RegistryError
from harness.fingerprint import file_digest
from harness.home import only_one
from harness.metrics.catalogue import metric_named
from harness.metrics.values import MetricValues
from harness.run import runs
from harness.run.differences import Difference, differences
from harness.run.lists import LISTS
from harness.run.options import Options
from harness.run.pipeline import evaluate
from harness.task.tasks import task_again

if TYPE_CHECKING:
    from pathlib import Path

    from harness.metrics.metric import Metric
    from harness.run.record import RunRecord

_PLACE = ".rerun-"
"""Prefix of the folder of an unfinished rerun, which resumes from its content."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """Comparison of a run with its rerun.

    Attributes:
        run: record of the run.
        new: record of the rerun.
        n_different: playlists whose lists differ; 0 if the lists are equal byte by byte.
        damaged: files of the run that no longer are as its record says.
        same_submission: whether the submissions are equal byte by byte.
        values: metric -> whether its values are equal for all playlists; without metrics that are not installed.
        differences: fields in which the records differ.
    """

    run: RunRecord
    new: RunRecord
    n_different: int
    damaged: tuple[str, ...]
    same_submission: bool
    values: dict[str, bool]
    differences: tuple[Difference, ...]

    @property
    def is_equal(self) -> bool:
        """Whether lists, submission and values are equal, and the run's files undamaged."""
        return not self.n_different and self.same_submission and all(self.values.values()) and not self.damaged


def rerun(folder: Path, keep: Path | None = None) -> Rerun:
    """Make a finished run again from its record; the run itself is not changed.

    Args:
        folder: of the finished run.
        keep: another folder of runs, in which the rerun stays; it is deleted after the comparison if None.

    Raises:
        DataError: the run is damaged, or its corpus or challenge is missing or has changed.
        ParameterError: `keep` is the folder of the run itself.
        HarnessError: the recommender is not installed, or its run failed. An interrupted rerun resumes.
    """
    record = runs.read_record(folder)
    if keep and keep.resolve() == folder.parent.resolve():
        raise ParameterError(f"{keep} is the folder of {record.run} itself: name another for the rerun")
    place = keep or folder.parent / f"{_PLACE}{record.run}"
    task = task_again(record.corpus, record.challenge)
    header = record.submission
    options = Options(place, record.seed, header.form, header.sender, _metrics(record), force=keep is not None)
    with only_one(place):
        new = evaluate(task, record.location, record.params, options)
        compared = _compared(folder, record, place / new.run, new)
        if keep is None:
            shutil.rmtree(place)
    return compared


def _metrics(record: RunRecord) -> tuple[Metric, ...] | None:
    """Metrics of the record that are installed under the same definition; None if it was not scored."""
    metrics = []
    for name, definition in record.full_definitions.items():
        with suppress(ParameterError, PluginError, RegistryError):
            metric = metric_named(name)
            if metric.traits.full_definition == definition:
                metrics.append(metric)
    return tuple(metrics) or None


def _compared(folder: Path, record: RunRecord, new_folder: Path, new: RunRecord) -> Rerun:
    damaged = []
    if not _is_digest(folder / LISTS, record.lists_digest):
        damaged.append(LISTS)
    n_different = 0
    if record.lists_digest != new.lists_digest:
        n_different = record.n_playlists
        if not damaged:
            before, after = np.load(folder / LISTS), np.load(new_folder / LISTS)
            n_different = int((before != after).any(axis=1).sum()) if before.shape == after.shape else len(before)
    same_submission = (folder / runs.SUBMISSION).is_file() and file_digest(folder / runs.SUBMISSION) == file_digest(
        new_folder / runs.SUBMISSION
    )
    if not same_submission and record.lists_digest == new.lists_digest and record.submission == new.submission:
        damaged.append(runs.SUBMISSION)
    return Rerun(
        record,
        new,
        n_different,
        tuple(damaged),
        same_submission,
        _equal_values(folder, record, new_folder, new),
        tuple(differences(record, new)),
    )


def _is_digest(path: Path, digest: str) -> bool:
    return path.is_file() and file_digest(path) == digest


def _equal_values(folder: Path, record: RunRecord, new_folder: Path, new: RunRecord) -> dict[str, bool]:
    shared = [name for name, each in new.full_definitions.items() if record.full_definitions.get(name) == each]
    if not shared:
        return {}
    try:
        before = MetricValues.load(folder / runs.VALUES)
    except DataError:
        return dict.fromkeys(shared, False)
    after = MetricValues.load(new_folder / runs.VALUES)
    return {
        name: name in before.values and np.array_equal(before.values[name], after.values[name], equal_nan=True)
        for name in shared
    }
