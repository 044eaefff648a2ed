"""Labels of a run: name, note and tags that a user gives it, in a file apart from the record.

`labels.json` is no part of the record: it changes neither the run's key nor any of its other files. It stays when a run
is made again.
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import msgspec

from harness.atomic import new_file, replace_folder
from harness.errors import DataError, ParameterError
from harness.home import only_one
from harness.plugin_errors import described
from harness.printable import printable

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

LABELS = "labels.json"

WORD = re.compile(r"\w[\w.+-]{0,63}")
"""Names and tags: 1 to 64 letters, digits and `. _ + -`."""

LONGEST_NOTE = 2000
"""Characters of a note."""


class Labels(msgspec.Struct, frozen=True, omit_defaults=True):
    """Labels of one run.

    Attributes:
        name: accepted and shown instead of the folder's name; unique in a folder of runs, empty for none.
        note: free text of one line; empty for none.
        tags: sorted, each once.
    """

    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the texts, which come from a user or from a file.

        Raises:
            ValueError: a name, a tag or the note is invalid.
        """
        for word in (*self.tags, *([self.name] if self.name else [])):
            if not WORD.fullmatch(word):
                raise ValueError(f"{ascii(word)[:80]} is not 1 to 64 letters, digits or . _ + -")
        if len(self.note) > LONGEST_NOTE or self.note != printable(self.note):
            raise ValueError(f"a note is one line of at most {LONGEST_NOTE} printable characters")
        if list(self.tags) != sorted(set(self.tags)):
            raise ValueError("tags are sorted, each once")


NO_LABELS = Labels()
"""Labels of a run that has none."""


def read_labels(folder: Path) -> Labels:
    """Labels of the run in a folder; empty ones if it has none.

    Raises:
        DataError: the file is damaged.
    """
    path = folder / LABELS
    try:
        return msgspec.json.decode(path.read_bytes(), type=Labels)
    except (FileNotFoundError, NotADirectoryError):
        return NO_LABELS
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror})") from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise DataError(f"{path} is damaged ({described(error)}): correct or delete it, the run is intact") from error


def change_labels(
    folder: Path,
    *,
    name: str | None = None,
    note: str | None = None,
    add: Collection[str] = (),
    remove: Collection[str] = (),
) -> Labels:
    """Change the labels of the run in a folder.

    Args:
        folder: of a finished run.
        name: the new name, empty for none; None leaves it.
        note: the new note, likewise; line breaks become blanks.
        add: tags to add.
        remove: tags to remove.

    Returns:
        The new labels.

    Raises:
        DataError: the file is damaged.
        ParameterError: a label is invalid, or a tag to remove is missing.
    """
    with only_one(folder / LABELS):
        labels = read_labels(folder)
        if missing := sorted(set(remove) - set(labels.tags)):
            raise ParameterError(f"{folder.name} has no tag {missing[0]!r}; it has {', '.join(labels.tags) or 'none'}")
        try:
            labels = Labels(
                labels.name if name is None else name,
                labels.note if note is None else printable(note.strip()),
                tuple(sorted({*labels.tags, *add} - set(remove))),
            )
        except ValueError as error:
            raise ParameterError(f"labels of {folder.name}: {error}") from error
        with new_file(folder / LABELS) as partial:
            partial.write_bytes(msgspec.json.format(msgspec.json.encode(labels), indent=2) + b"\n")
    return labels


def replace_run(new: Path, folder: Path) -> None:
    """Rename `new` to the run's folder as `replace_folder` does; the labels of an older run stay."""
    with only_one(folder / LABELS):
        if (folder / LABELS).is_file():
            shutil.copy2(folder / LABELS, new / LABELS)
        replace_folder(new, folder)
