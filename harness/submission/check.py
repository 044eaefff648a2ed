"""Check of a submission: its rows and every fault, in form and against a challenge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from harness.data.catalog_entries import track_ids
from harness.ragged import NO_ID
from harness.submission.lines import parse_lines
from harness.submission.matching import odd_uris

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.ragged import Ids
    from harness.submission.content import Content
    from harness.submission.faults import Fault
    from harness.submission.lines import Row, Sheet
    from harness.types import Catalog, Challenge

Corpus = Literal["lenient", "strict", "none"]
"""Treatment of a track that is not in the challenge's catalog: a counted warning, an error, or no check."""


def check(content: Content, challenge: Challenge | None, *, corpus: Corpus = "lenient") -> Sheet:
    """Read a submission and find all its faults in one pass, whatever its content.

    Args:
        content: content of the file.
        challenge: the challenge that it should answer; None to check only its form.
        corpus: treatment of tracks that are not in the challenge's catalog.

    Returns:
        Rows and faults: first the faults of the file, then line by line, missing playlists last.
    """
    sheet = parse_lines(content, odd_uris(challenge.catalog) if challenge else ())
    if challenge is not None and content.data:
        tracks, ids_of_tracks = _matched(challenge.catalog, sheet)
        _check_against(challenge, sheet, ids_of_tracks[challenge.seeds.values])
        if corpus != "none":
            _check_known(sheet, tracks == NO_ID, strict=corpus == "strict")
    sheet.faults.kept.sort(key=_sort_key)
    return sheet


def unknown_tracks(n_entries: int, n_tracks: int) -> str:
    """Message with the number of tracks that are not in the corpus, and of their entries in the file."""
    return f"{n_entries} entries name {n_tracks} tracks that the corpus lacks"


def _sort_key(fault: Fault) -> tuple[bool, int, int, int]:
    is_missing_playlist = fault.line is None and fault.pid is not None
    return is_missing_playlist, fault.line or 0, fault.position or 0, fault.pid or 0


def _check_against(challenge: Challenge, sheet: Sheet, seeds: Ids) -> None:
    """Compare the rows with the challenge; `seeds` are its seeds as ids of the sheet's vocabulary, (total,)."""
    starts = challenge.seeds.indptr.tolist()
    row_of = {pid: row for row, pid in enumerate(challenge.pids.tolist())}
    for row in sheet.rows:
        challenge_row = row_of.get(row.pid) if row.pid is not None else None
        if challenge_row is not None:
            seeds_of_row = set(seeds[starts[challenge_row] : starts[challenge_row + 1]].tolist()) - {NO_ID}
            if not seeds_of_row.isdisjoint(row.ids.tolist()):
                _add_tracks(sheet, row, "seed-track", np.isin(row.ids, list(seeds_of_row)))
        elif row.pid is not None:
            sheet.faults.add("unknown-pid", row.line, row.pid)
    if sheet.is_whole:
        answered = {row.pid for row in sheet.rows}
        for pid in row_of:
            if pid not in answered:
                sheet.faults.add("missing-pid", pid=pid)


def _matched(catalog: Catalog, sheet: Sheet) -> tuple[Ids, Ids]:
    """Catalog id of each URI of the sheet, (n_uris,), and sheet id of each track, (n_tracks,); -1 if absent."""
    import polars as pl

    tracks = track_ids(catalog, pl.Series("uri", sheet.vocabulary.uris, dtype=pl.String))
    known = np.flatnonzero(tracks != NO_ID).astype(np.int32)
    of_tracks = np.full(catalog.n_tracks, NO_ID, np.int32)
    of_tracks[tracks[known]] = known
    return tracks, of_tracks


def _check_known(sheet: Sheet, is_unknown: NDArray[np.bool_], *, strict: bool) -> None:
    if not is_unknown.any():
        return
    n_entries = 0
    for row in sheet.rows:
        unknown = (row.ids != NO_ID) & is_unknown[row.ids]
        n_entries += int(np.count_nonzero(unknown))
        if strict:
            _add_tracks(sheet, row, "unknown-track", unknown)
    if not strict:
        sheet.faults.add("unknown-tracks", detail=unknown_tracks(n_entries, int(np.count_nonzero(is_unknown))))


def _add_tracks(sheet: Sheet, row: Row, code: str, at_fault: NDArray[np.bool_]) -> None:
    """Add a fault for each track of a row where `at_fault`, (m,), is true."""
    columns = np.flatnonzero(at_fault)
    n_kept = sheet.faults.room(code)
    for column in columns[:n_kept].tolist():
        sheet.faults.add_track(code, row.line, row.pid, column + 1, sheet.vocabulary.uris[row.ids[column]])
    sheet.faults.count(code, len(columns[n_kept:]))
