"""Discovery of MPD slices in a folder or a zip."""

from __future__ import annotations

import errno
import lzma
import os
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from harness.data.unpacking import gunzipped, max_unpacked_bytes, refuse_special
from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SLICE = re.compile(r"(mpd\.slice\..*\.json)(?:\.gz)?", re.IGNORECASE)
_LIKE_A_SLICE = "mpd.slice."
_MD5 = re.compile(r"([0-9a-fA-F]{32})[ \t]+\*?(.+?)\s*")
_LAYOUT = "mpd.slice.*.json in it or in its subfolders"
_MOST_NAMED = 3
_BAD_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
    OSError,
    IndexError,
    OverflowError,
    MemoryError,
)
"""Errors that `zipfile` raises for truncated, damaged, encrypted or unsupported archives."""


@dataclass(frozen=True, slots=True)
class SliceFile:
    """One slice, as a file or as a member of a zip.

    Attributes:
        name: file name without folders and without `.gz`.
        path: the file, or the zip that contains it.
        member: name within the zip, "" for a file.
        size: size in bytes, before it is compressed into a zip; that of the `.gz` for a slice in one.
        mtime_ns: modification time, 0 in a zip.
        crc32: CRC-32 from the zip's directory, None for a file.
        md5: MD5 digest from `md5sums`, "" if it is not listed.
    """

    name: str
    path: Path
    member: str
    size: int
    mtime_ns: int
    crc32: int | None
    md5: str

    def read(self) -> bytes:
        """Read the uncompressed bytes; raises DataError if the zip or the gzip stream is damaged."""
        data = _read_member(self.path, self.member) if self.member else self.path.read_bytes()
        return gunzipped(self.path, data)


def has_slices(source: Path) -> bool:
    """Whether a folder or a zip has a file with the name of a slice, complete or not.

    True for a file that should be a zip but cannot be opened.
    """
    if source.is_dir() or zipfile.is_zipfile(source):
        try:
            return any(name.lower().startswith(_LIKE_A_SLICE) for name in _names(source))
        except DataError:
            return True
    return source.suffix.lower() == ".zip"


def unread_files(source: Path) -> list[str]:
    """Remark about files of a folder or a zip that are named like a slice but not read; empty if there are none."""
    names = sorted(
        name for name in _names(source) if name.lower().startswith(_LIKE_A_SLICE) and not _SLICE.fullmatch(name)
    )
    if not names:
        return []
    shown = ", ".join(repr(name)[1:-1] for name in names[:_MOST_NAMED])  # escapes what cannot be printed
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return [f"not read: {shown}{more}; the name of a slice ends in .json or .json.gz"]


def find_slices(source: Path) -> list[SliceFile]:
    """Find the slices of a folder or a zip, sorted by the first pid in their names.

    Raises:
        DataError: there is none, the source is neither folder nor zip, a zip member has a path outside the folder,
            or two slices have the same name.
    """
    refuse_special(source)
    if source.is_dir():
        slices = _in_folder(source)
    elif not source.exists():
        raise DataError(f"source {source} does not exist; pass a folder or a zip with {_LAYOUT}")
    elif zipfile.is_zipfile(source):
        slices = _in_zip(source)
    else:
        raise DataError(f"source {source} is neither a folder nor a complete zip; pass one with {_LAYOUT}")
    if not slices:
        unread = "".join(f" ({remark})" for remark in unread_files(source))
        raise DataError(f"source {source} holds no slice{unread}; pass a folder or a zip with {_LAYOUT}")
    slices.sort(key=_by_first_pid)
    for before, after in pairwise(slices):
        if before.name == after.name:
            places = " and ".join(sorted(file.member or str(file.path) for file in (before, after)))
            raise DataError(f"source {source} holds slice {after.name} twice ({places}); remove one of them")
    return slices


def _by_first_pid(file: SliceFile) -> tuple[int, str]:
    number = re.search(r"\d+", file.name)
    return (int(number.group()) if number else 0, file.name)


def _names(source: Path) -> Iterator[str]:
    """Names, without folders, of everything in a folder or a zip."""
    if source.is_dir():
        return (path.name for path in _paths(source))
    return (_name(member) for member in _open_zip(source).infolist())


def _paths(folder: Path) -> Iterator[Path]:
    """Files and folders in a folder and its subfolders, in no order; a folder that is linked twice is entered once."""
    entered = set()
    for parent, folders, names in os.walk(folder, onerror=_refuse, followlinks=True):
        real = os.path.realpath(parent)
        if real in entered:
            folders.clear()
            continue
        entered.add(real)
        yield from (Path(parent, name) for name in (*folders, *names))


def _refuse(error: OSError) -> None:
    raise DataError(f"folder {error.filename} cannot be read: {error.strerror}; pass a folder with only the slices")


