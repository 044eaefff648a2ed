"""Runs on disk: one folder per finished run; the folders are the only state."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from harness.atomic import PARTIAL
from harness.errors import DataError, ParameterError
from harness.fingerprint import file_digest
from harness.plugin_errors import described
from harness.plugin_parameters import suggestion
from harness.rules import TRACKS_PER_PLAYLIST
from harness.run.labels import read_labels
from harness.run.lists import LISTS
from harness.run.record import FORMAT, RunRecord
from harness.submission.reader import read_submission

if TYPE_CHECKING:
    from pathlib import Path

    from harness.ragged import Ids
    from harness.types import Challenge

SUBMISSION = "submission.csv.gz"
VALUES = "values.parquet"
RECORD = "run.json"


class _Versioned(msgspec.Struct):
    format: int


def read_record(folder: Path) -> RunRecord:
    """Read the record of one run.

    Raises:
        DataError: it is missing or damaged, it belongs to another folder, or it has another format.
    """
    path = folder / RECORD
    remedy = "delete the folder and run again"
    try:
        content = path.read_bytes()
        version = msgspec.json.decode(content, type=_Versioned).format
        if version != FORMAT:
            raise DataError(f"{path} is of format {version}, this version reads {FORMAT}: {remedy}")
        record = msgspec.json.decode(content, type=RunRecord)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(f"{folder} is not a run: it has no {RECORD}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror})") from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise DataError(f"{path} is damaged ({described(error)}): {remedy}") from error
    if record.run != folder.resolve().name:
        raise DataError(f"{path} is damaged (it is the record of {ascii(record.run)[:80]}): {remedy}")
    return record


def write_record(record: RunRecord, folder: Path) -> None:
    """Write `run.json`, indented for readers."""
    (folder / RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")


def run_folders(runs: Path) -> list[Path]:
    """Folders of finished runs, sorted by name; unfinished runs and other folders are left out."""
    if not runs.is_dir():
        return []
    return sorted(
        folder for folder in runs.iterdir() if not folder.name.startswith(".") and (folder / RECORD).is_file()
    )


def run_named(folder: Path, name: str) -> Path:
    """Folder of the finished run with this name or own name, or of the only run whose name begins with it.

    Raises:
        ParameterError: no run or several runs match.
    """
    names = [run.name for run in run_folders(folder)]
    own_names = own_names_of(folder)
    if name in own_names:
        return folder / own_names[name]
    matches = [name] if name in names else [known for known in names if known.startswith(name)]
    if len(matches) == 1:
        return folder / matches[0]
    if matches:
        raise ParameterError(f"several runs of {folder} begin with {name!r}: {', '.join(matches)}; name one of them")
    hint = suggestion(name, [*names, *own_names])
    raise ParameterError(f"no run {name!r} in {folder}{hint}: `harness runs list --runs {folder}` lists all")


def own_names_of(folder: Path) -> dict[str, str]:
    """Name that a user gave a finished run -> name of its folder; damaged labels are passed over."""
    named = {}
    for path in run_folders(folder):
        with suppress(DataError):
            if own := read_labels(path).name:
                named[own] = path.name
    return named


def lists_of(folder: Path, digest: str, challenge: Challenge) -> Ids:
    """Track ids that a run of this challenge recommends, (n, 500), over the challenge's catalog.

    They are read from `lists.npy`; from the submission if that file is missing or damaged.

    Args:
        folder: the run's folder.
        digest: `lists_digest` of its record.
        challenge: the run's challenge.

    Raises:
        SubmissionError: both files are damaged.
    """
    path = folder / LISTS
    if path.is_file() and file_digest(path) == digest:
        lists: Ids = np.load(path)
        if lists.shape == (len(challenge), TRACKS_PER_PLAYLIST):
            return lists
    return read_submission(folder / SUBMISSION, challenge).submission.tracks


def workplace(folder: Path) -> Path:
    """Folder of an unfinished run; an interrupted run resumes from its content."""
    return folder.parent / f"{PARTIAL}{folder.name}"
