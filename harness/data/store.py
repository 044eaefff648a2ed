"""Corpora on disk: Arrow and NumPy files in one folder each, mapped into memory when opened."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from harness.atomic import new_file, new_folder, sweep
from harness.data.stored_files import (
    FileRecord,
    check_file,
    map_array,
    map_frame,
    record_of,
    write_array,
    write_frame,
)
from harness.errors import DataError
from harness.fingerprint import Fingerprint, file_digest
from harness.home import data_home, only_one
from harness.identities import CorpusId
from harness.types import Catalog, Playlists, Ragged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import polars as pl

FORMAT = 2
"""Changes with the layout of the files; a corpus of another format must be made again."""

MANIFEST = "corpus.json"
_NAME = re.compile(r"\w[\w.-]{0,99}")
_FRAMES = ("info", "tracks", "artists", "albums")
_ARRAYS: dict[str, type[np.int32 | np.int64]] = {
    "indptr": np.int64,
    "entries": np.int32,
    "artist_of": np.int32,
    "album_of": np.int32,
    "duration_ms": np.int32,
}
_NAMED_COLUMNS = {"uri": "String", "name": "String"}
_INFO_COLUMNS = {"pid": "Int64", "name": "String"}
_AUDIO = re.compile(r"audio-[0-9a-f]{32}\.arrow")
"""Name of the file of audio features: with its digest, so that a new file never takes the place of the present one."""
_HASHED_AT_ONCE = 100_000


class _Versioned(msgspec.Struct):
    format: int


class Manifest(msgspec.Struct, kw_only=True):
    """Content of `corpus.json`.

    Attributes:
        fingerprint: of the contents, whatever they were made from.
        source: what the corpus was made from; equal sources give equal corpora.
        notes: what a user may want to know of the making: what was left out, what was missing.
        files: name -> state of every other file of the folder.
        digest: of all the above but the files' times of change.
    """

    format: int
    fingerprint: str
    n_playlists: int
    n_entries: int
    n_tracks: int
    source: dict[str, Any]
    notes: dict[str, Any] = msgspec.field(default_factory=dict)
    files: dict[str, FileRecord] = msgspec.field(default_factory=dict)
    digest: str = ""

    def sealed(self) -> Manifest:
        """The manifest with its digest."""
        content = msgspec.json.decode(msgspec.json.encode(self))
        del content["digest"]
        for file in content["files"].values():
            del file["mtime_ns"]
        digest = str(Fingerprint().texts([json.dumps(content, sort_keys=True)]))
        return msgspec.structs.replace(self, digest=digest)

    def write(self, folder: Path) -> None:
        """Write `corpus.json`, sealed, in place of any that is there."""
        with new_file(folder / MANIFEST) as partial:
            partial.write_bytes(msgspec.json.format(msgspec.json.encode(self.sealed())) + b"\n")


@dataclass(frozen=True)
class StoredCorpus:
    """A corpus on disk; nothing of it is read until it is asked for."""

    name: str
    folder: Path
    manifest: Manifest = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Of the contents: equal for equal playlists over equal catalogs."""
        return self.manifest.fingerprint

    @property
    def identity(self) -> CorpusId:
        """Name and fingerprint."""
        return CorpusId(self.name, self.fingerprint)

    def playlists(self) -> Playlists:
        """The corpus, its arrays mapped and not copied; the same object each time.

        Raises:
            DataError: a file is gone or damaged.
        """
        return self._playlists

    @cached_property
    def _playlists(self) -> Playlists:
        with self._naming_damage():
            files = self._checked_files(always=False)
            playlists = _assemble(self.folder, self.manifest)
        self._note_times(files)
        return playlists

    def verify(self) -> int:
        """Compare every file of the corpus with its digest, whatever its time of change.

        Returns:
            The number of bytes compared.

        Raises:
            DataError: a file is missing or damaged; the error names the first.
        """
        with self._naming_damage():
            files = self._checked_files(always=True)
            _assemble(self.folder, self.manifest)
        self._note_times(files)
        return sum(file.size for file in files.values())

    def _checked_files(self, *, always: bool) -> dict[str, FileRecord]:
        return {
            name: check_file(self.folder / name, known, always=always) for name, known in self.manifest.files.items()
        }

    def _note_times(self, files: dict[str, FileRecord]) -> None:
        """Keep the times of change of files that were moved or copied, so that they are not read again to check."""
        if files == self.manifest.files:
            return
        with suppress(OSError), only_one(self.folder):  # a read-only folder: the files are read each time
            present = find_corpus(self.name)
            if present is not None and present.manifest.digest == self.manifest.digest:
                msgspec.structs.replace(self.manifest, files=files).write(self.folder)

    @contextmanager
    def _naming_damage(self) -> Iterator[None]:
        try:
            yield
        except (OSError, DataError) as error:
            present = find_corpus(self.name)
            if present is not None and present.manifest.digest != self.manifest.digest:
                raise DataError(f"corpus {self.name!r} was replaced meanwhile: run the same command again") from error
            raise _damaged(self.name, self.folder, error) from error


