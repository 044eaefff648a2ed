"""Writing of playlists as slices in the MPD's layout."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from harness.atomic import new_file
from harness.data.catalog_entries import describe
from harness.data.mpd.schema import NUMBERS, SlicePlaylist
from harness.errors import DataError
from harness.kit.progress import track

if TYPE_CHECKING:
    from pathlib import Path

    from harness.types import Playlists

PER_SLICE = 1_000
"""Playlists per slice of the MPD."""

_GENERATED_ON = "2017-12-03 08:41:42.057563"
"""Constant, with the value in the MPD, so that the slices of a corpus always have the same bytes."""


def write_slices(playlists: Playlists, folder: Path) -> list[Path]:
    """Write `data/mpd.slice.<first>-<last>.json` per thousand pids, and `md5sums`.

    Unknown fields and slices without a playlist are omitted. After an error, including a full disk or Ctrl-C, all
    written slices are deleted.

    Returns:
        The paths of the slices.

    Raises:
        DataError: the folder already holds slices, which would be mixed with these.
    """
    data = folder / "data"
    if any(data.glob("mpd.slice.*.json")):
        raise DataError(f"folder {data} already holds slices; choose another folder, or empty this one")
    pids = playlists.info["pid"].to_numpy()
    order = np.argsort(pids, kind="stable")
    starts = np.flatnonzero(np.diff(pids[order] // PER_SLICE, prepend=-1))
    paths: list[Path] = []
    sums = []
    try:
        for rows in track(np.split(order, starts[1:]) if len(order) else [], "slices"):
            first = int(pids[rows[0]]) // PER_SLICE * PER_SLICE
            name = f"{first}-{first + PER_SLICE - 1}"
            paths.append(data / f"mpd.slice.{name}.json")
            content = _slice(playlists.take(rows), name)
            with new_file(paths[-1]) as partial:
                partial.write_bytes(content)
            sums.append(f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}  data/{paths[-1].name}\n")
        with new_file(folder / "md5sums") as partial:
            partial.write_text("".join(sums))
    except BaseException:
        for path in paths:
            path.unlink(missing_ok=True)
        raise
    return paths


def _slice(playlists: Playlists, name: str) -> bytes:
    info = {"generated_on": _GENERATED_ON, "slice": name, "version": "v1"}
    entries = describe(playlists.catalog, playlists.tracks.values)
    starts = playlists.tracks.indptr.tolist()
    columns = [name for name in ("name", "description", *NUMBERS) if name in playlists.info.columns]
    rows = []
    for row, (start, end) in enumerate(pairwise(starts)):
        for pos, entry in enumerate(entries[start:end]):
            entry.pos = pos
        fields: dict[str, Any] = playlists.info.row(row, named=True)
        rows.append(
            SlicePlaylist(
                pid=fields["pid"],
                collaborative=_as_text(fields.get("collaborative")),
                tracks=entries[start:end],
                **{column: fields[column] for column in columns},
            )
        )
    return msgspec.json.format(msgspec.json.encode({"info": info, "playlists": rows}), indent=4)


def _as_text(collaborative: bool | None) -> str | None:
    """Format the flag as the MPD does: as a text."""
    return None if collaborative is None else str(collaborative).lower()
