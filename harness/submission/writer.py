"""Writer of submission files in either form, plain or gzip; equal submissions give equal bytes."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np

from harness.atomic import new_file
from harness.submission.header import team_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from harness.submission.header import Team
    from harness.submission.submission import Submission

GZIP_SUFFIX = ".gz"
"""Suffix of files that are written as gzip."""

_LEVEL = 2
_GZIP_WITH_HEADER = 31
_ROWS_AT_ONCE = 100


def write_submission(submission: Submission, path: Path, *, form: str, team: Team) -> None:
    """Write a submission file atomically.

    Args:
        submission: the lists.
        path: gzip without a time stamp if it ends in `.gz`, plain text otherwise.
        form: `aicrowd` or `2018`.
        team: sender, for the first line.

    Raises:
        ParameterError: there is no such form.
    """
    first_line = team_line(team, form)
    uris = np.array(submission.challenge.catalog.tracks["uri"].to_list(), dtype=object)
    rows = (uris[row].tolist() for row in submission.tracks)
    write_rows(path, first_line, zip(submission.challenge.pids.tolist(), rows, strict=True))


def write_rows(path: Path, first_line: str, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Write the first line and one line per playlist: its pid and the URIs of its tracks."""
    lines = chain([first_line], (row_text(pid, uris) for pid, uris in rows))
    blocks = iter(lambda: list(islice(lines, _ROWS_AT_ONCE)), [])
    texts = ("\n".join([*block, ""]).encode() for block in blocks)
    with new_file(path) as partial, partial.open("wb") as file:
        file.writelines(_compressed(texts) if path.suffix == GZIP_SUFFIX else texts)


def row_text(pid: int, uris: Sequence[str]) -> str:
    """Line of one playlist, without the line end."""
    return f"{pid},{','.join(uris)}"


def _compressed(texts: Iterable[bytes]) -> Iterator[bytes]:
    """Texts compressed as one gzip member, with neither a name nor a time in its header."""
    from isal import isal_zlib

    packer = isal_zlib.compressobj(_LEVEL, wbits=_GZIP_WITH_HEADER)
    for text in texts:
        yield packer.compress(text)
    yield packer.flush()
