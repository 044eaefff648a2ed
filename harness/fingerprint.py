"""Fingerprints of contents: equal on every machine for equal bytes."""

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
        """Begin with an empty digest."""
        self._digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)

    def array(self, values: np.ndarray) -> Fingerprint:
        """Add an array: its type, its shape and its bytes in little-endian order."""
        little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
        self._digest.update(f"{little.dtype.str}{little.shape}".encode())
        self._digest.update(little.data.cast("B") if little.size else b"")
        return self

    def texts(self, values: Iterable[str | None]) -> Fingerprint:
        """Add texts with their lengths, so that None differs from "" and two texts differ from their concatenation."""
        texts = list(values)
        lengths = np.array([-1 if value is None else len(value) for value in texts], np.int64)
        return self.joined(lengths, "".join(filter(None, texts)).encode("utf-8", "surrogatepass"))

    def joined(self, lengths: np.ndarray, data: bytes | memoryview) -> Fingerprint:
        """Add texts as `texts` does, given lengths in characters, (n,) int64, -1 for None, and the joined UTF-8."""
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


def files_hash(*paths: Path) -> str:
    """Fingerprint of source files: each path is a file, or a folder with all its Python files."""
    digest = Fingerprint()
    for path in paths:
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            name = file.relative_to(path.parent).as_posix()
            digest.texts([name, file.read_text(encoding="utf-8", errors="replace")])
    return str(digest)
