"""Sealed folders: a fitted model or checkpoint is loaded only if its files are undamaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.fingerprint import file_digest

if TYPE_CHECKING:
    from pathlib import Path

_SEAL = "sealed.json"


def seal(folder: Path) -> None:
    """Write the digests of all files of a folder into the folder."""
    (folder / _SEAL).write_bytes(msgspec.json.encode(_digests(folder)))


def is_intact(folder: Path) -> bool:
    """Whether a folder was sealed and its files are unchanged."""
    try:
        sealed = msgspec.json.decode((folder / _SEAL).read_bytes(), type=dict[str, str])
        return sealed == _digests(folder)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return False


def _digests(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path != folder / _SEAL)
    return {path.relative_to(folder).as_posix(): file_digest(path) for path in files}
