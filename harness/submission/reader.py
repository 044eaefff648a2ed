"""A submission's file -> a submission, whoever wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.data.catalog_entries import extend, track_ids
from harness.data.mpd.schema import Entry
from harness.errors import SubmissionError
from harness.submission.check import check
from harness.submission.content import read_content
from harness.submission.lines import header_faults
from harness.submission.regular import Rows, parse_regular
from harness.submission.submission import Submission
from harness.types import NO_ID, Challenge

if TYPE_CHECKING:
    from pathlib import Path

    from harness.submission.content import Content
    from harness.submission.faults import Fault
    from harness.submission.lines import Sheet

_NAMED_FAULTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class SubmissionFile:
    """A submission as it was read.

    Attributes:
        submission: its challenge is the one asked about, over a catalog that also has the file's unknown tracks.
        header: the fields of the team's line.
        header_line: its number, from 1.
        n_unknown_tracks: distinct tracks that the challenge's catalog lacks.
        n_unknown_entries: how often they stand.
    """

    submission: Submission
    header: list[str]
    header_line: int
    n_unknown_tracks: int
    n_unknown_entries: int


def read_submission(path: Path, challenge: Challenge) -> SubmissionFile:
    """Read a submission, plain or gzip, in either form, rows in any order.

    Raises:
        SubmissionError: it breaks a rule; names the first faults and how many there are.
    """
    content = read_content(path)
    regular = read_regular(content, challenge)
    if regular is not None:
        return regular
    sheet = check(content, challenge)
    errors = [fault for fault in sheet.faults if fault.kind.severity == "error"]
    if errors:
        raise SubmissionError(_refusal(path, errors))
    return _submitted(_rows(sheet, challenge), challenge)


def read_regular(content: Content, challenge: Challenge) -> SubmissionFile | None:
    """Read a submission that is regular in form and breaks no rule; None for any other, which is no verdict."""
    if content.broken_off:
        return None
    rows = parse_regular(content.data, challenge.catalog)
    if rows is None or any(fault.kind.severity == "error" for fault in header_faults(rows.header, rows.header_line)):
        return None
    try:
        return _submitted(rows, challenge)
    except SubmissionError:
        return None


def _submitted(rows: Rows, challenge: Challenge) -> SubmissionFile:
    """Put the rows in the challenge's order, over a catalog that has all their tracks."""
    in_file, in_challenge = np.argsort(rows.pids, kind="stable"), np.argsort(challenge.pids, kind="stable")
    if not np.array_equal(rows.pids[in_file], challenge.pids[in_challenge]):
        raise SubmissionError("the playlists are not those of the challenge, each once")
    tracks = np.empty_like(rows.tracks)
    tracks[in_challenge] = rows.tracks[in_file]
    n_unknown_entries = 0
    if rows.unknown:
        n_unknown_entries = int(np.count_nonzero(tracks >= challenge.catalog.n_tracks))
        catalog, _ = extend(challenge.catalog, [Entry(track_uri=uri) for uri in rows.unknown])
        challenge = Challenge(challenge.info, challenge.seeds, catalog)
    return SubmissionFile(
        Submission(challenge, tracks), rows.header, rows.header_line, len(rows.unknown), n_unknown_entries
    )


def _rows(sheet: Sheet, challenge: Challenge) -> Rows:
    """The rows of a sheet without errors, as arrays."""
    import polars as pl

    uris = pl.Series("uri", [uri for row in sheet.rows for uri in row.uris], dtype=pl.String)
    tracks = track_ids(challenge.catalog, uris)
    strangers = uris.filter(pl.Series(tracks == NO_ID)).to_list()
    unknown = sorted(set(strangers))
    codes = {uri: challenge.catalog.n_tracks + i for i, uri in enumerate(unknown)}
    tracks[tracks == NO_ID] = [codes[uri] for uri in strangers]
    pids = np.array([row.pid for row in sheet.rows], np.int64)
    return Rows(sheet.header or [], sheet.header_line, pids, tracks.reshape(len(pids), -1), unknown)


def _refusal(path: Path, errors: list[Fault]) -> str:
    first = ". ".join(fault.brief for fault in errors[:_NAMED_FAULTS])
    n_more = len(errors) - _NAMED_FAULTS
    more = f". {n_more} more faults" if n_more > 0 else ""
    return f"{path} breaks the rules: {first}{more}; `harness validate {path}` shows all"
