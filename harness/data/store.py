"""Corpora on disk: one folder of Arrow and NumPy files each, memory-mapped when opened."""

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
"""Version of the file layout; a corpus of another format must be made again."""

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
"""Name of the audio features file; it contains the digest, so that a new file never overwrites the current one."""

_TRACK_TABLE = re.compile(r"track_table-[0-9a-f]{32}\.arrow")
_EXTRA = {"audio": _AUDIO, "track_table": _TRACK_TABLE}
"""Files that a corpus may have one each of, by the beginning of their names."""

_HASHED_AT_ONCE = 100_000


class _Versioned(msgspec.Struct):
    format: int


class Manifest(msgspec.Struct, kw_only=True):
    """Content of `corpus.json`.

    Attributes:
        format: version of the file layout.
        fingerprint: fingerprint of the contents, independent of the source.
        n_playlists, n_entries, n_tracks: size of the corpus.
        source: description of the source; equal sources give equal corpora.
        notes: notes for the user: skipped playlists, missing values.
        files: name -> state of each other file of the folder.
        digest: digest of all other fields except the files' modification times.
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
        """Return the manifest with its digest."""
        content = msgspec.json.decode(msgspec.json.encode(self))
        del content["digest"]
        for file in content["files"].values():
            del file["mtime_ns"]
        digest = str(Fingerprint().texts([json.dumps(content, sort_keys=True)]))
        return msgspec.structs.replace(self, digest=digest)

    def write(self, folder: Path) -> None:
        """Write `corpus.json` with its digest, replacing an existing one."""
        with new_file(folder / MANIFEST) as partial:
            partial.write_bytes(msgspec.json.format(msgspec.json.encode(self.sealed())) + b"\n")


@dataclass(frozen=True)
class StoredCorpus:
    """A corpus on disk, read on first use."""

    name: str
    folder: Path
    manifest: Manifest = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the contents: equal for equal playlists over equal catalogs."""
        return self.manifest.fingerprint

    @property
    def identity(self) -> CorpusId:
        """Name and fingerprint."""
        return CorpusId(self.name, self.fingerprint)

    def playlists(self) -> Playlists:
        """Return the playlists, memory-mapped; every call returns the same object.

        Raises:
            DataError: a file is missing or damaged.
        """
        return self._playlists

    @cached_property
    def _playlists(self) -> Playlists:
        with self._naming_damage():
            files = self._checked_files(always=False)
            playlists = _assemble(self.folder, self.manifest)
        self._note_times(files)
        return playlists

    @cached_property
    def track_table(self) -> pl.DataFrame | None:
        """What `data tracks` joined: texts, null where unknown, one row per track; None without.

        Columns `name`, `artist`, `album` and `preview` if known, then any further ones.

        Raises:
            DataError: the file is missing or damaged.
        """
        name = next((name for name in self.manifest.files if _TRACK_TABLE.fullmatch(name)), None)
        if name is None:
            return None
        with self._naming_damage():
            check_file(self.folder / name, self.manifest.files[name])
            table = map_frame(self.folder / name)
            if table.height != self.manifest.n_tracks or {str(dtype) for dtype in table.dtypes} != {"String"}:
                raise DataError(f"{name} does not have the columns that were written")
        return table

    def verify(self) -> int:
        """Compare every file of the corpus with its digest, even if its modification time is unchanged.

        Returns:
            Number of bytes compared.

        Raises:
            DataError: a file is missing or damaged; the message names the first one.
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
        """Record the modification times of moved or copied files, so that they are not verified again."""
        if files == self.manifest.files:
            return
        with suppress(OSError), only_one(self.folder):  # in a read-only folder the files are verified on every use
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
                raise DataError(f"corpus {self.name!r} was replaced meanwhile; run the same command again") from error
            raise _damaged(self.name, self.folder, error) from error


def corpora_folder() -> Path:
    """Folder that holds one folder per corpus."""
    return data_home() / "corpora"


def corpora() -> list[str]:
    """Names of all stored corpora, sorted."""
    folder = corpora_folder()
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if _NAME.fullmatch(path.name) and (path / MANIFEST).is_file())


def find_corpus(name: str) -> StoredCorpus | None:
    """Return the corpus of this name; None if it does not exist or has another format.

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
        raise _damaged(name, folder, f"{MANIFEST} was changed or is incomplete")
    return StoredCorpus(name, folder, manifest)


def _is_complete(manifest: Manifest) -> bool:
    required = {*(f"{name}.arrow" for name in _FRAMES), *(f"{name}.npy" for name in _ARRAYS)}
    extra = manifest.files.keys() - required
    kinds = [kind for name in extra for kind, pattern in _EXTRA.items() if pattern.fullmatch(name)]
    return required <= manifest.files.keys() and len(kinds) == len(extra) == len(set(kinds))


def open_corpus(name: str) -> StoredCorpus:
    """Open the corpus of this name.

    Raises:
        DataError: it does not exist, has another format, or is damaged.
    """
    corpus = find_corpus(name)
    if corpus is not None:
        return corpus
    folder = corpora_folder() / name
    if _NAME.fullmatch(name) and (folder / MANIFEST).is_file():
        raise DataError(
            f"corpus {name!r} in {folder} is damaged or was written by another version (its format is not {FORMAT}); "
            "make it again with --replace"
        )
    from harness.plugin_parameters import suggestion

    raise DataError(
        f"no corpus {name!r}{suggestion(name, corpora())}; `harness data list` lists all, "
        "`harness data import SOURCE --name NAME` creates one"
    )


