"""Fixed copy of a submission: removes the faults that can be fixed without guessing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.errors import SubmissionError
from harness.submission.check import check
from harness.submission.content import read_content
from harness.submission.faults import KINDS
from harness.submission.validate import Report, report
from harness.submission.writer import write_rows

if TYPE_CHECKING:
    from pathlib import Path

    from harness.submission.check import Corpus
    from harness.submission.faults import Kind
    from harness.submission.lines import Sheet
    from harness.types import Challenge


def fix(path: Path, output: Path, challenge: Challenge | None = None, *, corpus: Corpus = "lenient") -> Report:
    """Write a fixed copy: without spaces, tabs, comments, odd line ends, byte order mark and repeated rows.

    The rows are in the order of the challenge, or of the file if there is no challenge.

    Args:
        path: the submission; it is not changed.
        output: a file that does not exist yet; gzip if it ends in `.gz`.
        challenge: the challenge that it should answer; None to fix only its form.
        corpus: treatment of tracks that are not in the challenge's catalog.

    Returns:
        Report on the original file; `output` was written if its `refusal` is None.

    Raises:
        SubmissionError: there is no such file, or `output` exists.
    """
    if output.exists():
        raise SubmissionError(f"{output} exists already: name a new file for the fixed submission")
    sheet = check(read_content(path, 0 if challenge is None else len(challenge)), challenge, corpus=corpus)
    original = report(path, sheet, challenge)
    if refusal(original) is None:
        _write(sheet, output, challenge)
    return original


def refusal(report: Report) -> SubmissionError | None:
    """Error that states why a file cannot be fixed without guessing; None if it can."""
    unfixable = [(n, code) for code, n in report.totals.items() if _is_unfixable(KINDS[code])]
    if not unfixable:
        return None
    codes = ", ".join(f"{n} {code}" for n, code in unfixable)
    return SubmissionError(f"{report.file} cannot be fixed without guessing ({codes}): nothing was written")


def _is_unfixable(kind: Kind) -> bool:
    return kind.severity == "error" and not kind.fixable


def _write(sheet: Sheet, output: Path, challenge: Challenge | None) -> None:
    lists = {row.pid: row.ids for row in sheet.rows if row.pid is not None}
    order = list(lists) if challenge is None else challenge.pids.tolist()
    uris = np.array(sheet.vocabulary.uris, dtype=object)
    write_rows(output, ",".join(sheet.header or []), ((pid, uris[lists[pid]].tolist()) for pid in order))
