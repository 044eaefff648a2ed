"""Merging of slices into one corpus-wide numbering, with a checkpoint per slice.

Each checkpoint is written atomically before the next slice is merged and names its slice, so an import that was
interrupted in any way resumes after the last complete checkpoint.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from harness.atomic import new_file
from harness.data.mpd.columns import Columns, pack, unpack
from harness.data.mpd.parsing import REMEDY, Skipped
from harness.data.texts import Numbering
from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.data.mpd.files import SliceFile

PART_FORMAT = 3


class SliceId(msgspec.Struct, frozen=True):
    """Identity of a slice; `mtime_ns` is 0 for a member of a zip."""

    name: str
    size: int
    mtime_ns: int
    crc32: int


class Part(msgspec.Struct):
    """Checkpoint of a merged slice: `Columns` with corpus-wide ids, restricted to new tracks, artists and albums."""

    format: int
    slice: SliceId
    columns: Columns


_parts = msgspec.msgpack.Decoder(Part)


class Merge:
    """State of an import: the numbering so far and the folder of its checkpoints."""

    def __init__(self, folder: Path, *, skip_bad: bool) -> None:
        """Create an empty state; `folder` is created with the first checkpoint."""
        self.folder = folder
        self.skip_bad = skip_bad
        self.slices: list[SliceId] = []
        self.n_entries = 0
        self._tracks, self._artists, self._albums = Numbering(), Numbering(), Numbering()
        self._slice_of_pid: dict[int, int] = {}

    @property
    def n_playlists(self) -> int:
        """Number of playlists merged so far."""
        return len(self._slice_of_pid)

    def resume(self, files: list[SliceFile]) -> int:
        """Load the checkpoints of an interrupted import, up to the first that does not match its slice.

        That one and all later ones are deleted, because their ids belong to another numbering.

        Returns:
            Number of leading `files` that are merged.
        """
        for file in files:
            part = self._read(len(self.slices))
            if part is None or not _is_of(part, file) or (part.columns.skipped and not self.skip_bad):
                break
            self._count(part)
        # Deleted in ascending order: after an interruption here, the gap still ends the next resume.
        valid = {self._path(number) for number in range(len(self.slices))}
        for stale in sorted(set(self.folder.glob("*.part")) - valid):
            stale.unlink()
        return len(self.slices)

    def add(self, file: SliceFile, columns: Columns) -> None:
        """Merge the next slice; raises DataError if an earlier slice contains one of its pids."""
        columns = self._without_known_pids(file, columns)
        tracks, new = self._tracks.ids(columns.uris)
        artist_of, new_artists = self._artists.ids_of(unpack(columns.artist_of)[new], columns.artists)
        album_of, new_albums = self._albums.ids_of(unpack(columns.album_of)[new], columns.albums)
        part = Part(
            PART_FORMAT,
            SliceId(file.name, file.size, file.mtime_ns, columns.crc32),
            Columns(
                info=columns.info,
                lengths=columns.lengths,
                entries=pack(tracks[unpack(columns.entries)]),
                uris=columns.uris.take(new),
                names=columns.names.take(new),
                durations=pack(unpack(columns.durations)[new]),
                artist_of=pack(artist_of),
                album_of=pack(album_of),
                artists=columns.artists.take(new_artists),
                artist_names=columns.artist_names.take(new_artists),
                albums=columns.albums.take(new_albums),
                album_names=columns.album_names.take(new_albums),
                n_without_pos=columns.n_without_pos,
                skipped=columns.skipped,
                crc32=columns.crc32,
                n_other_than_tracks=columns.n_other_than_tracks,
                n_surrogates=columns.n_surrogates,
            ),
        )
        with new_file(self._path(len(self.slices))) as partial:
            partial.write_bytes(msgspec.msgpack.encode(part))
        self._note(part)

    def parts(self) -> Iterator[Columns]:
        """Read all merged slices from disk, in order."""
        for number in range(len(self.slices)):
            part = self._read(number)
            if part is None:
                raise DataError(
                    f"the import in {self.folder} was changed by another program; delete that folder and start again"
                )
            yield part.columns

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.part"

    def _read(self, number: int) -> Part | None:
        try:
            part = _parts.decode(self._path(number).read_bytes())
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        return part if part.format == PART_FORMAT else None

    def _count(self, part: Part) -> None:
        self._tracks.ids(part.columns.uris)
        self._artists.ids(part.columns.artists)
        self._albums.ids(part.columns.albums)
        self._note(part)

    def _note(self, part: Part) -> None:
        self._slice_of_pid.update(zip(part.columns.info["pid"], repeat(len(self.slices))))
        self.n_entries += len(part.columns.entries) // 4
        self.slices.append(part.slice)

    def _without_known_pids(self, file: SliceFile, columns: Columns) -> Columns:
        pids: list[int] = columns.info["pid"]
        if self._slice_of_pid.keys().isdisjoint(pids):
            return columns
        is_duplicate = [pid in self._slice_of_pid for pid in pids]
        faults = [
            Skipped(
                f"slice {file.name}",
                index,
                pid,
                f"a playlist of slice {self.slices[self._slice_of_pid[pid]].name} has the same pid",
            )
            for index, pid in enumerate(pids)
            if is_duplicate[index]
        ]
        if not self.skip_bad:
            raise DataError(f"{faults[0].slice}, playlist {faults[0].pid}: {faults[0].fault}; {REMEDY}")
        keep = ~np.array(is_duplicate)
        lengths = unpack(columns.lengths)
        entries = unpack(columns.entries)[np.repeat(keep, lengths)]
        tracks, entries = np.unique(entries, return_inverse=True)
        return msgspec.structs.replace(
            columns,
            info={name: _pick(values, np.flatnonzero(keep)) for name, values in columns.info.items()},
            lengths=pack(lengths[keep]),
            entries=pack(entries),
            uris=columns.uris.take(tracks),
            names=columns.names.take(tracks),
            durations=pack(unpack(columns.durations)[tracks]),
            artist_of=pack(unpack(columns.artist_of)[tracks]),
            album_of=pack(unpack(columns.album_of)[tracks]),
            skipped=columns.skipped + faults,
        )


def _is_of(part: Part, file: SliceFile) -> bool:
    known = part.slice
    crc32 = known.crc32 if file.crc32 is None else file.crc32
    return (known.name, known.size, known.mtime_ns, known.crc32) == (
        file.name,
        file.size,
        file.mtime_ns,
        crc32,
    )


def _pick(values: list[Any], rows: NDArray[Any]) -> list[Any]:
    return [values[i] for i in rows.tolist()]
