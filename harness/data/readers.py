"""Readers of corpora: plug-ins that recognise a layout and read its playlists."""

from __future__ import annotations

import typing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from harness import plugins
from harness.errors import DataError, HarnessError
from harness.plugin_errors import plugin_errors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import polars as pl

    from harness.data.store import StoredCorpus

Class = TypeVar("Class", bound=type)


@dataclass(frozen=True, slots=True)
class ReaderTraits:
    """Traits that a reader declares.

    Attributes:
        name: registered name.
        layout: what a source needs, in a few words; the message about an unknown layout lists those of all readers.
        is_general: it recognises many files by their ending alone; a reader that is not general goes first.
    """

    name: str
    layout: str
    is_general: bool = False


class ReaderPlugin(Protocol):
    """A reader of one layout."""

    def recognises(self, source: Path) -> bool:
        """Whether an existing file or folder looks like this layout; quick, reads a few lines at most."""

    def read(self, source: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
        """Entries of all playlists, in file order, and notes for the user.

        The entries have the text columns `playlist` and `track`, and may have `position` (a number), `title`,
        `track_name`, `artist_uri` and `artist_name`. The notes are stored as JSON;
        `notes["remarks"]` is a list of lines.

        Raises:
            DataError: the source has a fault; the message says where and names the remedy.
        """


@runtime_checkable
class ImportsItself(Protocol):
    """A reader that stores the corpus itself, because a source is too large to be read as one table."""

    def import_corpus(
        self, source: Path, name: str, *, replace: bool, skip_bad: bool, n_workers: int | None
    ) -> StoredCorpus:
        """Read and store a source; an interrupted import resumes."""


@typing.dataclass_transform()
def reader(name: str, *, layout: str, is_general: bool = False) -> Callable[[Class], Class]:
    """Mark a class as the reader `name`; the class becomes a dataclass if it is none yet.

    Args:
        name: registered name, 1 to 64 of a-z, 0-9 and -; its entry point in `harness.readers` has the same.
        layout: see `ReaderTraits`, as for the other.
        is_general: it recognises many files by their ending alone.
    """

    def decorate(cls: Class) -> Class:
        plugin: Any = cls if "__dataclass_fields__" in vars(cls) else dataclass(cls)
        return typing.cast("Class", plugins.mark(plugin, plugins.READER, ReaderTraits(name, layout, is_general)))

    return decorate


def reader_named(name: str) -> ReaderPlugin | ImportsItself:
    """The reader of a registered name, or of `path/to/file.py:Class`.

    Raises:
        RegistryError: the name is unknown or invalid, or the class is no reader.
        PluginError: its module cannot be imported.
    """
    plugin: ReaderPlugin | ImportsItself = plugins.create(plugins.READER, name, {})
    return plugin


def reader_traits(plugin: object) -> ReaderTraits:
    """Traits that a reader declares."""
    traits: ReaderTraits = plugins.traits_of(type(plugin), plugins.READER)
    return traits


def reader_of(source: Path) -> ReaderPlugin | ImportsItself:
    """The reader that recognises a source; the general ones only if no other does.

    Raises:
        DataError: no reader recognises it, or several do.
    """
    matches, layouts, faults = [], [], []
    for name in plugins.names(plugins.READER):
        try:
            plugin = reader_named(name)
            with plugin_errors(f"reader {name!r}", plugins.sources(type(plugin)), expected=(DataError,)):
                recognised = typing.cast("ReaderPlugin", plugin).recognises(source)
        except HarnessError as error:  # one broken reader does not end the others
            faults.append(str(error))
            continue
        layouts.append(f"{name} ({reader_traits(plugin).layout})")
        if recognised:
            matches.append(plugin)
    best = [plugin for plugin in matches if not reader_traits(plugin).is_general] or matches
    if len(best) == 1:
        return best[0]
    if best:
        names = ", ".join(reader_traits(plugin).name for plugin in best)
        raise DataError(f"source {source} fits several readers ({names}): name one of them")
    broken = f"; not tried: {'; '.join(faults)}" if faults else ""
    raise DataError(f"source {source} has no known layout; readers and what each needs: {', '.join(layouts)}{broken}")
