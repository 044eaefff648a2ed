"""Import of MPD slices into a stored corpus: read in parallel, merged in order, resumed after an interruption."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from isal import isal_zlib

from harness.data import store
from harness.data.encodings import replaced_note
from harness.data.mpd.columns import NAMED, Columns, unpack
from harness.data.mpd.files import SliceFile, find_slices, has_slices, unread_files
from harness.data.mpd.merging import Merge, SliceId
from harness.data.mpd.schema import NUMBERS
from harness.data.mpd.workers import Task, columns_in_order, default_workers
from harness.data.readers import reader
from harness.data.track_ids import other_than_tracks_note
from harness.errors import DataError
from harness.home import data_home, only_one
from harness.kit.progress import step
from harness.ragged import Ragged
from harness.types import Catalog, Playlists

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from harness.data.mpd.parsing import Skipped
    from harness.data.texts import Texts

_MOST_LISTED = 1_000
"""Skipped playlists that the notes of a corpus list; further ones are only counted."""


@reader("mpd", layout="mpd.slice.*.json in a folder or zip")
class MpdReader:
    """Slices of the Million Playlist Dataset, read in parallel; an interrupted import resumes."""

    def recognises(self, source: Path) -> bool:
        """Whether a folder or a zip has slices; a damaged zip is recognised, so that its damage is named."""
        return has_slices(source)

    def import_corpus(
        self, source: Path, name: str, *, replace: bool, skip_bad: bool, n_workers: int | None
    ) -> store.StoredCorpus:
        """Import slices; an interrupted import resumes after the last merged slice.

        Memory grows with the catalog, not with the number of slices.

        Raises:
            DataError: the source has a fault (the first is named), or another corpus has the name.
        """
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
                raise DataError(f"source {source} holds no playlist; pass a folder or a zip with MPD slices")
            playlists, notes = _joined(merge, parts / "entries.npy")
            notes["remarks"] += unread_files(source)
            made_from = {
                "kind": "mpd",
                "path": str(source.resolve()),
                "slices": msgspec.to_builtins(merge.slices),
            }
            corpus = store.write_corpus(playlists, name, made_from, notes=notes)
            _clear(name, parts)
            return corpus


def parts_folder(name: str) -> Path:
    """Folder of an import's checkpoints, deleted when the corpus is complete."""
    return data_home() / "imports" / name


def unfinished_imports() -> dict[str, Path]:
    """The interrupted imports that can resume: name -> folder of their checkpoints."""
    folder = parts_folder("")
    return {path.name: path for path in sorted(folder.iterdir()) if any(path.glob("*.part"))} if folder.is_dir() else {}


def _clear(name: str, parts: Path) -> None:
    """Delete the checkpoints of a completed import and the remains of a killed one."""
    if parts.is_dir():
        shutil.rmtree(parts)
    store.tidy(name)


def _change(corpus: store.StoredCorpus, files: list[SliceFile], *, skip_bad: bool) -> str:
    """How the corpus differs from one made from these slices; "" if it does not.

    Files whose modification time changed are read and compared.
    """
    if corpus.manifest.source.get("kind") != "mpd":
        return "made from something else"
    known = msgspec.convert(corpus.manifest.source["slices"], list[SliceId])
    if [slice_id.name for slice_id in known] != [file.name for file in files]:
        return "made from other slices"
    for slice_id, file in zip(known, files, strict=True):
        if not _is_same(slice_id, file):
            return f"made from another version of slice {file.name}"
    if corpus.manifest.notes.get("skipped") and not skip_bad:
        return "made with --skip-bad, which skipped playlists"
    return ""


def _is_same(known: SliceId, file: SliceFile) -> bool:
    if (known.name, known.size) != (file.name, file.size):
        return False
    if file.crc32 is None and known.mtime_ns == file.mtime_ns:
        return True
    return known.crc32 == (isal_zlib.crc32(file.read()) if file.crc32 is None else file.crc32)


def _read(files: list[SliceFile], merge: Merge, n_workers: int) -> None:
    """Merge all slices that have no checkpoint yet."""
    with step("slices", len(files)) as bar:
        n_done = merge.resume(files)
        bar.advance(n_done, f"{n_done} slices from checkpoints" if n_done else "")
        remaining = files[n_done:]
        tasks = [Task(file, merge.skip_bad) for file in remaining]
        for file, columns in zip(remaining, columns_in_order(tasks, merge.folder, n_workers), strict=True):
            merge.add(file, columns)
            bar.advance(1, f"{merge.n_entries:,} entries")


def _joined(merge: Merge, entries_file: Path) -> tuple[Playlists, dict[str, Any]]:
    """Join the merged slices into one corpus, with notes for the user."""
    import polars as pl

    frames: dict[str, list[pl.DataFrame]] = {"info": [], "tracks": [], "artists": [], "albums": []}
    arrays: dict[str, list[np.ndarray]] = {"lengths": [], "artist_of": [], "album_of": [], "durations": []}
    skipped: list[str] = []
    n_skipped = n_without_pos = n_other = n_surrogates = 0
    # Written, not memory-mapped: a full disk under a mapping kills the process with SIGBUS.
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
            skipped += [_line(fault) for fault in columns.skipped][: _MOST_LISTED - len(skipped)]
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
    present = [name for name in joined["info"].columns if joined["info"][name].null_count() < joined["info"].height]
    info = joined["info"].select("pid", *(name for name in present if name != "pid"))
    notes = {
        "slices": len(merge.slices),
        "skipped": n_skipped,
        "skipped_list": skipped,
        "without_pos": n_without_pos,
        "remarks": [
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
    """Frame of URIs and names; the URI is empty if the key is a name."""
    import polars as pl

    uri = pl.when(pl.col("uri").str.starts_with(NAMED)).then(pl.lit("")).otherwise("uri").alias("uri")
    return pl.DataFrame({"uri": keys.series(), "name": names.series()}).with_columns(uri)


def _line(skipped: Skipped) -> str:
    if skipped.pid is not None:
        return f"{skipped.slice}, playlist {skipped.pid}: {skipped.fault}"
    if skipped.index is not None:
        return f"{skipped.slice}, playlist at index {skipped.index}: {skipped.fault}"
    return f"{skipped.slice}: {skipped.fault}"
