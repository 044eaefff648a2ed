"""Reading and writing of challenge files (incomplete playlists) and answers files (withheld tracks)."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from harness.atomic import new_file
from harness.data.catalog_entries import describe, extend
from harness.data.encodings import replaced_note, utf8, without_lone_surrogates
from harness.data.mpd.columns import playlist_order
from harness.data.mpd.parsing import canonicalise, has_distinct_pids, one_by_one
from harness.data.mpd.schema import ChallengePlaylist, Entry
from harness.data.track_ids import canonical_uri, has_spotify_tracks
from harness.errors import DataError
from harness.ragged import Ragged
from harness.rules import CATEGORIES, OTHER_CATEGORY
from harness.types import Challenge

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.types import Catalog, Split


IN_CATEGORIES = 0.5
"""Share of playlists that must fit one of the ten categories for a file to have categories.

In any other file, ten untitled seeds do not mean category 6.
"""


class ChallengeFile(msgspec.Struct):
    """A whole challenge file."""

    playlists: list[ChallengePlaylist]


_challenge = msgspec.json.Decoder(ChallengeFile)
_playlist = msgspec.json.Decoder(ChallengePlaylist)
_answers = msgspec.json.Decoder(dict[str, list[str]])


def read_challenge(path: Path, catalog: Catalog) -> Challenge:
    """Read the incomplete playlists of a challenge file, in file order.

    Seeds that the corpus lacks get new ids after the catalog's. The category follows from the number of seeds, the
    title and the seeds' positions. It is 0 without positions or for any other kind of playlist, and for all playlists
    of a file in which fewer than half fit one of the ten categories. `num_holdouts` is 0 if the file does not state
    the number of withheld tracks.

    Args:
        path: a file in the official schema, of any size.
        catalog: catalog of the training corpus.

    Raises:
        DataError: the file cannot be read; the message names playlist and track.
    """
    return read_incomplete(path, catalog)[0]


def read_incomplete(path: Path, catalog: Catalog) -> tuple[Challenge, tuple[str, ...]]:
    """As `read_challenge`, plus notes: replaced characters, and numbers that contradict the tracks."""
    import polars as pl

    playlists, n_replaced = _parse(path, bare=has_spotify_tracks(catalog))
    if not playlists:
        raise DataError(f"challenge {path} holds no playlist; pass another file")
    entries = [entry for playlist in playlists for entry in playlist.tracks]
    lengths = np.fromiter((len(playlist.tracks) for playlist in playlists), np.int64, len(playlists))
    categories = np.array([_category(playlist) for playlist in playlists], np.int64)
    if np.count_nonzero(categories) < IN_CATEGORIES * len(playlists):
        categories[:] = OTHER_CATEGORY
    order, _ = playlist_order([entry.pos for entry in entries], lengths)
    extended, ids = extend(catalog, entries)
    info = pl.DataFrame(
        {
            "pid": [playlist.pid for playlist in playlists],
            "name": [playlist.name for playlist in playlists],
            "num_holdouts": [_num_holdouts(playlist) for playlist in playlists],
            "category": categories,
        },
        schema={"pid": pl.Int64, "name": pl.String, "num_holdouts": pl.Int64, "category": pl.Int64},
    )
    challenge = Challenge(info, Ragged.from_lengths(lengths, ids if order is None else ids[order]), extended)
    replaced = (f"challenge {path}: {replaced_note(n_replaced)}",) if n_replaced else ()
    return challenge, (*replaced, *_wrong_numbers(path, playlists))


def _wrong_numbers(path: Path, playlists: list[ChallengePlaylist]) -> tuple[str, ...]:
    """A warning if num_samples, num_holdouts or num_tracks of a playlist contradict each other or its tracks."""
    wrong = {playlist.pid: playlist for playlist in playlists if not _is_consistent(playlist)}
    if not wrong:
        return ()
    first = wrong[min(wrong)]
    numbers = {"num_samples": first.num_samples, "num_holdouts": first.num_holdouts, "num_tracks": first.num_tracks}
    shown = ", ".join(f"{name} {number}" for name, number in numbers.items() if number is not None)
    warning = (
        f"warning: challenge {path}: {_some(map(str, wrong))} with numbers that contradict its tracks (playlist "
        f"{first.pid}: {shown}, but the number of tracks listed is {len(first.tracks)}); correct the file or "
        "download it again"
    )
    return (warning,)


def _is_consistent(playlist: ChallengePlaylist) -> bool:
    n_samples, n_holdouts, n_tracks = len(playlist.tracks), playlist.num_holdouts, playlist.num_tracks
    if playlist.num_samples not in (None, n_samples):
        return False
    if n_tracks is None:
        return True
    return n_samples <= n_tracks if n_holdouts is None else n_samples + n_holdouts == n_tracks


def read_answers(path: Path, challenge: Challenge) -> tuple[Challenge, Ragged]:
    """Read the withheld tracks of a challenge from a JSON object, pid -> list of track URIs.

    Returns:
        The challenge, its catalog extended by unknown withheld tracks; and the withheld tracks, distinct and in file
        order, row i for playlist i.

    Raises:
        DataError: the file is not such an object, or a playlist is missing, unknown or without tracks.
    """
    return read_judged(path, challenge)[:2]


def read_judged(path: Path, challenge: Challenge) -> tuple[Challenge, Ragged, tuple[str, ...]]:
    """As `read_answers`, plus warnings where the answers contradict the challenge."""
    answers = _decode_answers(path)
    pids = [str(pid) for pid in challenge.pids]
    if unknown := answers.keys() - set(pids):
        raise DataError(f"answers {path}: {_some(unknown)} not in the challenge; pass the answers of this challenge")
    if missing := [pid for pid in pids if not answers.get(pid)]:
        raise DataError(
            f"answers {path}: no withheld track of {_some(missing)}; pass the answers of the whole challenge"
        )
    bare = has_spotify_tracks(challenge.catalog)
    uri_lists = [[canonical_uri(uri, bare=bare) for uri in answers[pid]] for pid in pids]
    rows = [list(dict.fromkeys(uris)) for uris in uri_lists]
    for pid, row in zip(pids, rows, strict=True):
        if "" in row:
            raise DataError(f"answers {path}, playlist {pid}: track {row.index('')} is an empty URI")
    extended, ids = extend(challenge.catalog, [Entry(track_uri=uri) for row in rows for uri in row])
    lengths = np.array([len(row) for row in rows], np.int64)
    withheld = Ragged.from_lengths(lengths, ids)
    notes = _contradictions(path, challenge, withheld, [len(uris) for uris in uri_lists])
    return Challenge(challenge.info, challenge.seeds, extended), withheld, notes


def _contradictions(path: Path, challenge: Challenge, withheld: Ragged, n_listed: list[int]) -> tuple[str, ...]:
    """Warnings on answers that contain seeds, or not `num_holdouts` tracks; n_listed counts duplicates too."""
    seeds = {
        pid: n
        for row, pid in enumerate(challenge.pids.tolist())
        if (n := int(np.isin(withheld.row(row), challenge.seeds.row(row)).sum()))
    }
    holdouts = challenge.info["num_holdouts"].to_list()
    rows = zip(challenge.pids.tolist(), holdouts, withheld.lengths.tolist(), n_listed, strict=True)
    # The official num_holdouts counts a duplicate withheld track twice.
    counts = {
        pid: (n, expected) for pid, expected, n_distinct, n in rows if expected and not n_distinct <= expected <= n
    }
    notes = []
    if seeds:
        pid, n = next(iter(seeds.items()))
        notes.append(
            f"warning: answers {path}: {_some(map(str, seeds))} with seeds among the withheld tracks (playlist {pid}: "
            f"{n}), which no submission may contain"
        )
    if counts:
        pid, (n, expected) = next(iter(counts.items()))
        notes.append(
            f"warning: answers {path}: {_some(map(str, counts))} with a number of tracks other than num_holdouts "
            f"(playlist {pid}: {n} of {expected}); check that these are the answers of this challenge"
        )
    return tuple(notes)


def write_challenge(split: Split, path: Path, *, positions: Ragged) -> None:
    """Write a split's challenge as an official challenge file.

    Args:
        split: the split; of its withheld tracks only the numbers are written.
        path: the file to write.
        positions: original position of each seed in its playlist, laid out as `split.challenge.seeds`.
    """
    challenge, entries = split.challenge, _entries(split.challenge, positions)
    n_withheld = split.withheld.lengths.tolist()
    playlists = [
        ChallengePlaylist(
            name=name,
            num_holdouts=n_withheld[row],
            pid=pid,
            num_tracks=n_withheld[row] + len(entries[row]),
            tracks=entries[row],
            num_samples=len(entries[row]),
        )
        for row, (pid, name) in enumerate(challenge.info.select("pid", "name").iter_rows())
    ]
    today = dt.datetime.now(dt.UTC).date().isoformat()
    _write({"date": today, "version": "v1", "playlists": playlists}, path)


def write_answers(split: Split, path: Path) -> None:
    """Write a split's withheld tracks as an answers file."""
    uris = split.challenge.catalog.tracks["uri"]
    rows = enumerate(split.challenge.pids.tolist())
    _write({str(pid): uris[split.withheld.row(row)].to_list() for row, pid in rows}, path)