def corpora_folder() -> Path:
    """Where corpora are kept, a folder each."""
    return data_home() / "corpora"


def corpora() -> list[str]:
    """The names of all stored corpora, sorted."""
    folder = corpora_folder()
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if _NAME.fullmatch(path.name) and (path / MANIFEST).is_file())


def find_corpus(name: str) -> StoredCorpus | None:
    """The corpus of this name; None if there is none, or one of another format.

    Raises:
        DataError: its manifest is damaged.
    """
    folder = corpora_folder() / name
    if not _NAME.fullmatch(name) or not (folder / MANIFEST).is_file():
        return None
    try:
        content = (folder / MANIFEST).read_bytes()
        if msgspec.json.decode(content, type=_Versioned).format != FORMAT:
            return None
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _damaged(name, folder, f"{MANIFEST}: {error}") from error
    if manifest.digest != manifest.sealed().digest or not _is_complete(manifest):
        raise _damaged(name, folder, f"{MANIFEST} does not hold what was written")
    return StoredCorpus(name, folder, manifest)


def _is_complete(manifest: Manifest) -> bool:
    needed = {*(f"{name}.arrow" for name in _FRAMES), *(f"{name}.npy" for name in _ARRAYS)}
    more = manifest.files.keys() - needed
    return needed <= manifest.files.keys() and len(more) <= 1 and all(_AUDIO.fullmatch(name) for name in more)


def open_corpus(name: str) -> StoredCorpus:
    """The corpus of this name.

    Raises:
        DataError: there is none, it is of another format, or it is damaged.
    """
    found = find_corpus(name)
    if found is not None:
        return found
    folder = corpora_folder() / name
    if _NAME.fullmatch(name) and (folder / MANIFEST).is_file():
        raise DataError(
            f"corpus {name!r} in {folder} is damaged or was written by another version (its format is not {FORMAT}): "
            "make it again with --replace"
        )
    from harness.plugin_parameters import suggestion

    raise DataError(
        f"no corpus {name!r}{suggestion(name, corpora())}; `harness data list` names all, "
        "`harness data import SOURCE --name NAME` makes one"
    )


def check_name(name: str) -> None:
    """Refuse a name that cannot be a folder's; raises DataError."""
    if not _NAME.fullmatch(name):
        raise DataError(
            f"corpus name {name!r}: use letters, digits, '-', '_' and '.', a hundred at most, "
            "and begin with a letter or digit"
        )


def make_once(
    name: str, source: dict[str, Any], make: Callable[[], tuple[Playlists, dict[str, Any]]], *, replace: bool = False
) -> StoredCorpus:
    """The corpus of this name if it was made from this very source; else make and keep it.

    Args:
        name: see `write_corpus`.
        source: see `write_corpus`.
        make: gives the playlists and the notes.
        replace: put it in the place of another corpus of that name.

    Raises:
        DataError: the name is malformed or another corpus's, or `make` fails.
    """
    check_name(name)
    with only_one(corpora_folder() / f"{name} in the making"):
        existing = find_corpus(name)
        if existing is not None and existing.manifest.source == source:
            tidy(name)
            return existing
        if existing is not None and not replace:
            raise taken(existing)
        playlists, notes = make()
        return write_corpus(playlists, name, source, notes=notes)


def write_corpus(
    playlists: Playlists, name: str, source: dict[str, Any], *, notes: dict[str, Any] | None = None
) -> StoredCorpus:
    """Keep a corpus under a name, in place of any that had it; it appears whole or not at all.

    Args:
        playlists: the corpus.
        name: letters, digits, '-', '_' and '.'.
        source: what it was made from, as JSON; compared when the same is asked for again.
        notes: what a user may want to know of the making.
    """
    check_name(name)
    folder = corpora_folder() / name
    manifest = Manifest(
        format=FORMAT,
        fingerprint=fingerprint(playlists),
        n_playlists=len(playlists),
        n_entries=len(playlists.tracks.values),
        n_tracks=playlists.catalog.n_tracks,
        source=source,
        notes=notes or {},
    )
    with only_one(folder):
        sweep(folder)
        with new_folder(folder) as partial:
            for frame_name in _FRAMES:
                write_frame(_frame(playlists, frame_name), partial / f"{frame_name}.arrow")
            for array_name in _ARRAYS:
                write_array(_array(playlists, array_name), partial / f"{array_name}.npy")
            if playlists.catalog.audio is not None:
                _write_audio(playlists.catalog.audio, partial)
            manifest.files = {path.name: record_of(path) for path in sorted(partial.iterdir())}
            manifest.write(partial)
    return open_corpus(name)


def write_audio(corpus: StoredCorpus, audio: pl.DataFrame) -> StoredCorpus:
    """Keep audio features, as `Catalog.audio` has them, beside a corpus, in place of any that it had.

    Raises:
        DataError: the corpus was replaced since it was opened.
    """
    with only_one(corpus.folder):
        manifest = open_corpus(corpus.name).manifest
        if manifest.fingerprint != corpus.fingerprint:
            raise DataError(f"corpus {corpus.name!r} was replaced meanwhile: join the features again")
        path = _write_audio(audio, corpus.folder)
        others = {name: file for name, file in manifest.files.items() if not _AUDIO.fullmatch(name)}
        msgspec.structs.replace(manifest, files=others | {path.name: record_of(path)}).write(corpus.folder)
        for file in corpus.folder.iterdir():
            if file.name not in (*others, path.name, MANIFEST):
                file.unlink(missing_ok=True)
    return open_corpus(corpus.name)


