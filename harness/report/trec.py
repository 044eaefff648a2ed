"""Export of a run in TREC format: lists as a run file, withheld tracks as qrels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from harness.atomic import new_file
from harness.report.exchange import as_words
from harness.run import runs
from harness.task.tasks import task_again

if TYPE_CHECKING:
    from pathlib import Path

RUN, QRELS = ".run", ".qrels"
"""Suffixes of the two files."""


def write_trec(folder: Path, output: Path) -> list[Path]:
    """Write the lists of a run and, if known, the withheld tracks; files are written atomically.

    A line of the run file is `pid Q0 uri rank score run` with score = 501 - rank; a line of the qrels is `pid 0 uri 1`.
    Blanks in a URI are percent-encoded.

    Args:
        folder: run folder.
        output: path of the files without suffix.

    Returns:
        Paths of the files written.

    Raises:
        DataError: the corpus or the challenge of the run is missing or has changed.
    """
    record = runs.read_record(folder)
    task = task_again(record.corpus, record.challenge)
    challenge = task.whole_challenge
    tracks = runs.lists_of(folder, record.lists_digest, challenge)
    words = as_words(challenge.catalog.tracks["uri"])
    n, width = tracks.shape
    rank = np.tile(np.arange(1, width + 1), n)
    lists = pl.DataFrame({"pid": np.repeat(challenge.pids, width), "rank": rank}).select(
        "pid",
        pl.lit("Q0").alias("Q0"),
        words[tracks.ravel()],
        "rank",
        (width + 1 - pl.col("rank")).alias("score"),
        pl.lit(folder.name).alias("run"),
    )
    written = [_written(lists, output.with_name(output.name + RUN))]
    if task.judged:
        _, withheld = task.judged
        pids = pl.Series("pid", challenge.pids[withheld.row_ids])
        qrels = pl.DataFrame([pids, words[withheld.values]]).select(
            "pid", pl.lit(0).alias("0"), "uri", pl.lit(1).alias("1")
        )
        written.append(_written(qrels, output.with_name(output.name + QRELS)))
    return written


def _written(table: pl.DataFrame, path: Path) -> Path:
    with new_file(path) as partial:
        table.write_csv(partial, separator=" ", include_header=False, quote_style="never")
    return path
