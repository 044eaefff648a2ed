"""A submission's content -> its rows and every fault, of form and against a challenge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from harness.data.catalog_entries import track_ids
from harness.submission.lines import parse_lines
from harness.submission.matching import odd_uris
from harness.types import NO_ID

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.submission.content import Content
    from harness.submission.faults import Fault
    from harness.submission.lines import Row, Sheet
    from harness.types import Catalog, Challenge, Ids

Corpus = Literal["lenient", "strict", "none"]
"""A track that the challenge's catalog lacks is a counted warning, an error, or nothing: then no corpus is known."""


def check(content: Content, challenge: Challenge | None, *, corpus: Corpus = "lenient") -> Sheet:
    """Read a submission of any kind and find all its faults in one pass.

    Args:
        content: the file's.
        challenge: what it should answer; None for its form alone.
        corpus: what a track means that the challenge's catalog lacks.

    Returns:
        Rows and faults, the faults of the file first, then line by line, missing playlists last.
    """
    sheet = parse_lines(content, odd_uris(challenge.catalog) if challenge else ())
    if challenge is not None and content.data:
        tracks, ids_of_tracks = _matched(challenge.catalog, sheet)
        _check_against(challenge, sheet, ids_of_tracks[challenge.seeds.values])
        if corpus != "none":
            _check_known(sheet, tracks == NO_ID, strict=corpus == "strict")
    sheet.faults.kept.sort(key=_place)
    return sheet


def unknown_tracks(n_entries: int, n_tracks: int) -> str:
    """How many tracks the corpus lacks, and how often they stand in the file, in words."""
    return f"{n_entries} entries name {n_tracks} tracks that the corpus lacks"


def _place(fault: Fault) -> tuple[bool, int, int, int]:
    of_no_line = fault.line is None
    return of_no_line and fault.pid is not None, fault.line or 0, fault.position or 0, fault.pid or 0


def _check_against(challenge: Challenge, sheet: Sheet, seeds: Ids) -> None:
    """Compare with the challenge, whose seeds are given as ids of the sheet's vocabulary."""
    starts = challenge.seeds.indptr.tolist()
    row_of = {pid: row for row, pid in enumerate(challenge.pids.tolist())}
    for row in sheet.rows:
        place = row_of.get(row.pid) if row.pid is not None else None
        if place is not None:
            seeds_of_row = set(seeds[starts[place] : starts[place + 1]].tolist()) - {NO_ID}
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
    """The catalog's id of each URI of the sheet, (n_uris,), and the sheet's of each track, (n_tracks,); -1 for none."""
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
    """Add a fault for each track at fault of a row."""
    places = np.flatnonzero(at_fault)
    n_kept = sheet.faults.room(code)
    for place in places[:n_kept].tolist():
        sheet.faults.add_track(code, row.line, row.pid, place + 1, sheet.vocabulary.uris[row.ids[place]])
    sheet.faults.count(code, len(places[n_kept:]))
