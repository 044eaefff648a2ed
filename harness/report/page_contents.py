"""Run folders -> what a page shows of a board beside its scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from harness.errors import DataError, HarnessError
from harness.progress import track
from harness.randomness import hashes
from harness.report.page_parts import Extras, Looked
from harness.run import runs
from harness.task.tasks import task_again

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.report.leaderboard import Board
    from harness.types import Catalog, Challenge, Ids, Ragged

SAMPLE = 30
"""Playlists of a board that a page shows, as many of each category as of any other."""

_PRIVATE = ("email",)
"""What a page that may be published leaves out of a run's record; files are shown without their folders."""


def extras(folder: Path, boards: Sequence[Board]) -> tuple[list[Extras], list[str]]:
    """What a page shows of each board beside its scores, read from the folder of all runs.

    Args:
        folder: the folder of all runs.
        boards: made from that folder's runs; others have neither records nor lists.

    Returns:
        One a board, in order; and a line for each board whose playlists cannot be shown, which says why.
    """
    known = {}
    for path in runs.run_folders(folder):
        try:
            record = runs.read_record(path)
        except DataError:  # no board has it
            continue
        known[record.run] = (path, record)
    found, notes = [], []
    for board in boards:
        own = [known[row.entry.run] for row in board.rows if row.entry.run in known]
        records = {record.run: _plain(record) for _, record in own}
        try:
            playlists, tracks = _looked_into(own)
        except HarnessError as error:
            notes.append(f"{board.data}, {board.split}: the page shows no playlists: {error}")
            playlists, tracks = (), {}
        found.append(Extras(records, playlists, tracks))
    return found, notes


def sample_rows(challenge: Challenge, size: int = SAMPLE) -> NDArray[np.int64]:
    """Rows of a challenge drawn by pid, at most `size`: one of each category in turn; in order of category and pid."""
    shuffled = np.argsort(hashes(0, "page", challenge.pids), kind="stable")
    categories = challenge.categories[shuffled]
    turn = np.empty(len(shuffled), np.int64)  # how many of its category come before each
    for number in np.unique(categories):
        turn[categories == number] = np.arange(np.count_nonzero(categories == number))
    chosen = shuffled[np.lexsort((categories, turn))[:size]]
    ordered: NDArray[np.int64] = chosen[np.lexsort((challenge.pids[chosen], challenge.categories[chosen]))]
    return ordered


def _plain(record: runs.Record) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(record)
    for part in ("challenge", "submission"):
        plain[part] = {
            name: _without_folder(name, value) for name, value in plain[part].items() if name not in _PRIVATE
        }
    return plain


def _without_folder(name: str, value: Any) -> Any:
    return str(value).replace("\\", "/").rpartition("/")[2] if name in ("file", "answers") else value


def _looked_into(
    own: Sequence[tuple[Path, runs.Record]],
) -> tuple[tuple[Looked, ...], dict[str, tuple[str, str]]]:
    """A sample of the challenge that all these runs answer, with their lists, and the tracks in it."""
    if not own:
        return (), {}
    first = own[0][1]
    task = task_again(first.corpus, first.challenge)
    challenge, withheld = task.whole_challenge, task.judged[1] if task.judged else None
    rows = sample_rows(challenge)
    tracks: dict[str, tuple[str, str]] = {}
    seeds = _uris(challenge.seeds.take(rows), challenge.catalog, tracks)
    hidden = None if withheld is None else _uris(withheld.take(rows), challenge.catalog, tracks)
    lists = {}
    for path, record in track(own, "reading lists for the page"):
        submission = runs.submission_of(path, challenge)
        picked = submission.tracks[rows]
        uris = _named(picked.ravel(), submission.challenge.catalog, tracks)
        lists[record.run] = [tuple(each) for each in np.array(uris, object).reshape(picked.shape)]
    titles = challenge.info["name"].to_list()
    looked = tuple(
        Looked(
            int(challenge.pids[row]),
            titles[row],
            int(challenge.categories[row]),
            seeds[i],
            None if hidden is None else hidden[i],
            {run: each[i] for run, each in lists.items()},
        )
        for i, row in enumerate(rows.tolist())
    )
    return looked, tracks


def _uris(rows: Ragged, catalog: Catalog, tracks: dict[str, tuple[str, str]]) -> list[tuple[str, ...]]:
    uris = _named(rows.values, catalog, tracks)
    return [tuple(uris[start:end]) for start, end in zip(rows.indptr[:-1], rows.indptr[1:], strict=True)]


def _named(ids: Ids, catalog: Catalog, tracks: dict[str, tuple[str, str]]) -> list[str]:
    """The URIs of the tracks; what they are called is added to `tracks`."""
    found = catalog.tracks[ids]
    uris: list[str] = found["uri"].to_list()
    names = [name or "" for name in found["name"].to_list()]
    tracks.update(zip(uris, zip(names, catalog.artist_names(ids), strict=True), strict=True))
    return uris
