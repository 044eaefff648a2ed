"""A file -> the text's bytes, unpacked where they are gzip; what is wrong with the packing has a name."""

from __future__ import annotations

import mmap
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import SubmissionError

if TYPE_CHECKING:
    from pathlib import Path

_GZIP = b"\x1f\x8b"
_OTHERS = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
}
_GZIP_WITH_HEADER = 31
_AT_ONCE = 1 << 16


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds.

    Attributes:
        data: the text's bytes, as far as they could be unpacked; a plain file is mapped, not copied.
        faults: code and detail of what is wrong with the packing.
        broken_off: whether the end is missing, so that the last line may be half a line.
    """

    data: bytes | mmap.mmap
    faults: tuple[tuple[str, str], ...] = ()
    broken_off: bool = False


def read_content(path: Path) -> Content:
    """Read a file, plain or gzip as its first bytes tell, whatever its name.

    Raises:
        SubmissionError: there is no such file.
    """
    require_file(path)
    with path.open("rb") as file:
        is_empty = not file.read(1)
        raw = b"" if is_empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if raw[: len(_GZIP)] == _GZIP:
        return _unpack(raw)
    other = next((name for magic, name in _OTHERS.items() if raw[: len(magic)] == magic), None)
    if other:
        return Content(b"", (("other-packing", other),), broken_off=True)
    misnamed = path.suffix == ".gz" and not is_empty
    return Content(raw, (("not-gzip", ""),) if misnamed else ())


def require_file(path: Path) -> None:
    """Refuse a path that is no file; raises SubmissionError."""
    if not path.is_file():
        raise SubmissionError(f"no submission {path}: name a file, plain text or gzip")


def _unpack(raw: bytes | mmap.mmap) -> Content:
    from isal import isal_zlib

    member = isal_zlib.decompressobj(_GZIP_WITH_HEADER)
    try:
        data = member.decompress(raw)
    except Exception:  # noqa: BLE001 - whatever it stumbles over, the slower way finds and names it
        return _salvage(raw)
    is_all = member.eof and not member.unused_data.strip(b"\0")
    return Content(data) if is_all else _salvage(raw)


def _salvage(raw: bytes | mmap.mmap) -> Content:
    """Unpack member by member, up to the first fault."""
    parts: list[bytes] = []
    rest = raw
    while rest:
        member = zlib.decompressobj(_GZIP_WITH_HEADER)
        try:
            parts.extend(member.decompress(rest[at : at + _AT_ONCE]) for at in range(0, len(rest), _AT_ONCE))
        except zlib.error as error:
            return Content(b"".join(parts), (("damaged-gzip", str(error)),), broken_off=True)
        if not member.eof:
            return Content(b"".join(parts), (("truncated-gzip", ""),), broken_off=True)
        rest = member.unused_data.lstrip(b"\0")
    return Content(b"".join(parts))
