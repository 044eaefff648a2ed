"""Corpora on disk: Arrow and NumPy files in one folder each, mapped into memory when opened."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from harness.atomic import new_file, new_folder, sweep
from harness.errors import DataError
from harness.fingerprint import Fingerprint
from harness.home import data_home, only_one
from harness.identities import CorpusId
from harness.types import Catalog, Playlists, Ragged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import polars as pl

FORMAT = 1
"""Changes with the layout of the files; a corpus of another format must be made again."""

MANIFEST = "corpus.json"
_NAME = re.compile(r"\w[\w.-]{0,99}")
_FRAMES = ("info", "tracks", "artists", "albums")
_ARRAYS = ("indptr", "entries", "artist_of", "album_of", "duration_ms")
_AUDIO = "audio.arrow"
_HASHED_AT_ONCE = 100_000


class Manifest(msgspec.Struct, kw_only=True):
    """What `corpus.json` says of a corpus.

    Attributes:
        fingerprint: of the contents, whatever they were made from.
        source: what the corpus was made from; equal sources give equal corpora.
        notes: what a user may want to know of the making: what was left out, what was missing.
    """

    format: int
    fingerprint: str
    n_playlists: int
    n_entries: int
    n_tracks: int
    source: dict[str, Any]
    notes: dict[str, Any] = msgspec.field(default_factory=dict)


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
        try:
            frames = {name: _map_frame(self.folder / f"{name}.arrow") for name in _FRAMES}
            arrays = {name: np.load(self.folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
            audio = self.folder / _AUDIO
            playlists = _assemble(frames, arrays, _map_frame(audio) if audio.is_file() else None)
        except (OSError, EOFError, ValueError, DataError) as error:
            raise _damaged(self.name, self.folder, error) from error
        if len(playlists) != self.manifest.n_playlists:
            raise _damaged(self.name, self.folder, f"{len(playlists)} of {self.manifest.n_playlists} playlists")
        return playlists


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
    """The corpus of this name; None if there is none, or one that an older version made.

    Raises:
        DataError: its manifest is damaged.
    """
    folder = corpora_folder() / name
    if not _NAME.fullmatch(name) or not (folder / MANIFEST).is_file():
        return None
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except msgspec.DecodeError as error:
        raise _damaged(name, folder, error) from error
    return StoredCorpus(name, folder, manifest) if manifest.format == FORMAT else None


def open_corpus(name: str) -> StoredCorpus:
    """The corpus of this name.

    Raises:
        DataError: there is none, or it is damaged.
    """
    found = find_corpus(name)
    if found is None:
        from harness.registry import suggestion

        raise DataError(
            f"no corpus {name!r}{suggestion(name, corpora())}; `harness data list` names all, "
            "`harness data import SOURCE --name NAME` makes one"
        )
    return found


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
                _frame(playlists, frame_name).rechunk().write_ipc(partial / f"{frame_name}.arrow")
            for array_name in _ARRAYS:
                np.save(partial / f"{array_name}.npy", _array(playlists, array_name))
            if playlists.catalog.audio is not None:
                playlists.catalog.audio.rechunk().write_ipc(partial / _AUDIO)
            (partial / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    return StoredCorpus(name, folder, manifest)


def write_audio(corpus: StoredCorpus, audio: pl.DataFrame) -> StoredCorpus:
    """Keep audio features, as `Catalog.audio` has them, beside a corpus, in place of any that it had.

    Raises:
        DataError: the corpus was replaced since it was opened.
    """
    path = corpus.folder / _AUDIO
    with only_one(corpus.folder):
        if open_corpus(corpus.name).fingerprint != corpus.fingerprint:
            raise DataError(f"corpus {corpus.name!r} was replaced meanwhile: join the features again")
        sweep(path)
        with new_file(path) as partial:
            audio.rechunk().write_ipc(partial)
    return open_corpus(corpus.name)


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


def _assemble(frames: dict[str, pl.DataFrame], arrays: dict[str, np.ndarray], audio: pl.DataFrame | None) -> Playlists:
    catalog = Catalog(
        frames["tracks"],
        frames["artists"],
        frames["albums"],
        arrays["artist_of"],
        arrays["album_of"],
        arrays["duration_ms"],
        audio,
    )
    return Playlists(frames["info"], Ragged(arrays["indptr"], arrays["entries"]), catalog)


def _map_frame(path: Path) -> pl.DataFrame:
    # polars reads an Arrow file into memory of its own; pyarrow maps it, and polars takes that as it is.
    import polars as pl
    import pyarrow as pa

    with pa.memory_map(str(path)) as mapped:
        frame = pl.from_arrow(pa.ipc.open_file(mapped).read_all())
    assert isinstance(frame, pl.DataFrame)
    return frame


def _damaged(name: str, folder: Path, reason: object) -> DataError:
    return DataError(f"corpus {name!r} in {folder} is damaged ({reason}): delete that folder and make the corpus again")
