"""Runs on disk: one folder each, whole or not there; the folders are the only state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from harness.atomic import PARTIAL
from harness.errors import DataError, ParameterError
from harness.identities import ChallengeId, CorpusId
from harness.plugin_errors import described
from harness.registry import NAME, suggestion
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
"""What is measured of every stage."""

LARGEST = 2.0**63
"""No cost of a stage reaches it."""


class Record(msgspec.Struct, kw_only=True):
    """What a run was and what it cost: the content of `run.json`.

    Attributes:
        run: the folder's name, recommender and key.
        params: the recommender's hyper-parameters, all of them.
        started: when the lists were begun or resumed: UTC, ISO 8601.
        machine: where that was, so where the costs were measured.
        command: the command line of that process.
        versions: of the imported packages, and of Python without its patch number.
        source_hash: digest of the source files that can change the lists.
        seed: what `params` has as a seed unless it was named there; 0 for a recommender without a seed.
        corpus: name and fingerprint of the corpus.
        audio_fingerprint: of its audio features where lists or metric values depend on them, else empty.
        challenge: which challenge it answers and how to make it again.
        stages: stage -> wall_seconds, cpu_seconds, peak_memory_bytes above that of the process before fit; `compile`
            is what the compiler of kernels took, which no other stage counts.
        share_filled: share of the submission's tracks that the fallback gave.
        definitions: metric -> the definition behind its numbers; empty where nothing was scored.
        means: metric -> its mean, for readers; boards are computed from `values.parquet`.
        submission: how the file's first line was written.
        measured: where the costs of fit and recommend were measured.
        audit: what the leak audit found, a line each.
        learnt: what the recommender says a reader should see of the fitted model, e.g. the weights of a blend.
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
        """Check what types do not say; raises ValueError, which msgspec reports as a damaged record."""
        if not NAME.fullmatch(self.recommender):
            raise ValueError(f"no recommender can be called {ascii(self.recommender)[:80]}")
        for stage, cost in self.stages.items():
            if any(not 0 <= cost.get(name, -1) < LARGEST for name in COSTS):
                raise ValueError(f"stage {stage!r} lacks one of {', '.join(COSTS)}, or it is no possible number")


class _Versioned(msgspec.Struct):
    format: int


def read_record(folder: Path) -> Record:
    """The record of one run.

    Raises:
        DataError: there is none, it is damaged or that of another folder, or it is not one of this version.
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
        raise DataError(f"{folder} is no run: it has no {RECORD}") from error
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
    """The folders of finished runs, by name; half runs and other folders are not among them."""
    if not runs.is_dir():
        return []
    return sorted(
        folder for folder in runs.iterdir() if not folder.name.startswith(".") and (folder / RECORD).is_file()
    )


def run_named(folder: Path, name: str) -> Path:
    """The folder of the run of this name, or of the only one whose name begins so.

    Raises:
        ParameterError: there is none, or there are several.
    """
    names = [each.name for each in run_folders(folder)]
    found = [name] if name in names else [each for each in names if each.startswith(name)]
    if len(found) == 1:
        return folder / found[0]
    if found:
        raise ParameterError(f"{name!r} begins several runs of {folder}: {', '.join(found)}; name one of them")
    raise ParameterError(f"no run {name!r} in {folder}{suggestion(name, names)}: `harness leaderboard` names them all")


def submission_of(folder: Path, challenge: Challenge) -> Submission:
    """What a run recommends to the playlists of the challenge that it answered.

    Raises:
        SubmissionError: the file was changed since, and breaks a rule.
    """
    return read_submission(folder / SUBMISSION, challenge).submission


def workplace(folder: Path) -> Path:
    """Where a run is made before it is whole; what an interrupted start left there is taken up again."""
    return folder.parent / f"{PARTIAL}{folder.name}"


def task_of(folder: Path) -> Task:
    """The task that a run's folder answers.

    Raises:
        DataError: its corpus or challenge is gone, or is no longer what it was.
    """
    record = read_record(folder)
    return task_again(record.corpus, record.challenge)
