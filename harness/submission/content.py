"""Content of a submission file: the bytes of its text, decompressed if gzip, and faults of the compression."""

from __future__ import annotations

import mmap
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import SubmissionError
from harness.submission.limits import max_bytes, max_lines

if TYPE_CHECKING:
    from pathlib import Path

Bytes = bytes | bytearray | mmap.mmap

_Unpacked = tuple[Bytes, tuple[tuple[str, str], ...], bool]
"""Data (at most slightly more than the limit), faults, and whether the end is missing."""

_GZIP = b"\x1f\x8b"
_OTHERS = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
}
_GZIP_WITH_HEADER = 31
_PLAIN_HEADERS = (b"\x08\x00", b"\x08\x08")
"""Method and flags of a gzip header with at most a file name; zlib checks the other header fields, isal does not."""
_AT_ONCE = 1 << 16
_UNPACKED_AT_ONCE = 1 << 20
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Content:
    """Text of a file.

    Attributes:
        data: bytes of the text, as far as they could be decompressed; a plain file is memory-mapped.
        faults: code and detail of each fault of the compression.
        broken_off: whether the end is missing, so that the last line may be incomplete.
        max_lines: maximum number of lines that are read.
    """

    data: Bytes
    faults: tuple[tuple[str, str], ...] = ()
    broken_off: bool = False
    max_lines: int = max_lines()


def read_content(path: Path, n_playlists: int = 0) -> Content:
    """Read a file as plain text or gzip, depending on its first bytes and not on its name.

    Args:
        path: the file.
        n_playlists: playlists of the challenge; a text longer than any submission for them is not read.

    Raises:
        SubmissionError: there is no such file.
    """
    require_file(path)
    with path.open("rb") as file:
        is_empty = not file.read(1)
        raw = b"" if is_empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    limit = max_bytes(n_playlists)
    is_gzip = raw[: len(_GZIP)] == _GZIP
    data, faults, broken_off = _unpack(raw, limit) if is_gzip else _plain(raw, path)
    if len(data) > limit:
        data, faults, broken_off = b"", (("too-large", str(limit // _MEGABYTE)),), True
    elif other := _other_packing(data, is_unpacked=is_gzip):
        data, faults, broken_off = b"", (("other-packing", other),), True
    return Content(data, faults, broken_off, max_lines(n_playlists))


def require_file(path: Path) -> None:
    """Raise SubmissionError if the path is not a file."""
    if not path.is_file():
        raise SubmissionError(f"no submission {path}: name a file, plain text or gzip")


def n_occurrences(data: Bytes, byte: bytes, start: int = 0, end: int | None = None) -> int:
    """Number of occurrences of a byte in a range of the data."""
    end = len(data) if end is None else end
    return sum(
        data[offset : min(offset + _UNPACKED_AT_ONCE, end)].count(byte)
        for offset in range(start, end, _UNPACKED_AT_ONCE)
    )


def _other_packing(data: Bytes, *, is_unpacked: bool) -> str | None:
    if is_unpacked and data[: len(_GZIP)] == _GZIP:
        return "gzip inside gzip"
    other = next((name for magic, name in _OTHERS.items() if data[: len(magic)] == magic), None)
    return f"{other} inside gzip" if other and is_unpacked else other


def _plain(raw: Bytes, path: Path) -> _Unpacked:
    return raw, (("not-gzip", ""),) if len(raw) and path.suffix == ".gz" else (), False


def _unpack(raw: Bytes, limit: int) -> _Unpacked:
    from isal import isal_zlib

    if raw[2:4] not in _PLAIN_HEADERS:
        return _unpack_members(raw, limit)
    member = isal_zlib.decompressobj(_GZIP_WITH_HEADER)
    data, offset = bytearray(), 0
    try:
        while offset < len(raw) and not member.eof:
            if not _unpack_into(data, member, raw[offset : offset + _AT_ONCE], limit):
                return data, (), True
            offset += _AT_ONCE
    except Exception:  # noqa: BLE001 - the slower function finds and names every fault
        return _unpack_members(raw, limit)
    rest = member.unused_data.strip(b"\0") or _without_zeros(memoryview(raw)[offset:])
    return (data, (), False) if member.eof and not len(rest) else _unpack_members(raw, limit)


def _unpack_members(raw: Bytes, limit: int) -> _Unpacked:
    """Decompress member by member, up to the first fault."""
    data = bytearray()
    rest = memoryview(raw)
    while rest:
        member = zlib.decompressobj(_GZIP_WITH_HEADER)
        offset = 0
        try:
            while offset < len(rest) and not member.eof:
                if not _unpack_into(data, member, bytes(rest[offset : offset + _AT_ONCE]), limit):
                    return data, (), True
                offset += _AT_ONCE
        except zlib.error as error:
            return data, (("damaged-gzip", str(error)),), True
        if not member.eof:
            return data, (("truncated-gzip", ""),), True
        rest = _without_zeros(rest[min(offset, len(rest)) - len(member.unused_data) :])
    return data, (), False


def _unpack_into(data: bytearray, member: Any, packed: bytes | bytearray, limit: int) -> bool:
    """Append the decompressed bytes to `data`; False as soon as it exceeds the limit."""
    while True:
        part = member.decompress(packed, _UNPACKED_AT_ONCE)
        data += part
        packed = member.unconsumed_tail
        if len(data) > limit:
            return False
        if not packed and len(part) < _UNPACKED_AT_ONCE:
            return True


def _without_zeros(rest: memoryview) -> memoryview:
    """Data after the zero padding that may follow a member."""
    for offset in range(0, len(rest), _AT_ONCE):
        stripped = bytes(rest[offset : offset + _AT_ONCE]).lstrip(b"\0")
        if stripped:
            return rest[min(offset + _AT_ONCE, len(rest)) - len(stripped) :]
    return rest[:0]
