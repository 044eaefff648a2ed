"""Corpora on disk: one folder of Arrow and NumPy files each, memory-mapped when opened."""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from harness.atomic import check_writable, new_file, new_folder, sweep
from harness.data.layout import EXTRA_FILES, fingerprint, map_playlists, write_playlists
from harness.data.manifest import FORMAT, MANIFEST, Manifest, read_manifest
from harness.data.stored_files import FileRecord, check_file, map_frame, record_of, write_frame
from harness.errors import DataError
from harness.fingerprint import file_digest
from harness.home import data_home, only_one
from harness.identities import CorpusId
from harness.system_errors import is_of_system

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import polars as pl

    from harness.types import Playlists

_NAME = re.compile(r"\w[\w.-]{0,99}")


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
            playlists = self._mapped()
        self._note_times(files)
        return playlists

    @cached_property
    def track_table(self) -> pl.DataFrame | None:
        """What `data tracks` joined: texts, null where unknown, one row per track; None without.

        Columns `name`, `artist`, `album` and `preview` if known, then any further ones.

        Raises:
            DataError: the file is missing or damaged.
        """
        name = self.manifest.file_of("track_table")
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
            self._mapped()
        self._note_times(files)
        return sum(file.size for file in files.values())

    def _mapped(self) -> Playlists:
        manifest = self.manifest
        return map_playlists(
            self.folder, manifest.n_playlists, manifest.n_entries, manifest.n_tracks, manifest.file_of("audio")
        )

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
            if is_of_system(error):
                raise
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
        manifest = read_manifest((folder / MANIFEST).read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _damaged(name, folder, f"{MANIFEST}: {error}") from error
    if manifest is None:
        return None
    if manifest.digest != manifest.sealed().digest or not manifest.is_complete:
        raise _damaged(name, folder, f"{MANIFEST} was changed or is incomplete")
    return StoredCorpus(name, folder, manifest)


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
        check_writable(corpora_folder())
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
            write_playlists(playlists, partial)
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
    """Store a frame of one kind of `EXTRA_FILES`, replacing the earlier one."""
    with only_one(corpus.folder):
        manifest = open_corpus(corpus.name).manifest
        if manifest.fingerprint != corpus.fingerprint:
            raise DataError(f"corpus {corpus.name!r} was replaced meanwhile; run the same command again")
        path = _write_extra(kind, frame, corpus.folder)
        others = {name: file for name, file in manifest.files.items() if not EXTRA_FILES[kind].fullmatch(name)}
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


def _damaged(name: str, folder: Path, reason: object) -> DataError:
    return DataError(f"corpus {name!r} in {folder} is damaged ({reason}); delete that folder and make the corpus again")
