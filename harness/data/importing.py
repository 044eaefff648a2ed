"""Import of a source into a stored corpus by the reader that recognises it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from harness import plugins
from harness.data import store
from harness.data.entries import playlists_of
from harness.data.readers import ImportsItself, reader_named, reader_of, reader_traits
from harness.data.unpacking import refuse_special
from harness.errors import DataError, ParameterError, PluginError
from harness.fingerprint import Fingerprint, file_digest
from harness.plugin_errors import plugin_errors

if TYPE_CHECKING:
    from pathlib import Path

    from harness.data.readers import ReaderPlugin
    from harness.types import Playlists


def import_corpus(
    source: Path,
    name: str,
    *,
    replace: bool = False,
    skip_bad: bool = False,
    n_workers: int | None = None,
    reader: str | None = None,
) -> store.StoredCorpus:
    """Import a source; return at once if the same source was already imported under the name.

    Args:
        source: a file or folder in the layout of a reader, e.g. a folder or a zip of MPD slices.
        name: name of the corpus.
        replace: replace another corpus of that name.
        skip_bad: skip and list playlists that cannot be read, instead of refusing the source; MPD slices only.
        n_workers: processes that parse; None for one per core.
        reader: name of the reader; the one that recognises the source if None.

    Raises:
        DataError: the source has a fault (the first is named) or no known layout, or another corpus has the name.
        ParameterError: `skip_bad` was set for another layout.
        RegistryError: there is no such reader.
    """
    refuse_special(source)
    if reader is None and not source.exists():
        raise DataError(
            f"source {source} does not exist; name a folder or a zip of MPD slices, or a table of playlists"
        )
    plugin = reader_of(source) if reader is None else reader_named(reader)
    if isinstance(plugin, ImportsItself):
        return plugin.import_corpus(source, name, replace=replace, skip_bad=skip_bad, n_workers=n_workers)
    if skip_bad:
        raise ParameterError("bad playlists can be skipped in MPD slices only: correct this source instead")
    made_from = {"kind": reader_traits(plugin).name, "file": source.name, "digest": _digest(source)}
    return store.make_once(name, made_from, lambda: read_playlists(plugin, source), replace=replace)


def read_playlists(plugin: ReaderPlugin, source: Path) -> tuple[Playlists, dict[str, Any]]:
    """Read a source with a reader: its playlists, in order of first appearance, and notes for the user.

    Raises:
        DataError: the source has a fault.
        PluginError: the reader raised another exception, or its entries or notes are not as `ReaderPlugin.read` says.
    """
    label = f"reader {reader_traits(plugin).name!r}"
    with plugin_errors(label, plugins.sources(type(plugin)), expected=(DataError,)):
        returned: Any = plugin.read(source)
    match returned:
        case (entries, dict() as notes):
            _check_notes(notes, label)
            playlists, remarks = playlists_of(source, entries, label)
            return playlists, notes | {"remarks": [*notes.get("remarks", []), *remarks]} if remarks else notes
    raise PluginError(f"{label}: `read` returned {_kind(returned)}: return (entries, notes), a DataFrame and a dict")


def _check_notes(notes: dict[str, Any], label: str) -> None:
    """Refuse notes that the manifest cannot store, or whose remarks are no list of lines."""
    try:
        msgspec.json.encode(notes)
    except (TypeError, ValueError, RecursionError) as error:
        raise PluginError(
            f"{label}: the notes of (entries, notes) that `read` returns cannot be stored: give texts, numbers, lists "
            f"and dicts ({error})"
        ) from error
    remarks = notes.get("remarks", [])
    if not isinstance(remarks, list) or not all(isinstance(line, str) for line in remarks):
        raise PluginError(f"{label}: notes['remarks'] of (entries, notes) that `read` returns is no list of texts")


def _kind(returned: object) -> str:
    if isinstance(returned, tuple):
        return f"({', '.join(type(part).__name__ for part in returned)})"
    return type(returned).__name__


def _digest(source: Path) -> str:
    """Digest of a file, or of all files of a folder with their paths."""
    files = [path for path in sorted(source.rglob("*")) if path.is_file()] if source.is_dir() else [source]
    digest = Fingerprint()
    for path in files:
        digest.texts([path.relative_to(source.parent).as_posix(), file_digest(path)])
    return str(digest)
