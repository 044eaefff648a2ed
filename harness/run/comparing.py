"""Two run folders -> their comparison, and a run's lists for other evaluation tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError, ParameterError
from harness.registry import suggestion
from harness.report.comparison import Comparison, differences, likeness, moved
from harness.run import runs
from harness.run.entries import entry_of
from harness.run.task import task_again
from harness.score.metrics import metric
from harness.submit.reader import read_submission

if TYPE_CHECKING:
    from pathlib import Path

    from harness.run.task import Task
    from harness.types import Ids

N_MOVED = 5
"""Playlists shown at each end."""

N_TRACKS = 10
"""Tracks shown of each list."""


def run_named(folder: Path, name: str) -> Path:
    """The folder of the run of this name, or of the only one whose name begins so.

    Raises:
        ParameterError: there is none, or there are several.
    """
    names = [each.name for each in runs.run_folders(folder)]
    found = [name] if name in names else [each for each in names if each.startswith(name)]
    if len(found) == 1:
        return folder / found[0]
    if found:
        raise ParameterError(f"{name!r} begins several runs of {folder}: {', '.join(found)}; name one of them")
    raise ParameterError(f"no run {name!r} in {folder}{suggestion(name, names)}: `harness leaderboard` names them all")


def compared(
    a: Path, b: Path, *, by: str = "ndcg", n_moved: int = N_MOVED, n_tracks: int = N_TRACKS
) -> tuple[Comparison, tuple[str, ...]]:
    """Two runs beside each other, and what a reader should know.

    Args:
        a: the folder of the one.
        b: of the other.
        by: the metric that tells which playlists moved most.
        n_moved: how many of them are shown at each end.
        n_tracks: how many tracks of each list.

    Raises:
        DataError: a run is damaged, or they answer different challenges.
        ParameterError: `by` is not measured in both.
    """
    entries = (entry_of(a), entry_of(b))
    found = differences(*entries)
    if by not in {each.metric for each in found}:
        measured = ", ".join(dict.fromkeys(each.metric for each in found))
        raise ParameterError(f"{by} was not measured in both runs by one definition; {measured} were")
    about = f"{entries[0].data[0]}, {entries[0].split[0]}"
    n = len(entries[0].scores.pids) if entries[0].scores else 0
    names = (entries[0].run, entries[1].run)
    try:
        task = task_of_run(a)
        lists = (lists_of_run(a, task), lists_of_run(b, task))
    except DataError as error:
        return Comparison(names, about, n, found, by=by), (f"the lists are not compared: {error}",)
    if task.judged is None:
        return Comparison(names, about, n, found, likeness(*lists), by), ()
    scores = (entries[0].scores, entries[1].scores)
    values = tuple(each.values[by] for each in scores if each)
    gain = (values[0] - values[1]) * (1 if metric(by).higher_is_better else -1)
    order = np.argsort(-gain, kind="stable")
    gained, lost = order[:n_moved], order[::-1][:n_moved]
    both = [
        moved((values[0].tolist(), values[1].tolist()), rows[mask].tolist(), lists, task.judged, n_tracks)
        for rows, mask in ((gained, gain[gained] > 0), (lost, gain[lost] < 0))
    ]
    return Comparison(names, about, n, found, likeness(*lists), by, *both), ()


def task_of_run(folder: Path) -> Task:
    """The task that a run answered.

    Raises:
        DataError: its corpus or challenge is gone, or is no longer what it was.
    """
    record = runs.read_record(folder)
    return task_again(record.data, record.split)


def lists_of_run(folder: Path, task: Task) -> Ids:
    """What a run recommends to the playlists of its task, (n, 500) ids of the task's catalog."""
    challenge = task.judged[0] if task.judged else task.challenge
    return read_submission(folder / runs.SUBMISSION, challenge).submission.tracks


def trec_lines(folder: Path) -> tuple[list[str], list[str]]:
    """A run's lists and its answers as TREC's tools read them: the lines of a run file and of a qrels file.

    A line of the run file is `pid Q0 uri rank score run` with score = 501 - rank, one of the qrels `pid 0 uri 1`;
    without known answers there are no qrels.

    Raises:
        DataError: the run's corpus or challenge is gone.
    """
    task = task_of_run(folder)
    challenge = task.judged[0] if task.judged else task.challenge
    tracks = lists_of_run(folder, task)
    uris = challenge.catalog.tracks["uri"]
    width = tracks.shape[1]
    named = uris[tracks.ravel()].to_list()
    run = [
        f"{pid} Q0 {named[row * width + rank - 1]} {rank} {width + 1 - rank} {folder.name}"
        for row, pid in enumerate(challenge.pids.tolist())
        for rank in range(1, width + 1)
    ]
    if task.judged is None:
        return run, []
    withheld = task.judged[1]
    pids = challenge.pids[withheld.row_ids].tolist()
    return run, [f"{pid} 0 {uri} 1" for pid, uri in zip(pids, uris[withheld.values].to_list(), strict=True)]
