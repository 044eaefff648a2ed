"""Comparison of two run folders."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError, ParameterError
from harness.report.comparison import Comparison, differences, likeness, moved, shared_metrics
from harness.report.entries import entry_of
from harness.run import runs
from harness.run.opened import RUNS, open_run
from harness.task.tasks import task_again

if TYPE_CHECKING:
    from pathlib import Path

    from harness.run.opened import Run

N_MOVED = 5
"""Playlists shown per run."""

N_TRACKS = 10
"""Tracks shown per list."""


def compare(a: Run | Path | str, b: Run | Path | str, folder: Path | str = RUNS, *, by: str = "ndcg") -> Comparison:
    """Compare two runs on one challenge; notes are warnings.

    Args:
        a: the first run: its name, a unique prefix of it, its path, or what `evaluate` returned.
        b: the second run, likewise.
        folder: folder of all runs, where names are looked up.
        by: metric that selects the playlists with the largest differences.

    Raises:
        DataError: a run is damaged, or the runs belong to different challenges.
        ParameterError: there is no such run, or `by` was not measured in both runs.
    """
    comparison, notes = compared(open_run(a, folder).folder, open_run(b, folder).folder, by=by)
    for line in notes:
        warnings.warn(line, stacklevel=2)
    return comparison


def compared(a: Path, b: Path, *, by: str = "ndcg", n_moved: int = N_MOVED) -> tuple[Comparison, tuple[str, ...]]:
    """Compare two runs.

    Args:
        a: folder of the first run.
        b: folder of the second run.
        by: metric that selects the playlists with the largest differences.
        n_moved: number of these playlists per run.

    Returns:
        The comparison, and notes for the user.

    Raises:
        DataError: a run is damaged, or the runs belong to different challenges.
        ParameterError: `by` was not measured in both runs, or is informative only.
    """
    entries = (entry_of(a), entry_of(b))
    measured_differences = differences(*entries)
    assert entries[0].metric_values
    assert entries[1].metric_values
    traits = shared_metrics(entries[0].metric_values, entries[1].metric_values)
    if by in traits and not traits[by].ranks:
        raise ParameterError(f"metric {by!r} is informative only: name one that ranks runs")
    if by not in traits:
        measured = ", ".join(name for name in traits if traits[name].ranks)
        raise ParameterError(f"{by} was not measured in both runs under the same definition; choose one of {measured}")
    about = f"{entries[0].corpus.name}, {entries[0].challenge.label}"
    n = len(entries[0].metric_values.pids)
    names = (entries[0].run, entries[1].run)
    try:
        record = runs.read_record(a)
        task = task_again(record.corpus, record.challenge)
        first, second = (
            runs.lists_of(folder, entry.lists_digest, task.whole_challenge)
            for folder, entry in zip((a, b), entries, strict=True)
        )
    except DataError as error:
        return Comparison(names, about, n, traits, measured_differences, by=by), (
            f"the lists are not compared: {error}",
        )
    if task.judged is None:
        return Comparison(names, about, n, traits, measured_differences, likeness(first, second), by), ()
    values = (entries[0].metric_values.values[by], entries[1].metric_values.values[by])
    gain = np.nan_to_num((values[0] - values[1]) * (1 if traits[by].higher_is_better else -1))
    order = np.argsort(-gain, kind="stable")
    gained, lost = order[:n_moved], order[::-1][:n_moved]
    both = [
        moved((values[0].tolist(), values[1].tolist()), rows[mask].tolist(), (first, second), task.judged, N_TRACKS)
        for rows, mask in ((gained, gain[gained] > 0), (lost, gain[lost] < 0))
    ]
    return Comparison(names, about, n, traits, measured_differences, likeness(first, second), by, *both), ()
