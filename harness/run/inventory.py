"""Inventory of a folder of runs: the finished, failed, unfinished, running and damaged ones."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.atomic import PARTIAL
from harness.errors import DataError, ParameterError
from harness.home import is_in_use
from harness.plugin_parameters import suggestion
from harness.run import runs
from harness.run.attempts import ATTEMPT, Attempt, read_attempt
from harness.run.labels import NO_LABELS, Labels, change_labels, read_labels
from harness.run.unit_plan import is_performed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.run.record import RunRecord


class State(StrEnum):
    """State of a run.

    `finished`: it has a record; `running`: a process makes it, or one of its units; `failed`: an error ended it;
    `unfinished`: it was interrupted and resumes when it is started again; `damaged`: its record cannot be read.
    """

    finished = "finished"
    running = "running"
    failed = "failed"
    unfinished = "unfinished"
    damaged = "damaged"


@dataclass(frozen=True, slots=True)
class Listed:
    """A run of any state.

    Attributes:
        folder: of the finished run, or the workplace of another one.
        run: the run's name.
        state: see `State`.
        about: its record if it is finished, else the description of its attempt; None if that cannot be read.
        labels: its labels; empty if the file is damaged.
        remark: the error of a failed run, or the damage; else empty.
    """

    folder: Path
    run: str
    state: State
    about: RunRecord | Attempt | None
    labels: Labels = NO_LABELS
    remark: str = ""


def inventory(folder: Path, tags: Iterable[str] = ()) -> list[Listed]:
    """Runs of a folder in every state, sorted by name; only those with all of these tags."""
    wanted = set(tags)
    listed = [_finished(path) for path in runs.run_folders(folder)]
    if folder.is_dir():
        listed += [_started(path) for path in folder.glob(f"{PARTIAL}*") if (path / ATTEMPT).is_file()]
    return sorted((run for run in listed if wanted <= set(run.labels.tags)), key=lambda run: (run.run, run.state))


def listed_run(folder: Path, name: str) -> Listed:
    """The run of any state with this name, own name or unique beginning of a name; a finished one first.

    Raises:
        ParameterError: no run or several runs match.
    """
    known = inventory(folder)
    exact = [run for run in known if name in (run.run, run.labels.name)]
    matches = exact or [run for run in known if run.run.startswith(name)]
    if len({run.run for run in matches}) == 1:
        return min(matches, key=lambda run: run.state is not State.finished)
    names = dict.fromkeys(run.run for run in matches)
    if names:
        raise ParameterError(f"several runs of {folder} begin with {name!r}: {', '.join(names)}; name one of them")
    every = [text for run in known for text in (run.run, run.labels.name) if text]
    raise ParameterError(
        f"no run {name!r} in {folder}{suggestion(name, every)}: `harness runs list --runs {folder}` lists all"
    )


def rename(folder: Path, run: Path, name: str) -> Labels:
    """Give a finished run a name of its own; the folder and the record keep theirs. An empty name removes it.

    Raises:
        ParameterError: the name is invalid, or another run of the folder has it.
    """
    for other in inventory(folder):
        if name and other.run != run.name and name in (other.run, other.labels.name):
            raise ParameterError(f"run {other.run} of {folder} has the name {name!r}: choose another")
    return change_labels(run, name=name)


def delete(run: Listed) -> None:
    """Delete a run with its labels, and what an unfinished attempt of the same run left.

    Raises:
        ParameterError: a process makes this run.
    """
    folder = run.folder.parent / run.run
    workplace = runs.workplace(folder)
    if _is_running(folder):
        raise ParameterError(f"{run.run} is running: end that process first")
    if run.folder == folder:  # the record goes first, so that an interrupted deletion leaves no run with missing files
        (folder / runs.RECORD).unlink(missing_ok=True)
        shutil.rmtree(folder)
    shutil.rmtree(workplace, ignore_errors=True)


def _finished(path: Path) -> Listed:
    try:
        labels, fault = read_labels(path), ""
    except DataError as error:
        labels, fault = NO_LABELS, str(error)
    try:
        return Listed(path, path.name, State.finished, runs.read_record(path), labels, fault)
    except DataError as error:
        return Listed(path, path.name, State.damaged, None, labels, str(error))


def _started(workplace: Path) -> Listed:
    attempt = read_attempt(workplace)
    run = workplace.name.removeprefix(PARTIAL)
    if _is_running(workplace.parent / run):
        return Listed(workplace, run, State.running, attempt)
    if attempt and attempt.error:
        return Listed(workplace, run, State.failed, attempt, remark=attempt.error)
    return Listed(workplace, run, State.unfinished, attempt)


def _is_running(folder: Path) -> bool:
    """Whether a process makes the run of this folder, or a process on any machine one of its units."""
    return is_in_use(folder) or is_performed(runs.workplace(folder))
