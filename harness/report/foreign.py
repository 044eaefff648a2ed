"""A submission that anybody may have made: which challenge it answers, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.data.store import FORMAT, Manifest, StoredCorpus
from harness.errors import DataError, ParameterError
from harness.identities import ChallengeFile
from harness.metrics.catalogue import metric_named, metrics_named
from harness.metrics.values import measure_lists
from harness.report.entries import entries, foreign_entry
from harness.run import runs
from harness.run.metric_data import check_metrics, metric_data
from harness.submission.content import require_file
from harness.submission.reader import read_submission
from harness.task.corpora import corpus
from harness.task.split_options import SplitOptions
from harness.task.tasks import local_task, official_task, task_again
from harness.types import Catalog, Playlists, Ragged

if TYPE_CHECKING:
    from harness.metrics.metric import Metric
    from harness.report.entry import Entry
    from harness.submission.check import Corpus
    from harness.task.tasks import Task
    from harness.types import Challenge

WITHOUT_ARTISTS = "r_precision_tracks,ndcg,clicks"
"""What can be measured where no corpus tells the artists of tracks."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How a user names the challenge of a submission; what is None is told by the `run.json` beside the file.

    Attributes:
        challenge: a challenge file.
        answers: its withheld tracks.
        data: a corpus.
        options: which of the corpus's own holdouts, if no challenge file is named.
    """

    challenge: Path | None = None
    answers: Path | None = None
    data: str | None = None
    options: SplitOptions = field(default_factory=SplitOptions)


class NoCorpus(StoredCorpus):
    """Stands where no corpus is named: it holds nothing."""

    def __init__(self) -> None:
        """Be empty."""
        manifest = Manifest(format=FORMAT, fingerprint="", n_playlists=0, n_entries=0, n_tracks=0, source={})
        super().__init__("no corpus", Path(), manifest)

    def playlists(self) -> Playlists:
        """No playlist, over a catalog of no track."""
        import polars as pl

        named = pl.DataFrame(schema={"uri": pl.String, "name": pl.String})
        none = np.empty(0, np.int32)
        info = pl.DataFrame(schema={"pid": pl.Int64, "name": pl.String})
        return Playlists(info, Ragged.from_rows([]), Catalog(named, named, named, none, none, none))


def task_of(submission: Path, asked: Asked) -> Task | None:
    """The task that a submission answers; None if nothing tells.

    Raises:
        ParameterError: options that do not go together.
        DataError: a corpus or a file is not there, or is not what it was.
        SubmissionError: the submission is not there.
    """
    require_file(submission)
    if asked.options != SplitOptions() and (asked.challenge or not asked.data):
        raise ParameterError(
            "--split, --holdout, --split-seed, --per-category and --keep-repeats choose a holdout of a corpus: "
            "name it with --data"
        )
    record = None
    if asked.data is None and (submission.parent / runs.RECORD).is_file():
        record = runs.read_record(submission.parent)
    challenge = asked.challenge
    if asked.answers and challenge is None:
        if record is None or not isinstance(record.challenge, ChallengeFile):
            raise ParameterError("--answers belongs to a challenge file: name it with --challenge")
        challenge = Path(record.challenge.file)
    if challenge:
        data = asked.data or (record.corpus.name if record else None)
        return official_task(corpus(data) if data else NoCorpus(), challenge, asked.answers)
    if asked.data:
        return local_task(corpus(asked.data), asked.options)
    return task_again(record.corpus, record.challenge) if record else None


@dataclass(frozen=True, slots=True, eq=False)
class Against:
    """What a submission is checked against.

    Attributes:
        challenge: None if nothing tells which.
        label: its name, for people; None likewise.
        corpus: what a track means that the challenge's catalog lacks.
    """

    challenge: Challenge | None = None
    label: str | None = None
    corpus: Corpus = "none"


def checked_against(task: Task | None, *, strict_corpus: bool) -> Against:
    """What a submission that answers this task is checked against.

    Raises:
        ParameterError: a strict check without a corpus.
    """
    if strict_corpus and (task is None or not _has_corpus(task)):
        raise ParameterError("--strict-corpus needs a corpus: name it with --data")
    if task is None:
        return Against()
    challenge = task.whole_challenge
    entry = foreign_entry("", task, None)
    if not _has_corpus(task):
        return Against(challenge, f"{entry.split[0]}, its tracks against no corpus")
    return Against(challenge, f"{entry.split[0]} of {entry.data[0]}", "strict" if strict_corpus else "lenient")


def scored(submission: Path, task: Task | None, metrics: str | None) -> tuple[Entry, tuple[str, ...]]:
    """What a submission is worth, by the code that scores runs; and what its reader should know.

    Args:
        submission: a file that anybody may have made.
        task: what it answers.
        metrics: `name,name,...`; None for those of the final leaderboard.

    Raises:
        ParameterError: the answers or the artists are not known.
        SubmissionError: the submission breaks a rule.
    """
    if task is None:
        raise ParameterError(
            f"Cannot tell which challenge {submission} belongs to; pass --data NAME [--holdout validation|test], or "
            "--challenge FILE --answers FILE"
        )
    if task.judged is None:
        raise ParameterError(
            f"the withheld tracks of {task.challenge_id.label} are unknown: name them with --answers FILE"
        )
    chosen, notes = _metrics(task, metrics)
    check_metrics(task, chosen)
    challenge, withheld = task.judged
    read = read_submission(submission, challenge)
    if read.n_unknown_tracks and _has_corpus(task):
        n_entries, n_tracks = read.n_unknown_entries, read.n_unknown_tracks
        line = f"{n_entries} entries name {n_tracks} tracks that {task.corpus.name} lacks: they count as misses"
        notes = (*notes, line)
    notes = (*notes, *(line for line in task.notes if line.startswith("warning: ")))
    data = metric_data(task, chosen)
    values = measure_lists(read.submission.tracks, read.submission.challenge, withheld, chosen, data)
    is_of_a_run = submission.name == runs.SUBMISSION and (submission.parent / runs.RECORD).is_file()
    name = submission.resolve().parent.name if is_of_a_run else submission.name
    return foreign_entry(name, task, values), notes


def among_runs(entry: Entry, folder: Path) -> list[Entry]:
    """The entry, named an estimate, and all runs of a folder that answer the same challenge.

    Raises:
        DataError: no run does.
    """
    others = [
        each
        for each in entries(folder)[0]
        if (each.data, each.split) == (entry.data, entry.split) and each.run != entry.run and each.metric_values
    ]
    if not others:
        raise DataError(
            f"no run in {folder} answers {entry.split[0]} of {entry.data[0]}: make one with `harness run`, or name "
            "another folder with --runs"
        )
    return [replace(entry, run=f"{entry.run} (estimate)"), *others]


def _metrics(task: Task, names: str | None) -> tuple[tuple[Metric, ...], tuple[str, ...]]:
    if _has_corpus(task):
        return metrics_named(names) if names else tuple(map(metric_named, task.metrics)), ()
    chosen = metrics_named(names or WITHOUT_ARTISTS)
    for each in chosen:
        if each.family == "r_precision" and each.definition != "tracks":
            raise ParameterError(
                f"{each.name} ({each.definition}) credits artists, which a corpus tells: name it with --data"
            )
    note = f"no corpus tells the artists of tracks, so this is {WITHOUT_ARTISTS}; name one with --data"
    return chosen, () if names else (note,)


def _has_corpus(task: Task) -> bool:
    return task.corpus.is_known
