"""The user's data folder, where corpora and splits are kept, and its locks between processes."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harness.fingerprint import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = "HARNESS_DATA"
"""The environment variable that names another folder."""


def data_home() -> Path:
    """`$HARNESS_DATA`, or the folder that the system keeps for a user's data; it may not exist yet."""
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("playlist-harness", appauthor=False)


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Wait until no other process works on `path`, which need not exist; the lock lies apart from it."""
    from filelock import FileLock

    locks = data_home() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with FileLock(locks / f"{Fingerprint().texts([str(path.resolve())])}.lock"):
        yield
