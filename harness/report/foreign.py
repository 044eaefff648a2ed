"""Foreign submissions: find the challenge of a submission file, check it and score it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.data.manifest import FORMAT, Manifest
from harness.data.store import StoredCorpus
from harness.errors import DataError, ParameterError
from harness.identities import ChallengeFile
from harness.metrics.catalogue import metric_named, metrics_named
from harness.metrics.values import measure_lists
from harness.ragged import Ragged
from harness.report.entries import entries, foreign_entry
from harness.run import runs
from harness.run.metric_data import check_metrics, metric_data
from harness.submission.content import require_file
from harness.submission.reader import read_submission
from harness.task.corpora import corpus
from harness.task.split_options import SplitOptions
from harness.task.tasks import local_task, official_task, task_again
from harness.types import Catalog, Playlists

if TYPE_CHECKING:
    from harness.metrics.metric import Metric
    from harness.report.entry import Entry
    from harness.submission.check import Corpus
    from harness.task.tasks import Task
    from harness.types import Challenge

WITHOUT_ARTISTS = "r_precision_tracks,ndcg,clicks"
"""Default metrics if no corpus is given, so that the artists of tracks are unknown."""


@dataclass(frozen=True, slots=True)
class SubmissionTarget:
    """Challenge of a submission as given by a user; the `run.json` next to the file supplies missing values.

    Attributes:
        challenge: challenge file.
        answers: file of its withheld tracks.
        data: name of a corpus.
        options: holdout of the corpus, if no challenge file is given.
    """

    challenge: Path | None = None
    answers: Path | None = None
    data: str | None = None
    options: SplitOptions = field(default_factory=SplitOptions)


class NoCorpus(StoredCorpus):
    """Empty corpus, used if no corpus is given."""

    def __init__(self) -> None:
        """Create an empty corpus."""
        manifest = Manifest(format=FORMAT, fingerprint="", n_playlists=0, n_entries=0, n_tracks=0, source={})
        super().__init__("no corpus", Path(), manifest)

    def playlists(self) -> Playlists:
        """No playlists, over an empty catalog."""
        import polars as pl

        no_rows = pl.DataFrame(schema={"uri": pl.String, "name": pl.String})
        no_ids = np.empty(0, np.int32)
        info = pl.DataFrame(schema={"pid": pl.Int64, "name": pl.String})
        return Playlists(info, Ragged.from_rows([]), Catalog(no_rows, no_rows, no_rows, no_ids, no_ids, no_ids))


def task_of(submission: Path, target: SubmissionTarget) -> Task | None:
    """Task of a submission; None if it cannot be determined.

    Raises:
        ParameterError: the options contradict each other.
        DataError: a corpus or a file is missing or has changed.
        SubmissionError: the submission is missing.
    """
    require_file(submission)
    if target.options != SplitOptions() and (target.challenge or not target.data):
        raise ParameterError("`options` select a holdout of a corpus: pass `data` as well")
    record = None
    if target.data is None and (submission.parent / runs.RECORD).is_file():
        record = runs.read_record(submission.parent)
    challenge = target.challenge
    if target.answers and challenge is None:
        if record is None or not isinstance(record.challenge, ChallengeFile):
            raise ParameterError("`answers` needs a challenge file: pass `challenge` as well")
        challenge = Path(record.challenge.file)
    if challenge:
        data = target.data or (record.corpus.name if record else None)
        return official_task(corpus(data) if data else NoCorpus(), challenge, target.answers)
    if target.data:
        return local_task(corpus(target.data), target.options)
    return task_again(record.corpus, record.challenge) if record else None


def required_task(submission: Path, target: SubmissionTarget) -> Task:
    """Task of a submission; raises as `task_of`, and ParameterError if it cannot be determined."""
    task = task_of(submission, target)
    if task is None:
        raise _unknown_challenge(submission)
    return task


def _unknown_challenge(submission: Path) -> ParameterError:
    return ParameterError(
        f"Cannot tell which challenge {submission} belongs to; pass `data` (and `holdout`), or `challenge` with "
        "`answers`"
    )


@dataclass(frozen=True, slots=True, eq=False)
class Against:
    """Reference of a validation.

    Attributes:
        challenge: None if it is unknown.
        label: display name of the challenge; None if it is unknown.
        corpus: treatment of tracks that are missing from the challenge's catalog.
    """

    challenge: Challenge | None = None
    label: str | None = None
    corpus: Corpus = "none"


def checked_against(task: Task | None, *, strict_corpus: bool) -> Against:
    """Reference for the validation of a submission to a task.

    Raises:
        ParameterError: a strict check without a corpus.
    """
    if strict_corpus and (task is None or not _has_corpus(task)):
        raise ParameterError("`strict_corpus` needs a corpus: pass `data` as well")
    if task is None:
        return Against()
    challenge = task.whole_challenge
    entry = foreign_entry("", task, None)
    if not _has_corpus(task):
        return Against(challenge, f"{entry.challenge.label}, tracks not checked against a corpus")
    return Against(
        challenge, f"{entry.challenge.label} of {entry.corpus.name}", "strict" if strict_corpus else "lenient"
    )


def scored(submission: Path, task: Task | None, metrics: str | None) -> tuple[Entry, tuple[str, ...]]:
    """Score a submission file with the code that scores runs.

    Args:
        submission: submission file of any origin.
        task: task of the submission.
        metrics: `name,name,...`; None for the default metrics of the task.

    Returns:
        Entry of the submission, and notes for the user.

    Raises:
        ParameterError: the task, its withheld tracks or the artists of tracks are unknown.
        SubmissionError: the submission breaks a rule.
    """
    if task is None:
        raise _unknown_challenge(submission)
    if task.judged is None:
        raise ParameterError(f"the withheld tracks of {task.challenge_id.label} are unknown: pass `answers`")
    selected, notes = _metrics(task, metrics)
    check_metrics(task, selected)
    challenge, withheld = task.judged
    read = read_submission(submission, challenge)
    if read.n_unknown_tracks and _has_corpus(task):
        n_entries, n_tracks = read.n_unknown_entries, read.n_unknown_tracks
        line = (
            f"{n_entries} entries name {n_tracks} tracks that are missing from {task.corpus.name}: they count as misses"
        )
        notes = (*notes, line)
    notes = (*notes, *(line for line in task.notes if line.startswith("warning: ")))
    data = metric_data(task, selected)
    values = measure_lists(read.submission.tracks, read.submission.challenge, withheld, selected, data)
    is_of_a_run = submission.name == runs.SUBMISSION and (submission.parent / runs.RECORD).is_file()
    name = submission.resolve().parent.name if is_of_a_run else submission.name
    return foreign_entry(name, task, values), notes


def among_runs(entry: Entry, folder: Path) -> tuple[list[Entry], list[str]]:
    """Put an entry, marked as an estimate, among the scored runs of a folder on the same challenge.

    Returns:
        The entry and the runs, and a note for each run that is left out because it is damaged.

    Raises:
        DataError: the folder has no such run.
    """
    known, notes = entries(folder)
    others = [
        other
        for other in known
        if (other.corpus, other.challenge) == (entry.corpus, entry.challenge)
        and other.run != entry.run
        and other.metric_values
    ]
    if not others:
        raise DataError(
            f"no scored run of {entry.challenge.label} of {entry.corpus.name} in {folder}: make one with "
            "`harness run`, or pass another folder with `runs`"
        )
    return [replace(entry, run=f"{entry.run} (estimate)"), *others], notes


def _metrics(task: Task, names: str | None) -> tuple[tuple[Metric, ...], tuple[str, ...]]:
    if _has_corpus(task):
        return metrics_named(names, task.metrics) if names else tuple(map(metric_named, task.metrics)), ()
    selected = metrics_named(names or WITHOUT_ARTISTS, WITHOUT_ARTISTS.split(","))
    for metric in selected:
        if metric.family == "r_precision" and metric.definition != "tracks":
            raise ParameterError(
                f"{metric.name} ({metric.definition}) needs the artists of tracks from a corpus: pass `data`"
            )
    note = f"without a corpus the artists of tracks are unknown, so the metrics are {WITHOUT_ARTISTS}; pass `data`"
    return selected, () if names else (note,)


def _has_corpus(task: Task) -> bool:
    return task.corpus.is_known