def check_name(name: str) -> None:
    """Check that a name can be a folder name; raises DataError."""
    if not _NAME.fullmatch(name):
        raise DataError(
            f"corpus name {name!r}: use at most 100 letters, digits, '-', '_' and '.', beginning with a letter or digit"
        )


def make_once(
    name: str, source: dict[str, Any], make: Callable[[], tuple[Playlists, dict[str, Any]]], *, replace: bool = False
) -> StoredCorpus:
    """Return the corpus of this name if it was made from the same source; otherwise make and store it.

    Args:
        name: see `write_corpus`.
        source: see `write_corpus`.
        make: returns the playlists and the notes.
        replace: replace another corpus of that name.

    Raises:
        DataError: the name is malformed, another corpus has it, or `make` fails.
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
    """Store a corpus under a name, replacing any existing one; the change is atomic.

    Args:
        playlists: the corpus.
        name: at most 100 letters, digits, '-', '_' and '.'.
        source: JSON description of its source; `make_once` compares it.
        notes: notes for the user, such as skipped playlists.
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
                _write_extra("audio", playlists.catalog.audio, partial)
            manifest.files = {path.name: record_of(path) for path in sorted(partial.iterdir())}
            manifest.write(partial)
    return open_corpus(name)


def write_audio(corpus: StoredCorpus, audio: pl.DataFrame) -> StoredCorpus:
    """Store audio features, laid out as `Catalog.audio`, with a corpus, replacing any earlier ones.

    Raises:
        DataError: the corpus was replaced since it was opened.
    """
    return _with_extra(corpus, "audio", audio)


def write_track_table(corpus: StoredCorpus, table: pl.DataFrame) -> StoredCorpus:
    """Store a table of texts about the tracks, one row per track, with a corpus, replacing any earlier one.

    Raises:
        DataError: the corpus was replaced since it was opened.
    """
    return _with_extra(corpus, "track_table", table)


def _with_extra(corpus: StoredCorpus, kind: str, frame: pl.DataFrame) -> StoredCorpus:
    """Store a frame of one kind of `_EXTRA`, replacing the earlier one."""
    with only_one(corpus.folder):
        manifest = open_corpus(corpus.name).manifest
        if manifest.fingerprint != corpus.fingerprint:
            raise DataError(f"corpus {corpus.name!r} was replaced meanwhile; run the same command again")
        path = _write_extra(kind, frame, corpus.folder)
        others = {name: file for name, file in manifest.files.items() if not _EXTRA[kind].fullmatch(name)}
        msgspec.structs.replace(manifest, files=others | {path.name: record_of(path)}).write(corpus.folder)
        for file in corpus.folder.iterdir():
            if file.name not in (*others, path.name, MANIFEST):
                file.unlink(missing_ok=True)
    return open_corpus(corpus.name)


def _write_extra(kind: str, frame: pl.DataFrame, folder: Path) -> Path:
    plain = folder / f"{kind}.arrow"
    with new_file(plain) as partial:
        write_frame(frame, partial)
    return plain.replace(folder / f"{kind}-{file_digest(plain)}.arrow")


def tidy(name: str) -> None:
    """Delete partial files of a corpus that a killed process left."""
    folder = corpora_folder() / name
    with only_one(folder):
        sweep(folder)


def taken(existing: StoredCorpus, change: str = "made from something else") -> DataError:
    """Error for a name that another corpus has."""
    return DataError(
        f"corpus {existing.name!r} is there already, {change}: choose another --name, or replace it with --replace"
    )


def fingerprint(playlists: Playlists) -> str:
    """Fingerprint of playlists and catalog without audio features; depends on order, but not on the machine."""
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
    """Fingerprint of a catalog's audio features, "" if it has none; separate, because few models use them."""
    if catalog.audio is None:
        return ""
    digest = Fingerprint().texts(catalog.audio.columns)
    for column in catalog.audio.iter_columns():
        digest.array(column.to_numpy())
    return str(digest)


def _add_texts(digest: Fingerprint, column: pl.Series) -> None:
    """Add a column as texts in Python's notation; texts and whole numbers are added without Python objects."""
    import polars as pl

    if column.dtype != pl.String and not column.dtype.is_integer():
        digest.texts(None if value is None else str(value) for value in column.to_list())
        return
    texts = column.cast(pl.String)
    lengths = texts.str.len_chars().cast(pl.Int64).fill_null(-1).to_numpy()
    digest.joined(lengths, _joined_bytes(texts.drop_nulls()))


def _joined_bytes(texts: pl.Series) -> memoryview:
    """UTF-8 bytes of the texts, stored contiguously as in Arrow."""
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
    if name == "indptr":
        return playlists.tracks.indptr
    array: np.ndarray = playlists.tracks.values if name == "entries" else getattr(playlists.catalog, name)
    return array


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
            raise DataError(f"{name}.arrow does not have the columns that were written")


def _damaged(name: str, folder: Path, reason: object) -> DataError:
    return DataError(f"corpus {name!r} in {folder} is damaged ({reason}); delete that folder and make the corpus again")