def _write_audio(audio: pl.DataFrame, folder: Path) -> Path:
    plain = folder / "audio.arrow"
    with new_file(plain) as partial:
        write_frame(audio, partial)
    return plain.replace(folder / f"audio-{file_digest(plain)}.arrow")


def tidy(name: str) -> None:
    """Delete what a process that was killed left half-written of a corpus."""
    folder = corpora_folder() / name
    with only_one(folder):
        sweep(folder)


def taken(existing: StoredCorpus, change: str = "made from something else") -> DataError:
    """The error of a name that another corpus has."""
    return DataError(
        f"corpus {existing.name!r} is there already, {change}: "
        "take another --name, or put the new one in its place with --replace"
    )


def fingerprint(playlists: Playlists) -> str:
    """Of playlists and catalog without audio features, order included: the same on every machine."""
    digest = Fingerprint()
    for name in _FRAMES:
        frame = _frame(playlists, name)
        digest.texts(frame.columns)
        for column in frame.iter_columns():
            for start in range(0, len(column), _HASHED_AT_ONCE):
                _add_texts(digest, column[start : start + _HASHED_AT_ONCE])
    for name in _ARRAYS:
        digest.array(_array(playlists, name))
    return str(digest)


def audio_fingerprint(catalog: Catalog) -> str:
    """Of a catalog's audio features, "" where there are none: apart, since few models use them."""
    if catalog.audio is None:
        return ""
    digest = Fingerprint().texts(catalog.audio.columns)
    for column in catalog.audio.iter_columns():
        digest.array(column.to_numpy())
    return str(digest)


def _add_texts(digest: Fingerprint, column: pl.Series) -> None:
    """Add a column as texts, the way Python writes its values; texts and whole numbers without an object each."""
    import polars as pl

    if column.dtype != pl.String and not column.dtype.is_integer():
        digest.texts(None if value is None else str(value) for value in column.to_list())
        return
    texts = column.cast(pl.String)
    lengths = texts.str.len_chars().cast(pl.Int64).fill_null(-1).to_numpy()
    digest.joined(lengths, _joined_bytes(texts.drop_nulls()))


def _joined_bytes(texts: pl.Series) -> memoryview:
    """The UTF-8 of texts, one behind the other, as Arrow holds it."""
    import polars as pl

    array = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, bounds, data = array.buffers()
    if not len(array) or data is None:
        return memoryview(b"")
    ends = np.frombuffer(bounds, np.int64)[array.offset : array.offset + len(array) + 1]
    return memoryview(data)[ends[0] : ends[-1]]


def _frame(playlists: Playlists, name: str) -> pl.DataFrame:
    frame: pl.DataFrame = playlists.info if name == "info" else getattr(playlists.catalog, name)
    return frame


def _array(playlists: Playlists, name: str) -> np.ndarray:
    of_rows: dict[str, np.ndarray] = {"indptr": playlists.tracks.indptr, "entries": playlists.tracks.values}
    if name not in of_rows:
        of_rows[name] = getattr(playlists.catalog, name)
    return of_rows[name]


def _assemble(folder: Path, manifest: Manifest) -> Playlists:
    frames = {name: map_frame(folder / f"{name}.arrow") for name in _FRAMES}
    _check_columns(frames)
    n_tracks = manifest.n_tracks
    lengths = {"indptr": manifest.n_playlists + 1, "entries": manifest.n_entries}
    arrays = {
        name: map_array(folder / f"{name}.npy", dtype, lengths.get(name, n_tracks)) for name, dtype in _ARRAYS.items()
    }
    audio = next((name for name in manifest.files if _AUDIO.fullmatch(name)), None)
    catalog = Catalog(
        frames["tracks"],
        frames["artists"],
        frames["albums"],
        arrays["artist_of"],
        arrays["album_of"],
        arrays["duration_ms"],
        map_frame(folder / audio) if audio else None,
    )
    return Playlists(frames["info"], Ragged(arrays["indptr"], arrays["entries"]), catalog)


def _check_columns(frames: dict[str, pl.DataFrame]) -> None:
    for name, frame in frames.items():
        schema = {column: str(dtype) for column, dtype in frame.schema.items()}
        if name == "info":
            schema = {column: dtype for column, dtype in schema.items() if column in _INFO_COLUMNS}
        if schema != (_INFO_COLUMNS if name == "info" else _NAMED_COLUMNS):
            raise DataError(f"{name}.arrow has other columns than were written")


def _damaged(name: str, folder: Path, reason: object) -> DataError:
    return DataError(f"corpus {name!r} in {folder} is damaged ({reason}): delete that folder and make the corpus again")
