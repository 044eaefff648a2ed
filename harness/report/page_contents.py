"""Records of runs and sample playlists of a leaderboard, read from run folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from harness.errors import DataError, HarnessError
from harness.kit.progress import track
from harness.kit.randomness import hashes
from harness.report.page_parts import PageContents, SamplePlaylist
from harness.run import runs
from harness.task.tasks import task_again

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.ragged import Ids, Ragged
    from harness.report.leaderboard import Leaderboard
    from harness.run.record import RunRecord
    from harness.types import Catalog, Challenge

SAMPLE = 30
"""Number of sample playlists per leaderboard, balanced over the categories."""

_PRIVATE = ("email",)
"""Fields of a record that are left out, since a page may be published; files are shown without their folders."""


def page_contents(folder: Path, leaderboards: Sequence[Leaderboard]) -> tuple[list[PageContents], list[str]]:
    """Read records and sample playlists of each leaderboard from the folder of all runs.

    Args:
        folder: the folder of all runs.
        leaderboards: of the runs of that folder; entries of other runs have neither records nor lists.

    Returns:
        Contents of each leaderboard, in order, and a note with the reason for each leaderboard without playlists.
    """
    known = {}
    for path in runs.run_folders(folder):
        try:
            record = runs.read_record(path)
        except DataError:  # damaged runs are on no leaderboard
            continue
        known[record.run] = (path, record)
    contents, notes = [], []
    for leaderboard in leaderboards:
        records_of_runs = [known[row.entry.run] for row in leaderboard.rows if row.entry.run in known]
        records = {record.run: _plain(record) for _, record in records_of_runs}
        try:
            playlists, tracks = _sample(records_of_runs)
        except HarnessError as error:
            notes.append(
                f"{leaderboard.corpus.name}, {leaderboard.challenge.label}: the page has no playlists: {error}"
            )
            playlists, tracks = (), {}
        contents.append(PageContents(records, playlists, tracks))
    return contents, notes


def sample_rows(challenge: Challenge, size: int = SAMPLE) -> NDArray[np.int64]:
    """At most `size` rows of a challenge, drawn by pid, balanced over categories, in order of category and pid."""
    shuffled = np.argsort(hashes(0, "page", challenge.pids), kind="stable")
    categories = challenge.categories[shuffled]
    turn = np.empty(len(shuffled), np.int64)  # rank of each playlist within its category
    for number in np.unique(categories):
        turn[categories == number] = np.arange(np.count_nonzero(categories == number))
    chosen = shuffled[np.lexsort((categories, turn))[:size]]
    ordered: NDArray[np.int64] = chosen[np.lexsort((challenge.pids[chosen], challenge.categories[chosen]))]
    return ordered


def _plain(record: RunRecord) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(record)
    for part in ("challenge", "submission"):
        plain[part] = {
            name: _without_folder(name, value) for name, value in plain[part].items() if name not in _PRIVATE
        }
    return plain


def _without_folder(name: str, value: Any) -> Any:
    return str(value).replace("\\", "/").rpartition("/")[2] if name in ("file", "answers") else value


def _sample(
    records_of_runs: Sequence[tuple[Path, RunRecord]],
) -> tuple[tuple[SamplePlaylist, ...], dict[str, tuple[str, str]]]:
    """Sample playlists of the common challenge of the runs, with their lists, and names of their tracks."""
    if not records_of_runs:
        return (), {}
    first = records_of_runs[0][1]
    task = task_again(first.corpus, first.challenge)
    challenge, withheld = task.whole_challenge, task.judged[1] if task.judged else None
    rows = sample_rows(challenge)
    tracks: dict[str, tuple[str, str]] = {}
    seeds = _uris(challenge.seeds.take(rows), challenge.catalog, tracks)
    withheld_uris = None if withheld is None else _uris(withheld.take(rows), challenge.catalog, tracks)
    lists = {}
    for path, record in track(records_of_runs, "reading lists for the page"):
        sampled = runs.lists_of(path, record.lists_digest, challenge)[rows]
        uris = _named(sampled.ravel(), challenge.catalog, tracks)
        lists[record.run] = [tuple(row) for row in np.array(uris, object).reshape(sampled.shape)]
    titles = challenge.info["name"].to_list()
    playlists = tuple(
        SamplePlaylist(
            int(challenge.pids[row]),
            titles[row],
            int(challenge.categories[row]),
            seeds[i],
            None if withheld_uris is None else withheld_uris[i],
            {run: run_lists[i] for run, run_lists in lists.items()},
        )
        for i, row in enumerate(rows.tolist())
    )
    return playlists, tracks


def _uris(rows: Ragged, catalog: Catalog, tracks: dict[str, tuple[str, str]]) -> list[tuple[str, ...]]:
    uris = _named(rows.values, catalog, tracks)
    return [tuple(uris[start:end]) for start, end in zip(rows.indptr[:-1], rows.indptr[1:], strict=True)]


def _named(ids: Ids, catalog: Catalog, tracks: dict[str, tuple[str, str]]) -> list[str]:
    """URIs of the tracks; their names are added to `tracks`."""
    rows = catalog.tracks[ids]
    uris: list[str] = rows["uri"].to_list()
    names = [name or "" for name in rows["name"].to_list()]
    tracks.update(zip(uris, zip(names, catalog.artist_names(ids), strict=True), strict=True))
    return uris