def _in_folder(source: Path) -> list[SliceFile]:
    paths = list(_paths(source))
    sums = _shortest(str(path) for path in paths if path.name == "md5sums" and path.is_file())
    md5s = _md5s(Path(sums).read_bytes()) if sums else {}
    slices = []
    for path in paths:
        if match := _SLICE.fullmatch(path.name):
            _check_is_file(source, path.name, is_file=path.is_file())
            stat = path.stat()
            md5 = md5s.get(match[1], "")
            slices.append(SliceFile(match[1], path, "", stat.st_size, stat.st_mtime_ns, None, md5))
    return slices


def _in_zip(source: Path) -> list[SliceFile]:
    archive = _open_zip(source)
    members = archive.infolist()
    for member in members:
        _check_member(source, member)
    _check_sizes(source, [m for m in members if _SLICE.fullmatch(_name(m)) or _name(m) == "md5sums"])
    sums = _shortest(m.filename for m in members if _name(m) == "md5sums")
    md5s = _md5s(_read_member(source, sums)) if sums else {}
    slices = []
    for member in members:
        if match := _SLICE.fullmatch(_name(member)):
            _check_is_file(source, _name(member), is_file=not member.is_dir())
            md5 = md5s.get(match[1], "")
            slices.append(SliceFile(match[1], source, member.filename, member.file_size, 0, member.CRC, md5))
    return slices


def _shortest(paths: Iterable[str]) -> str:
    """The path nearest to the root, "" if there is none."""
    return min(sorted(paths), key=len, default="")


def _name(member: zipfile.ZipInfo) -> str:
    """File name without folders; some Windows tools write backslashes as separators."""
    return PureWindowsPath(member.filename).name


def _check_sizes(source: Path, members: list[zipfile.ZipInfo]) -> None:
    """Refuse a decompression bomb by the sizes in the zip's directory, before anything is decompressed."""
    for member in members:
        if member.file_size > max_unpacked_bytes(member.compress_size):
            raise DataError(
                f"zip {source}: member {member.filename} would decompress from {member.compress_size:,} to "
                f"{member.file_size:,} bytes, too much for a slice; do not trust this file, download the original"
            )
    n_bytes = sum(member.file_size for member in members)
    if n_bytes > max_unpacked_bytes(source.stat().st_size):
        raise DataError(
            f"zip {source}: its slices would decompress to {n_bytes:,} bytes, too much for a zip of its size; "
            "do not trust this file, download the original"
        )


def _check_is_file(source: Path, name: str, *, is_file: bool) -> None:
    if not is_file:
        raise DataError(f"source {source}: {name} has the name of a slice but is not a file; remove or replace it")


def _check_member(source: Path, member: zipfile.ZipInfo) -> None:
    # zipfile normalises `filename`; `orig_filename` is the name in the archive.
    for name in (member.filename, member.orig_filename):
        parts = PureWindowsPath(name)
        if ".." in parts.parts or parts.drive or parts.root:
            raise DataError(
                f"zip {source}: member {name!r} has a path outside the folder; "
                "do not trust this file, download the original"
            )
    if member.flag_bits & 1:
        raise DataError(f"zip {source}: member {member.filename} is encrypted; decompress it and import the folder")


@lru_cache(maxsize=1)
def _open_zip_as_of(path: Path, _mtime_ns: int) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


def _open_zip(path: Path) -> zipfile.ZipFile:
    # Reading the directory of a zip costs as much as reading a small slice, so it is cached until the file changes.
    try:
        return _open_zip_as_of(path, path.stat().st_mtime_ns)
    except _BAD_ZIP as error:
        raise DataError(f"zip {path}: {_damage(error)}; copy it again") from error


def _read_member(path: Path, name: str) -> bytes:
    try:
        return _open_zip(path).read(name)
    except NotImplementedError:
        raise DataError(
            f"zip {path}, {name}: unsupported compression method; decompress it and import the folder"
        ) from None
    except _BAD_ZIP as error:
        raise DataError(f"zip {path}, {name}: {_damage(error)}; copy the zip again") from error


def _damage(error: Exception) -> str:
    """Describe the damage of an archive; errors of the operating system are raised again."""
    if isinstance(error, OSError) and error.errno not in {None, errno.EINVAL}:  # EINVAL: an offset before the file
        raise error
    return str(error) if isinstance(error, zipfile.BadZipFile) else "the archive is damaged"


def _md5s(text: bytes) -> dict[str, str]:
    lines = (_MD5.fullmatch(line) for line in text.decode("utf-8", "replace").splitlines())
    return {PurePosixPath(line.group(2)).name: line.group(1).lower() for line in lines if line}
