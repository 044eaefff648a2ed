"""Runs on disk: one folder per finished run, and its record `run.json`; the folders are the only state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from harness.atomic import PARTIAL
from harness.errors import DataError, ParameterError
from harness.identities import ChallengeId, CorpusId
from harness.plugin_errors import described
from harness.plugin_parameters import suggestion
from harness.plugins import NAME
from harness.run.machine import Machine
from harness.submission.reader import read_submission
from harness.task.tasks import task_again

if TYPE_CHECKING:
    from pathlib import Path

    from harness.submission.submission import Submission
    from harness.task.tasks import Task
    from harness.types import Challenge

SUBMISSION = "submission.csv.gz"
VALUES = "values.parquet"
RECORD = "run.json"
FORMAT = 3

COSTS = ("wall_seconds", "cpu_seconds", "peak_memory_bytes")
"""Costs of every stage."""

MAX_COST = 2.0**63
"""Upper bound of a valid cost."""


class Record(msgspec.Struct, kw_only=True):
    """Identity, costs and results of a run: the content of `run.json`.

    Attributes:
        run: name of the folder: recommender and key.
        params: all hyper-parameters of the recommender.
        started: time at which the lists were started or resumed; UTC, ISO 8601.
        machine: machine on which the costs were measured.
        command: command line that made the lists.
        versions: versions of the imported packages, and of Python without its patch number.
        source_hash: digest of the source files that can change the lists.
        seed: seed of the run's options; 0 for a recommender without a hyper-parameter `seed`.
        corpus: name and fingerprint of the corpus.
        audio_fingerprint: of the audio features if lists or metric values depend on them, else empty.
        challenge: identity of the challenge, sufficient to make it again.
        stages: stage -> wall_seconds, cpu_seconds, peak_memory_bytes above the process before fit; `compile` is the
            compilation of kernels, which no other stage includes.
        share_filled: share of the submission's tracks that come from the fallback.
        definitions: metric -> its definition; empty if the withheld tracks are unknown.
        means: metric -> its mean, for readers; leaderboards are computed from `values.parquet`.
        submission: format and fields of the submission's first line.
        measured: process in which the costs of fit and recommend were measured.
        audit: lines of the leak audit.
        learnt: facts about the fitted model that the recommender reports, e.g. the weights of a blend.
    """

    format: int
    run: str
    key: str
    recommender: str
    params: dict[str, Any]
    started: str
    machine: Machine
    command: str
    seed: int
    corpus: CorpusId
    audio_fingerprint: str
    challenge: ChallengeId
    n_playlists: int
    n_unknown_seeds: int
    versions: dict[str, str]
    source_hash: str
    deterministic: bool
    stages: dict[str, dict[str, float]]
    share_filled: float
    definitions: dict[str, str]
    means: dict[str, float]
    submission: dict[str, str]
    measured: str = ""
    audit: list[str] = []
    learnt: dict[str, Any] = {}

    def __post_init__(self) -> None:
        """Check what the types cannot express; msgspec reports the ValueError as a damaged record."""
        if not NAME.fullmatch(self.recommender):
            raise ValueError(f"invalid name of a recommender: {ascii(self.recommender)[:80]}")
        for stage, cost in self.stages.items():
            if any(not 0 <= cost.get(name, -1) < MAX_COST for name in COSTS):
                raise ValueError(f"stage {stage!r} lacks one of {', '.join(COSTS)}, or its value is out of range")


class _Versioned(msgspec.Struct):
    format: int


def read_record(folder: Path) -> Record:
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
        record = msgspec.json.decode(content, type=Record)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(f"{folder} is not a run: it has no {RECORD}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror})") from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise DataError(f"{path} is damaged ({described(error)}): {remedy}") from error
    if record.run != folder.resolve().name:
        raise DataError(f"{path} is damaged (it is the record of {ascii(record.run)[:80]}): {remedy}")
    return record


def write_record(record: Record, folder: Path) -> None:
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
    """Folder of the run with this name, or of the only run whose name begins with it.

    Raises:
        ParameterError: no run or several runs match.
    """
    names = [run.name for run in run_folders(folder)]
    matches = [name] if name in names else [known for known in names if known.startswith(name)]
    if len(matches) == 1:
        return folder / matches[0]
    if matches:
        raise ParameterError(f"several runs of {folder} begin with {name!r}: {', '.join(matches)}; name one of them")
    raise ParameterError(f"no run {name!r} in {folder}{suggestion(name, names)}: `harness leaderboard` lists all")


def submission_of(folder: Path, challenge: Challenge) -> Submission:
    """Read the submission of a run of this challenge.

    Raises:
        SubmissionError: the file was changed and breaks a rule.
    """
    return read_submission(folder / SUBMISSION, challenge).submission


def workplace(folder: Path) -> Path:
    """Folder of an unfinished run; an interrupted run resumes from its content."""
    return folder.parent / f"{PARTIAL}{folder.name}"


def task_of(folder: Path) -> Task:
    """Open the task of a run.

    Raises:
        DataError: its corpus or challenge is missing or has changed.
    """
    record = read_record(folder)
    return task_again(record.corpus, record.challenge)
