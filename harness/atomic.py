"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTIAL = ".partial-"
"""How the name of something half-written begins; whatever bears it may be deleted when nobody writes."""


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; what was written there becomes `path` if no error is raised.

    What stood at `path` before is still there after an error, Ctrl-C and a full disk included.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.parent / f"{PARTIAL}{os.getpid()}-{path.name}"
    try:
        yield partial
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder beside `path`; it becomes `path`, in place of an older one, if no error is raised."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.parent / f"{PARTIAL}{os.getpid()}-{path.name}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        replace_folder(partial, path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def replace_folder(new: Path, path: Path) -> None:
    """Rename `new` to `path`; an older folder there steps aside first and is deleted last."""
    aside = path.parent / f"{PARTIAL}{os.getpid()}-old-{path.name}"
    if path.exists():
        path.rename(aside)
    new.rename(path)
    shutil.rmtree(aside, ignore_errors=True)
