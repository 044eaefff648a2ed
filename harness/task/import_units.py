"""Units of an import: slices that any process can parse before they are merged in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.data.mpd.files import find_slices, has_slices
from harness.data.mpd.importing import parts_folder
from harness.data.mpd.workers import Task, parse_to, parsed_file
from harness.engines.units import Unit
from harness.errors import ParameterError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class ParseSlice:
    """Work of a unit: parse one slice, and write its columns where the import finds them."""

    task: Task
    file: Path

    def __call__(self) -> None:
        """Parse the slice unless that was done."""
        if not self.file.is_file():
            parse_to(self.task, self.file)


def parse_units(source: Path, name: str, *, skip_bad: bool = False) -> list[Unit]:
    """One unit per slice of a source; `import_corpus` of the same source then merges what they leave.

    Args:
        source: a folder or a zip with MPD slices, on a disk that all machines share.
        name: name of the corpus.
        skip_bad: as in `import_corpus`.

    Raises:
        ParameterError: the source has another layout, which one process reads.
        DataError: the source cannot be read.
    """
    if not has_slices(source):
        raise ParameterError(f"an `engine` parses slices of the MPD, and {source} has none: import it without one")
    parts = parts_folder(name).resolve()
    units = []
    for file in find_slices(source.resolve()):
        task = Task(file, skip_bad)
        parsed = parsed_file(parts, task)
        units.append(Unit(parsed.stem, parts, ParseSlice(task, parsed)))
    return units
