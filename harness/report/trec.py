"""A run's lists and the answers as the files that TREC's evaluation tools read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from harness.atomic import new_file
from harness.run import runs

if TYPE_CHECKING:
    from pathlib import Path

RUN, QRELS = ".run", ".qrels"
"""How the names of the two files end."""


def write_trec(folder: Path, output: Path) -> list[Path]:
    """Write a run's lists, and the answers where they are known; each file appears whole.

    A line of the lists is `pid Q0 uri rank score run` with score = 501 - rank, one of the answers `pid 0 uri 1`.

    Args:
        folder: the run's.
        output: the files' name without its ending.

    Returns:
        The files written.

    Raises:
        DataError: the run's corpus or challenge is gone, or is no longer what it was.
    """
    task = runs.task_of(folder)
    submission = runs.submission_of(folder, task.whole_challenge)
    n, width = submission.tracks.shape
    rank = np.tile(np.arange(1, width + 1), n)
    lists = pl.DataFrame({"pid": np.repeat(submission.challenge.pids, width), "rank": rank}).select(
        "pid",
        pl.lit("Q0").alias("Q0"),
        submission.challenge.catalog.tracks["uri"][submission.tracks.ravel()],
        "rank",
        (width + 1 - pl.col("rank")).alias("score"),
        pl.lit(folder.name).alias("run"),
    )
    written = [_written(lists, output.with_name(output.name + RUN))]
    if task.judged:
        challenge, withheld = task.judged
        pids = pl.Series("pid", challenge.pids[withheld.row_ids])
        answers = pl.DataFrame([pids, challenge.catalog.tracks["uri"][withheld.values]]).select(
            "pid", pl.lit(0).alias("0"), "uri", pl.lit(1).alias("1")
        )
        written.append(_written(answers, output.with_name(output.name + QRELS)))
    return written


def _written(table: pl.DataFrame, path: Path) -> Path:
    with new_file(path) as partial:
        table.write_csv(partial, separator=" ", include_header=False, quote_style="never")
    return path
