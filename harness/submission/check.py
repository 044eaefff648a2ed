"""A submission's content -> its rows and every fault, of form and against a challenge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from harness.data.catalog_entries import track_ids
from harness.submission.faults import Fault
from harness.submission.lines import parse_lines
from harness.submission.matching import odd_uris
from harness.types import NO_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.submission.content import Content
    from harness.submission.lines import Row, Sheet
    from harness.types import Catalog, Challenge

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
        sheet.faults.extend(_against(challenge, sheet))
        if corpus != "none":
            sheet.faults.extend(_unknown(sheet.rows, challenge.catalog, strict=corpus == "strict"))
    sheet.faults.sort(key=_place)
    return sheet


def unknown_warning(n_entries: int, n_tracks: int) -> Fault:
    """Say how many tracks the corpus lacks, and how often they stand."""
    return Fault("unknown-tracks", detail=f"{n_entries} entries name {n_tracks} tracks that the corpus lacks")


def _place(fault: Fault) -> tuple[bool, int, int, int]:
    of_no_line = fault.line is None
    return of_no_line and fault.pid is not None, fault.line or 0, fault.position or 0, fault.pid or 0


def _against(challenge: Challenge, sheet: Sheet) -> Iterator[Fault]:
    seeds = challenge.catalog.tracks["uri"].gather(challenge.seeds.values).to_list()
    starts = challenge.seeds.indptr.tolist()
    row_of = {pid: row for row, pid in enumerate(challenge.pids.tolist())}
    for row in sheet.rows:
        place = row_of.get(row.pid) if row.pid is not None else None
        if place is not None:
            shown_tracks = set(seeds[starts[place] : starts[place + 1]])
            if not shown_tracks.isdisjoint(row.uris):
                yield from _faults(row, "seed-track", shown_tracks)
        elif row.pid is not None:
            yield Fault("unknown-pid", row.line, row.pid)
    if sheet.is_whole:
        answered = {row.pid for row in sheet.rows}
        yield from (Fault("missing-pid", pid=pid) for pid in row_of if pid not in answered)


def _unknown(rows: list[Row], catalog: Catalog, *, strict: bool) -> Iterator[Fault]:
    import polars as pl

    named = list({uri for row in rows for uri in row.uris if uri})
    ids = track_ids(catalog, pl.Series("uri", named, dtype=pl.String))
    unknown = {named[i] for i in np.flatnonzero(ids == NO_ID).tolist()}
    if not unknown:
        return
    if strict:
        for row in rows:
            yield from _faults(row, "unknown-track", unknown)
    else:
        yield unknown_warning(sum(uri in unknown for row in rows for uri in row.uris), len(unknown))


def _faults(row: Row, code: str, uris: set[str]) -> Iterator[Fault]:
    for position, uri in enumerate(row.uris, start=1):
        if uri in uris:
            yield Fault(code, row.line, row.pid, position, row.fields[position - 1])
