"""Reader of submission files, including those of other tools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.data.catalog_entries import extend, track_ids
from harness.data.mpd.schema import Entry
from harness.errors import SubmissionError
from harness.ragged import NO_ID
from harness.submission.check import check
from harness.submission.content import read_content
from harness.submission.faults import KINDS
from harness.submission.header import parse_fields
from harness.submission.regular import Rows, parse_regular
from harness.submission.submission import Submission
from harness.types import Challenge

if TYPE_CHECKING:
    from pathlib import Path

    from harness.submission.content import Content
    from harness.submission.faults import Fault
    from harness.submission.lines import Sheet

_NAMED_FAULTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class SubmissionFile:
    """A submission and facts about its file.

    Attributes:
        submission: its challenge is the given one, with the file's unknown tracks added to the catalog.
        header: fields of the team line.
        header_line: its line number, from 1.
        n_unknown_tracks: distinct tracks that are not in the challenge's catalog.
        n_unknown_entries: entries of these tracks.
    """

    submission: Submission
    header: list[str]
    header_line: int
    n_unknown_tracks: int
    n_unknown_entries: int


def read_submission(path: Path, challenge: Challenge) -> SubmissionFile:
    """Read a submission, plain or gzip, in either form, rows in any order.

    Raises:
        SubmissionError: it breaks a rule; the message has the first faults and their number.
    """
    content = read_content(path, len(challenge))
    regular = read_regular(content, challenge)
    if regular is not None:
        return regular
    sheet = check(content, challenge)
    n_errors = sum(n for code, n in sheet.faults.counts.items() if KINDS[code].severity == "error")
    if n_errors:
        raise SubmissionError(_refusal(path, sheet.faults.kept, n_errors))
    return _submitted(_rows(sheet, challenge), challenge)


def read_regular(content: Content, challenge: Challenge) -> SubmissionFile | None:
    """Read a submission of regular form that breaks no rule; None means 'use the full check', not 'invalid'."""
    if content.broken_off:
        return None
    rows = parse_regular(content, challenge.catalog)
    if rows is None or any(KINDS[code].severity == "error" for code, _ in parse_fields(rows.header)[2]):
        return None
    try:
        return _submitted(rows, challenge)
    except SubmissionError:
        return None


def _submitted(rows: Rows, challenge: Challenge) -> SubmissionFile:
    """Rows in the order of the challenge, over a catalog that has all their tracks."""
    file_order, challenge_order = np.argsort(rows.pids, kind="stable"), np.argsort(challenge.pids, kind="stable")
    if not np.array_equal(rows.pids[file_order], challenge.pids[challenge_order]):
        raise SubmissionError("the playlists are not those of the challenge, each once")
    tracks = np.empty_like(rows.tracks)
    tracks[challenge_order] = rows.tracks[file_order]
    n_unknown_entries = 0
    if rows.unknown:
        n_unknown_entries = int(np.count_nonzero(tracks >= challenge.catalog.n_tracks))
        catalog, _ = extend(challenge.catalog, [Entry(track_uri=uri) for uri in rows.unknown])
        challenge = Challenge(challenge.info, challenge.seeds, catalog)
    return SubmissionFile(
        Submission(challenge, tracks), rows.header, rows.header_line, len(rows.unknown), n_unknown_entries
    )


def _rows(sheet: Sheet, challenge: Challenge) -> Rows:
    """Rows of a sheet without errors, as arrays."""
    import polars as pl

    uris = sheet.vocabulary.uris
    tracks = track_ids(challenge.catalog, pl.Series("uri", uris, dtype=pl.String))
    unknown = sorted(np.flatnonzero(tracks == NO_ID).tolist(), key=uris.__getitem__)
    tracks[unknown] = challenge.catalog.n_tracks + np.arange(len(unknown), dtype=np.int32)
    pids = np.array([row.pid for row in sheet.rows], np.int64)
    lists = tracks[np.array([row.ids for row in sheet.rows])]
    return Rows(sheet.header or [], sheet.header_line, pids, lists, [uris[i] for i in unknown])


def _refusal(path: Path, faults: list[Fault], n_errors: int) -> str:
    named = [fault.brief for fault in faults if fault.kind.severity == "error"][:_NAMED_FAULTS]
    n_more = n_errors - len(named)
    more = f". {n_more} more faults" if n_more else ""
    return f"{path} breaks the rules: {'. '.join(named)}{more}; `harness validate` with the same options shows all"
