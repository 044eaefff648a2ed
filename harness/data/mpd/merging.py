"""Slices merged one after the other into one numbering, each kept as a part on disk until the corpus is whole.

A part is written and renamed before the next one begins, and names the slice that it was made of:
an import that was stopped, however hard, goes on after the last whole part.
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

PART_FORMAT = 2


class SliceId(msgspec.Struct, frozen=True):
    """By what a slice is known again: `mtime_ns` is 0 and tells nothing where it comes from a zip."""

    name: str
    size: int
    mtime_ns: int
    crc32: int


class Part(msgspec.Struct):
    """A merged slice: `Columns` with ids of the corpus, and only the tracks, artists and albums new with it."""

    format: int
    slice: SliceId
    columns: Columns


_parts = msgspec.msgpack.Decoder(Part)


class Merge:
    """The numbering of a corpus under way, and the folder of its parts."""

    def __init__(self, folder: Path, *, skip_bad: bool) -> None:
        """Begin in `folder`, which is made when the first part is written."""
        self.folder = folder
        self.skip_bad = skip_bad
        self.slices: list[SliceId] = []
        self.n_entries = 0
        self._tracks, self._artists, self._albums = Numbering(), Numbering(), Numbering()
        self._slice_of_pid: dict[int, int] = {}

    @property
    def n_playlists(self) -> int:
        """Playlists merged so far."""
        return len(self._slice_of_pid)

    def resume(self, files: list[SliceFile]) -> int:
        """Take up the parts that an earlier import left, as far as they tell of the same slices.

        Parts behind the first that does not are deleted: their ids belong to another numbering.

        Returns:
            How many of `files`, from the first, are done.
        """
        for file in files:
            part = self._read(len(self.slices))
            if part is None or not _is_of(part, file) or (part.columns.skipped and not self.skip_bad):
                break
            self._count(part)
        # The lowest number first: if this is stopped too, the gap still ends the next resume.
        kept = {self._path(number) for number in range(len(self.slices))}
        for left in sorted(set(self.folder.glob("*.part")) - kept):
            left.unlink()
        return len(self.slices)

    def add(self, file: SliceFile, columns: Columns) -> None:
        """Merge the next slice; raises DataError if one of its playlists stood in an earlier slice."""
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
            ),
        )
        with new_file(self._path(len(self.slices))) as partial:
            partial.write_bytes(msgspec.msgpack.encode(part))
        self._note(part)

    def parts(self) -> Iterator[Columns]:
        """All merged slices, in order, read from disk."""
        for number in range(len(self.slices)):
            part = self._read(number)
            if part is None:
                raise DataError(
                    f"the import in {self.folder} was changed from outside; delete that folder and start again"
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
        twice = [pid in self._slice_of_pid for pid in pids]
        faults = [
            Skipped(
                f"slice {file.name}",
                index,
                pid,
                f"a playlist of slice {self.slices[self._slice_of_pid[pid]].name} has the same pid",
            )
            for index, pid in enumerate(pids)
            if twice[index]
        ]
        if not self.skip_bad:
            raise DataError(f"{faults[0].slice}, playlist {faults[0].pid}: {faults[0].fault}; {REMEDY}")
        keep = ~np.array(twice)
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


def _pick(values: list[Any], places: NDArray[Any]) -> list[Any]:
    return [values[i] for i in places.tolist()]
