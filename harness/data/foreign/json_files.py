"""JSON files: their first bytes, to recognise a layout, and their content as typed structs."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, TypeVar

import msgspec

from harness.data.encodings import replaced_note, without_lone_surrogates
from harness.data.unpacking import check_is_file, read_text
from harness.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

Content = TypeVar("Content")

_PEEKED = 1 << 16
_GZIP_MAGIC, _GZIP_FORMAT = b"\x1f\x8b", 31
_BOM = b"\xef\xbb\xbf"
_MOST_SHOWN = 200


def beginning(path: Path) -> bytes:
    """The first 64 KiB of a text file, decompressed, without byte order mark and blanks; empty if it is no file."""
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        data = file.read(_PEEKED)
    if data.startswith(_GZIP_MAGIC):
        try:
            data = zlib.decompressobj(_GZIP_FORMAT).decompress(data, _PEEKED)
        except zlib.error:
            return b""
    return data.removeprefix(_BOM).lstrip()


def read_json(path: Path, content: type[Content], layout: str) -> tuple[Content, list[str]]:
    """Read a JSON file of a known layout, compressed with gzip or not.

    Args:
        path: the file.
        content: type of its content.
        layout: what the file must contain, for messages.

    Returns:
        The content, and a remark if lone surrogates were replaced.

    Raises:
        DataError: it is no file, its JSON is malformed, or its content has another type; the message says where.
    """
    check_is_file(path, "source")
    data, n_replaced = without_lone_surrogates(read_text(path))
    try:
        decoded = msgspec.json.decode(data, type=content)
    except msgspec.ValidationError as error:
        raise DataError(f"{path}: {_short(error)}; this layout needs {layout}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{path} is damaged or truncated ({_short(error)}); copy it again") from None
    return decoded, [replaced_note(n_replaced)] if n_replaced else []


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:_MOST_SHOWN]
