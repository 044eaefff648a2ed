"""A source -> a stored corpus; MPD slices several slices at once, resumed where an earlier import was stopped."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from isal import isal_zlib

from harness.data import store
from harness.data.mpd.columns import NAMED, Columns, unpack
from harness.data.mpd.files import SliceFile, find_slices
from harness.data.mpd.merging import Merge, SliceId
from harness.data.mpd.parsing import replaced_note
from harness.data.mpd.schema import NUMBERS
from harness.data.mpd.workers import Task, default_workers, read_all
from harness.data.sessions import import_sessions, is_sessions
from harness.data.track_ids import other_than_tracks_note
from harness.data.unpacking import refuse_special
from harness.errors import DataError, ParameterError
from harness.home import data_home, only_one
from harness.progress import step
from harness.types import Catalog, Playlists, Ragged

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from harness.data.mpd.parsing import Skipped
    from harness.data.texts import Texts

_MOST_LISTED = 1_000
"""Left-out playlists that a corpus names one by one; beyond that they are only counted."""


def import_corpus(
    source: Path, name: str, *, replace: bool = False, skip_bad: bool = False, n_workers: int | None = None
) -> store.StoredCorpus:
    """Import a folder or a zip of MPD slices; answer at once if this very source was imported under the name.

    A file whose ending tells of lists or of a table is imported by `sessions.import_sessions`.

    An import that was stopped goes on at the slice it had reached. Memory grows with the catalog, not with
    the number of slices.

    Args:
        source: a folder with `mpd.slice.*.json` at its root or in `data/`, or a zip of one.
        name: the corpus's name.
        replace: put it in the place of another corpus of that name.
        skip_bad: leave out what cannot be read, and list it, instead of refusing the source.
        n_workers: processes that parse; None for one a core.

    Raises:
        DataError: the first fault of the source, or the name is another corpus's.
        ParameterError: bad playlists of a table are to be left out.
    """
    refuse_special(source)
    if is_sessions(source):
        if skip_bad:
            raise ParameterError("--skip-bad leaves out playlists of MPD slices: mend the table instead")
        return import_sessions(source, name, replace=replace)
    store.check_name(name)
    files = find_slices(source)
    parts = parts_folder(name)
    with only_one(parts):
        existing = store.find_corpus(name)
        if existing is not None:
            change = _change(existing, files, skip_bad=skip_bad)
            if not change:
                _clear(name, parts)
                return existing
            if not replace:
                raise store.taken(existing, change)
        merge = Merge(parts, skip_bad=skip_bad)
        _read(files, merge, n_workers or default_workers())
        if not merge.n_playlists:
            shutil.rmtree(parts)
            raise DataError(f"source {source} holds no playlist; name a folder or a zip with MPD slices")
        playlists, notes = _joined(merge, parts / "entries.npy")
        made_from = {
            "kind": "mpd",
            "path": str(source.resolve()),
            "slices": msgspec.to_builtins(merge.slices),
        }
        corpus = store.write_corpus(playlists, name, made_from, notes=notes)
        _clear(name, parts)
        return corpus


def parts_folder(name: str) -> Path:
    """Where an import keeps what it has read until the corpus is whole."""
    return data_home() / "imports" / name


def unfinished_imports() -> dict[str, Path]:
    """The imports that were stopped and can be taken up again: name -> the folder of what they read."""
    folder = parts_folder("")
    return {path.name: path for path in sorted(folder.iterdir()) if any(path.glob("*.part"))} if folder.is_dir() else {}


def _clear(name: str, parts: Path) -> None:
    """Delete what this import, or one that was killed at its end, has no more use for."""
    if parts.is_dir():
        shutil.rmtree(parts)
    store.tidy(name)


def _change(corpus: store.StoredCorpus, files: list[SliceFile], *, skip_bad: bool) -> str:
    """In what the corpus differs from one of these slices, "" for nothing.

    A file with another time of change is read to tell.
    """
    if corpus.manifest.source.get("kind") != "mpd":
        return "made from something else"
    known = msgspec.convert(corpus.manifest.source["slices"], list[SliceId])
    if [each.name for each in known] != [file.name for file in files]:
        return "made from other slices"
    for slice_id, file in zip(known, files, strict=True):
        if not _is_same(slice_id, file):
            return f"made when slice {file.name} was another"
    if corpus.manifest.notes.get("skipped") and not skip_bad:
        return "made with --skip-bad, and something was left out"
    return ""


def _is_same(known: SliceId, file: SliceFile) -> bool:
    if (known.name, known.size) != (file.name, file.size):
        return False
    if file.crc32 is None and known.mtime_ns == file.mtime_ns:
        return True
    return known.crc32 == (isal_zlib.crc32(file.read()) if file.crc32 is None else file.crc32)


def _read(files: list[SliceFile], merge: Merge, n_workers: int) -> None:
    """Merge every slice that no earlier import left merged."""
    with step("slices", len(files)) as bar:
        n_done = merge.resume(files)
        bar.advance(n_done, f"{n_done} slices were there" if n_done else "")
        rest = files[n_done:]
        tasks = [Task(file, merge.skip_bad) for file in rest]
        for file, columns in zip(rest, read_all(tasks, min(n_workers, len(tasks) or 1)), strict=True):
            merge.add(file, columns)
            bar.advance(1, f"{merge.n_entries:,} entries")


def _joined(merge: Merge, entries_file: Path) -> tuple[Playlists, dict[str, Any]]:
    """The parts as one corpus, and what a user may want to know of them."""
    import polars as pl

    frames: dict[str, list[pl.DataFrame]] = {"info": [], "tracks": [], "artists": [], "albums": []}
    arrays: dict[str, list[np.ndarray]] = {"lengths": [], "artist_of": [], "album_of": [], "durations": []}
    skipped: list[str] = []
    n_skipped = n_without_pos = n_other = n_surrogates = 0
    # Written, not mapped: a disk that fills up under a map ends the process without a word.
    with step("corpus", len(merge.slices)) as bar, entries_file.open("wb") as file:
        header = {"descr": "<i4", "fortran_order": False, "shape": (merge.n_entries,)}
        np.lib.format.write_array_header_1_0(file, header)
        for columns in merge.parts():
            file.write(columns.entries)
            for name, frame in _frames(columns).items():
                frames[name].append(frame)
            for name, values in arrays.items():
                values.append(unpack(getattr(columns, name)))
            n_without_pos += columns.n_without_pos
            n_other += columns.n_other_than_tracks
            n_surrogates += columns.n_surrogates
            n_skipped += len(columns.skipped)
            skipped += [_line(each) for each in columns.skipped][: _MOST_LISTED - len(skipped)]
            bar.advance()
    joined = {name: pl.concat(parts) for name, parts in frames.items()}
    catalog = Catalog(
        joined["tracks"],
        joined["artists"],
        joined["albums"],
        artist_of=np.concatenate(arrays["artist_of"]),
        album_of=np.concatenate(arrays["album_of"]),
        duration_ms=np.concatenate(arrays["durations"]),
    )
    told = [name for name in joined["info"].columns if joined["info"][name].null_count() < joined["info"].height]
    info = joined["info"].select("pid", *(name for name in told if name != "pid"))
    notes = {
        "slices": len(merge.slices),
        "skipped": n_skipped,
        "skipped_list": skipped,
        "without_pos": n_without_pos,
        "told": [
            *([other_than_tracks_note(n_other)] if n_other else []),
            *([replaced_note(n_surrogates)] if n_surrogates else []),
        ],
    }
    entries = np.load(entries_file, mmap_mode="r")
    return Playlists(info, Ragged.from_lengths(np.concatenate(arrays["lengths"]), entries), catalog), notes


def _frames(columns: Columns) -> dict[str, pl.DataFrame]:
    import polars as pl

    schema = {"pid": pl.Int64, "name": pl.String, "description": pl.String, "collaborative": pl.Boolean}
    schema |= dict.fromkeys(NUMBERS, pl.Int64)
    return {
        "info": pl.DataFrame(columns.info, schema=schema),
        "tracks": _named(columns.uris, columns.names),
        "artists": _named(columns.artists, columns.artist_names),
        "albums": _named(columns.albums, columns.album_names),
    }


def _named(keys: Texts, names: Texts) -> pl.DataFrame:
    """URIs and names; an empty URI where the key is a name."""
    import polars as pl

    uri = pl.when(pl.col("uri").str.starts_with(NAMED)).then(pl.lit("")).otherwise("uri").alias("uri")
    return pl.DataFrame({"uri": keys.series(), "name": names.series()}).with_columns(uri)


def _line(skipped: Skipped) -> str:
    if skipped.pid is not None:
        return f"{skipped.slice}, playlist {skipped.pid}: {skipped.fault}"
    if skipped.index is not None:
        return f"{skipped.slice}, playlist at place {skipped.index}: {skipped.fault}"
    return f"{skipped.slice}: {skipped.fault}"
