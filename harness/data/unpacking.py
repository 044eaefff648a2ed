"""Reader of text files, optionally compressed with gzip, with limits against decompression bombs."""

from __future__ import annotations

import stat
import zlib
from typing import TYPE_CHECKING

from harness.data.encodings import utf8
from harness.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

GZIP = ".gz"
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_FORMAT = 31
"""zlib's window bits for a gzip stream; unlike Python's `gzip`, zlib refuses reserved header bits."""

UNPACKED_FREELY = 8 << 20
"""Bytes to which any file may decompress."""

HIGHEST_RATIO = 25
"""Highest compression ratio above that size; slices and tables have about 5 to 15."""


def max_unpacked_bytes(n_packed: int) -> int:
    """The largest permitted size of `n_packed` compressed bytes after decompression."""
    return max(UNPACKED_FREELY, HIGHEST_RATIO * n_packed)


ROWS_FREELY = 2_000_000
"""Rows that any table may have."""

HIGHEST_ROWS_PER_BYTE = 2
"""Highest number of rows per compressed byte above that; real tables need several bytes per row."""


def max_table_rows(n_packed: int) -> int:
    """The largest permitted number of rows in a table of `n_packed` compressed bytes."""
    return max(ROWS_FREELY, HIGHEST_ROWS_PER_BYTE * n_packed)


def check_is_file(path: Path, what: str) -> None:
    """Check that a path is a regular file, since reading a pipe could block forever.

    Raises:
        DataError: the path does not exist, or is a folder, pipe, socket or device.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise DataError(f"{what} {path} cannot be read: it does not exist; pass a file") from None
    if not stat.S_ISREG(mode):
        raise DataError(f"{what} {path} is {_kind(mode)}, not a file; save the content to a file and pass that file")


def refuse_special(path: Path) -> None:
    """Check that a source is a file or folder, since reading a pipe could block forever; raises DataError."""
    mode = path.stat().st_mode if path.exists() else stat.S_IFREG
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise DataError(f"source {path} is {_kind(mode)}; save the content to a file and pass that file")


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    return next((name for is_kind, name in kinds if is_kind(mode)), "a device")


def read_text(path: Path) -> bytes:
    """Read the UTF-8 content of a text file, decompressed if it is gzip, without a byte order mark.

    Raises:
        DataError: the gzip stream is damaged, compressed twice or exceeds `max_unpacked_bytes`, or the text is
             UTF-16 or UTF-32.
    """
    return utf8(gunzipped(path, path.read_bytes()), str(path))


def gunzipped(path: Path, data: bytes) -> bytes:
    """Decompress the content of a file if it is gzip by its first bytes or by the file's name.

    Raises:
        DataError: the gzip stream is damaged, compressed twice or exceeds `max_unpacked_bytes`.
    """
    if not (path.name.lower().endswith(GZIP) or data.startswith(_GZIP_MAGIC)):
        return data
    data = _gunzip(path, data)
    if data.startswith(_GZIP_MAGIC):
        raise DataError(f"{path} is compressed with gzip twice; decompress it once")
    return data


def _gunzip(path: Path, packed: bytes) -> bytes:
    max_bytes = max_unpacked_bytes(len(packed))
    parts: list[bytes] = []
    n_bytes = 0
    while packed:
        stream = zlib.decompressobj(_GZIP_FORMAT)
        try:
            part = stream.decompress(packed, max_bytes + 1 - n_bytes)
        except zlib.error as error:
            reason = str(error).rpartition(": ")[2]
            raise DataError(f"{path} cannot be read as gzip ({reason}); copy it again") from None
        parts.append(part)
        n_bytes += len(part)
        if n_bytes > max_bytes:
            raise DataError(
                f"{path} decompresses to more than {max_bytes:,} bytes, too much for a file of this size; "
                "if you trust it, decompress it and pass the decompressed file"
            )
        if not stream.eof:
            raise DataError(f"{path} cannot be read as gzip (it is truncated); copy it again")
        packed = stream.unused_data.lstrip(b"\0")
    return b"".join(parts)
