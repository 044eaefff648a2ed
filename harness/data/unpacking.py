"""Contents of text files that may be packed with gzip, within bounds on what a small file may unpack to."""

from __future__ import annotations

import stat
import zlib
from typing import TYPE_CHECKING

from harness.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

GZIP = ".gz"
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_FORMAT = 31
"""zlib's window bits for a gzip stream; zlib refuses the reserved header bits that Python's `gzip` passes over."""

_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")

UNPACKED_FREELY = 8 << 20
"""Bytes that any file may unpack to."""

HIGHEST_RATIO = 25
"""Unpacked bytes a packed byte may stand for beyond those: slices and tables have about 5 to 15."""


def most_unpacked(n_packed: int) -> int:
    """The most bytes that so many packed bytes may unpack to."""
    return max(UNPACKED_FREELY, HIGHEST_RATIO * n_packed)


ROWS_FREELY = 2_000_000
"""Rows that any table may hold."""

HIGHEST_ROWS_PER_BYTE = 2
"""Rows that a packed byte may stand for beyond those: real tables need several bytes a row."""


def most_rows(n_packed: int) -> int:
    """The most rows of a table that so many packed bytes may hold."""
    return max(ROWS_FREELY, HIGHEST_ROWS_PER_BYTE * n_packed)


def check_is_file(path: Path, what: str) -> None:
    """Refuse a path that is no regular file, before reading can wait for ever.

    Raises:
        DataError: nothing is there, or a folder, a pipe, a socket or a device.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise DataError(f"{what} {path} cannot be read: it does not exist; name a file") from None
    if not stat.S_ISREG(mode):
        raise DataError(f"{what} {path} is {_kind(mode)}, not a file; save the content to a file and name that")


def refuse_special(path: Path) -> None:
    """Refuse a source that is neither file nor folder, before reading can wait for ever; raises DataError."""
    mode = path.stat().st_mode if path.exists() else stat.S_IFREG
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise DataError(f"source {path} is {_kind(mode)}; save the content to a file and name that")


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    return next((name for is_kind, name in kinds if is_kind(mode)), "a device")


def read_text(path: Path) -> bytes:
    """The UTF-8 content of a text file, unpacked if it is packed with gzip, without a byte order mark.

    Raises:
        DataError: the gzip stream is damaged, packed twice or unpacks to more than `most_unpacked`, or the text
            is UTF-16.
    """
    data = path.read_bytes()
    if path.name.lower().endswith(GZIP) or data.startswith(_GZIP_MAGIC):
        data = _gunzip(path, data)
        if data.startswith(_GZIP_MAGIC):
            raise DataError(f"{path} is packed with gzip twice; unpack it once")
    if encoding := wide_encoding(data):
        raise DataError(f"{path} is {encoding}, not UTF-8; save it as UTF-8")
    return data.removeprefix(_BOM)


def wide_encoding(data: bytes) -> str:
    """The name of an encoding of two or four bytes a character that a JSON or CSV text begins in, else ""."""
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return "UTF-32"
    begin = data[:4].ljust(4, b"x")
    is_wide = begin[:2] in _WIDE_BOMS or (begin[0] == begin[2] == 0 != begin[1]) or (begin[1] == begin[3] == 0)
    return "UTF-16" if is_wide and begin[:2] != b"\0\0" else ""


def _gunzip(path: Path, packed: bytes) -> bytes:
    most = most_unpacked(len(packed))
    parts: list[bytes] = []
    n_bytes = 0
    while packed:
        stream = zlib.decompressobj(_GZIP_FORMAT)
        try:
            part = stream.decompress(packed, most + 1 - n_bytes)
        except zlib.error as error:
            reason = str(error).rpartition(": ")[2]
            raise DataError(f"{path} cannot be read as gzip ({reason}); copy it again") from None
        parts.append(part)
        n_bytes += len(part)
        if n_bytes > most:
            raise DataError(
                f"{path} unpacks to more than {most:,} bytes, more than a table of this size can hold; "
                "unpack it and name the unpacked file if you trust it"
            )
        if not stream.eof:
            raise DataError(f"{path} cannot be read as gzip (it breaks off); copy it again")
        packed = stream.unused_data.lstrip(b"\0")
    return b"".join(parts)
