"""A submission with faults that need no guess -> a new file without them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.errors import SubmissionError
from harness.submission.check import check
from harness.submission.content import read_content
from harness.submission.validate import Report, report
from harness.submission.writer import write_rows

if TYPE_CHECKING:
    from pathlib import Path

    from harness.submission.check import Corpus
    from harness.submission.lines import Sheet
    from harness.types import Challenge


def fix(path: Path, output: Path, challenge: Challenge | None = None, *, corpus: Corpus = "lenient") -> Report:
    """Write a submission anew, mended: blanks, tabs, comments, line ends, byte order mark, identical rows.

    The rows come in the challenge's order, or in the file's where there is no challenge.

    Args:
        path: the submission; it is left as it is.
        output: a file that does not exist yet; gzip if it ends in `.gz`.
        challenge: what the submission should answer; without one its form alone is mended.
        corpus: what a track means that the challenge's catalog lacks.

    Returns:
        What was wrong; `output` is there if `refusal` of it is None.

    Raises:
        SubmissionError: there is no such file, or something stands at `output`.
    """
    if output.exists():
        raise SubmissionError(f"{output} exists already: name a new file for the mended submission")
    sheet = check(read_content(path), challenge, corpus=corpus)
    found = report(path, sheet, challenge)
    if refusal(found) is None:
        _write(sheet, output, challenge)
    return found


def refusal(report: Report) -> SubmissionError | None:
    """Why a file cannot be mended without a guess; None if it can."""
    left = Counter(fault.code for fault in report.errors if not fault.kind.fixable)
    if not left:
        return None
    codes = ", ".join(f"{n} {code}" for code, n in left.most_common())
    return SubmissionError(f"{report.file} cannot be mended without a guess ({codes}): nothing was written")


def _write(sheet: Sheet, output: Path, challenge: Challenge | None) -> None:
    lists = {row.pid: row.uris for row in sheet.rows if row.pid is not None}
    order = list(lists) if challenge is None else challenge.pids.tolist()
    write_rows(output, ",".join(sheet.header or []), ((pid, lists[pid]) for pid in order))
