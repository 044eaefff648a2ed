"""Short names for contents: the same bytes give the same fingerprint on every machine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_DIGEST_BYTES = 16


class Fingerprint:
    """A running digest of arrays and texts, in the order in which they are added."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)

    def array(self, values: np.ndarray) -> Fingerprint:
        """Add an array: its type, its shape and its bytes in little-endian order."""
        little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
        self._digest.update(f"{little.dtype.str}{little.shape}".encode())
        self._digest.update(little.data.cast("B") if little.size else b"")
        return self

    def texts(self, values: Iterable[str | None]) -> Fingerprint:
        """Add texts, each with its length: none and an empty text differ, and so do two texts and their join."""
        added = list(values)
        lengths = np.array([-1 if value is None else len(value) for value in added], np.int64)
        return self.joined(lengths, "".join(filter(None, added)).encode("utf-8", "surrogatepass"))

    def joined(self, lengths: np.ndarray, data: bytes | memoryview) -> Fingerprint:
        """Add texts as `texts` does, given their lengths in signs, (n,) int64, -1 for none, and their joined UTF-8."""
        self.array(lengths)
        self._digest.update(data)
        return self

    def __str__(self) -> str:
        """32 hexadecimal digits."""
        return self._digest.hexdigest()


def file_digest(path: Path) -> str:
    """Digest of a file's content, 32 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=_DIGEST_BYTES)).hexdigest()


def files_hash(*places: Path) -> str:
    """Fingerprint of source files: each place is a file, or a folder with all Python files in it."""
    digest = Fingerprint()
    for place in places:
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            name = file.relative_to(place.parent).as_posix()
            digest.texts([name, file.read_text(encoding="utf-8", errors="replace")])
    return str(digest)
