"""Finished runs, opened to read their lists, metric values and submission."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import DataError
from harness.kit.seeds import is_member
from harness.metrics.values import MetricValues
from harness.notebook import Shown
from harness.run import pipeline, runs
from harness.run.options import Options
from harness.submission.reader import read_submission
from harness.submission.submission import list_table
from harness.task.tasks import task_again

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from harness.run.record import RunRecord
    from harness.submission.submission import Submission
    from harness.task.tasks import Task

RUNS = Path("submissions")
"""Folder of runs, if no other is named."""


@dataclass(frozen=True, eq=False, repr=False)
class Run(Shown):
    """A finished run.

    Attributes:
        folder: its folder.
        record: content of its `run.json`.
    """

    folder: Path
    record: RunRecord

    @property
    def name(self) -> str:
        """Name of the run: recommender and key."""
        return self.record.run

    @property
    def means(self) -> dict[str, float]:
        """Metric -> its mean over all playlists; empty if the withheld tracks are unknown."""
        return self.record.means

    @cached_property
    def task(self) -> Task:
        """Task of the run, opened again.

        Raises:
            DataError: the corpus or a file is missing or has changed.
        """
        return task_again(self.record.corpus, self.record.challenge)

    def lists(self, k: int | None = None) -> pl.DataFrame:
        """The recommended tracks, one row each.

        Args:
            k: only the first k of each list.

        Returns:
            Columns `pid`, `rank` from 1, `track_uri`, `track_name`, `artist_name`, and `hit` if the withheld tracks
            are known.

        Raises:
            DataError: the run is damaged, or its corpus has changed.
        """
        import polars as pl

        challenge = self.task.whole_challenge
        tracks = runs.lists_of(self.folder, self.record.lists_digest, challenge)[:, :k]
        table = list_table(challenge, tracks)
        if self.task.judged is None:
            return table
        return table.with_columns(pl.Series("hit", is_member(tracks, self.task.judged[1]).ravel()))

    def values(self) -> MetricValues:
        """Values of every metric for each playlist.

        Raises:
            DataError: the run was not scored, or it is damaged.
        """
        if not self.record.definitions:
            raise DataError(f"run {self.name} was not scored: the withheld tracks of its challenge are unknown")
        return MetricValues.load(self.folder / runs.VALUES)

    def submission(self) -> Submission:
        """The submission file, read and validated.

        Raises:
            DataError: the corpus has changed.
            SubmissionError: the file is damaged.
        """
        return read_submission(self.folder / runs.SUBMISSION, self.task.whole_challenge).submission

    def facts(self) -> dict[str, Any]:
        """Names of run, corpus and challenge, and the mean of each metric."""
        return self.record.facts()


def open_run(run: Run | Path | str, folder: Path | str = RUNS) -> Run:
    """Open a finished run.

    Args:
        run: its name, a unique prefix of it, or its path.
        folder: folder of all runs, where a name is looked up.

    Raises:
        ParameterError: no run or several runs match.
        DataError: the run is damaged.
    """
    if isinstance(run, Run):
        return run
    path = Path(run)
    if not (path / runs.RECORD).is_file():
        path = runs.run_named(Path(folder), str(run))
    return Run(path, runs.read_record(path))


def evaluate(task: Task, name: str, params: Mapping[str, Any] | None = None, options: Options | None = None) -> Run:
    """Fit, recommend, submit and score one recommender; open the run that is there if the same one is finished.

    Args:
        task: training set and challenge.
        name: a registered recommender, or `path/to/file.py:Class`.
        params: hyper-parameters; the others keep their defaults.
        options: the defaults if None.

    Raises:
        HarnessError: the recommender, its parameters or its lists are at fault. Checkpoints are kept.
    """
    options = options or Options()
    record = pipeline.evaluate(task, name, params, options)
    run = Run(options.runs / record.run, record)
    run.__dict__["task"] = task  # already open
    return run