def _parse(path: Path, *, bare: bool) -> tuple[list[ChallengePlaylist], int]:
    if not path.is_file():
        raise DataError(f"no challenge file {path}; pass a challenge_set.json")
    data = utf8(path.read_bytes(), f"challenge {path}: the file")
    data, n_replaced = without_lone_surrogates(data)
    try:
        playlists = _challenge.decode(data).playlists
        if has_distinct_pids(playlists) and canonicalise(playlists, bare=bare):
            return playlists, n_replaced
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    playlists = one_by_one(data, _playlist, f"challenge {path}", remedy="fix the file or download it again", bare=bare)[
        0
    ]
    return playlists, n_replaced


def _decode_answers(path: Path) -> dict[str, list[str]]:
    if not path.is_file():
        raise DataError(f"no answers file {path}; pass a JSON object, pid -> list of track URIs")
    try:
        return _answers.decode(utf8(path.read_bytes(), f"answers {path}: the file"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(
            f"answers {path}: expected a JSON object, pid -> list of track URIs ({_reason(error)})"
        ) from None


def _reason(error: Exception) -> str:
    reason = " ".join(str(error).split())[:200]
    return reason if reason.isprintable() else repr(reason)


def _num_holdouts(playlist: ChallengePlaylist) -> int:
    if playlist.num_holdouts is not None:
        return playlist.num_holdouts
    return max((playlist.num_tracks or 0) - len(playlist.tracks), 0)


def _category(playlist: ChallengePlaylist) -> int:
    n_seeds, titled = len(playlist.tracks), playlist.name is not None
    matches = [category for category in CATEGORIES if (category.n_seeds, category.titled) == (n_seeds, titled)]
    positions = [entry.pos for entry in playlist.tracks]
    if None not in positions:
        order = "random" if any(pos >= n_seeds for pos in positions if pos is not None) else "first"
        matches = [category for category in matches if category.order == order]
    return matches[0].number if len(matches) == 1 else OTHER_CATEGORY


def _entries(challenge: Challenge, positions: Ragged) -> list[list[Entry]]:
    entries = describe(challenge.catalog, challenge.seeds.values)
    for entry, pos in zip(entries, positions.values.tolist(), strict=True):
        entry.pos = pos
    starts = challenge.seeds.indptr.tolist()
    return [entries[start:end] for start, end in pairwise(starts)]


def _write(content: object, path: Path) -> None:
    with new_file(path) as partial:
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=4) + b"\n")


def _some(pids: Iterable[str]) -> str:
    ordered = sorted(pids, key=lambda pid: (len(pid), pid))
    more = f" and {len(ordered) - 1} more" if len(ordered) > 1 else ""
    return f"playlist {ordered[0]}{more}"
