"""Files of a stored corpus: written with a digest, verified before they are memory-mapped."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from harness.errors import DataError
from harness.fingerprint import file_digest
from harness.system_errors import is_of_system

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl
    import pyarrow as pa
    from numpy.typing import NDArray

_NPY_TEXT = 118
"""Length of the text in an .npy header; the whole header then has 128 bytes."""


class FileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """State of one file when it was written.

    Attributes:
        size: size in bytes.
        mtime_ns: modification time; if it changed, the digest must be computed again.
        digest: digest of the content, 32 hexadecimal digits.
    """

    size: int
    mtime_ns: int
    digest: str


def record_of(path: Path) -> FileRecord:
    """Record the current state of a file."""
    status = path.stat()
    return FileRecord(size=status.st_size, mtime_ns=status.st_mtime_ns, digest=file_digest(path))


def check_file(path: Path, known: FileRecord, *, always: bool = False) -> FileRecord:
    """Compare a file with its record; the content is read only if the modification time differs.

    Args:
        path: the file.
        known: its record.
        always: read the content in any case.

    Returns:
        The record with the file's current modification time.

    Raises:
        DataError: the file is missing or its content changed.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        raise DataError(f"{path.name} is missing") from None
    if status.st_size != known.size:
        raise DataError(f"{path.name} has {status.st_size} bytes, but {known.size} were written")
    if (always or status.st_mtime_ns != known.mtime_ns) and file_digest(path) != known.digest:
        raise DataError(f"{path.name} does not hold the bytes that were written")
    return msgspec.structs.replace(known, mtime_ns=status.st_mtime_ns)


def write_frame(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as an Arrow file."""
    frame.rechunk().write_ipc(path)


def map_frame(path: Path) -> pl.DataFrame:
    """Memory-map an Arrow file without copying, after validating offsets, nulls and the UTF-8 of all texts.

    Raises:
        DataError: the file is not a valid Arrow file.
        OSError, MemoryError: the system does not let it be read, see `is_of_system`.
    """
    # polars would copy the file into memory; pyarrow maps it, and polars uses the mapped buffers.
    import polars as pl
    import pyarrow as pa

    try:
        with pa.memory_map(str(path)) as mapped:
            table = pa.ipc.open_file(mapped).read_all()
        _check_types(table.schema)
        table.validate(full=True)
    except (pa.ArrowException, OSError, EOFError, ValueError) as error:
        if is_of_system(error):
            raise
        raise DataError(f"{path.name} is not a valid Arrow file") from error
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def write_array(array: NDArray[np.integer], path: Path) -> None:
    """Write a one-dimensional array as an .npy file, in little-endian order."""
    with path.open("wb") as file:
        file.write(_npy_header(array.dtype.newbyteorder("<"), len(array)))
        np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tofile(file)


def map_array(path: Path, dtype: type[np.integer], length: int) -> NDArray[Any]:
    """Memory-map an array of known type and length; its header is compared, never evaluated.

    Args:
        path: an .npy file written by `write_array`.
        dtype: type of the values.
        length: number of values.

    Raises:
        DataError: the file has another header or size.
    """
    little = np.dtype(dtype).newbyteorder("<")
    header = _npy_header(little, length)
    with path.open("rb") as file:
        if file.read(len(header)) != header:
            raise DataError(f"{path.name} does not begin with the header of {length} values of {little.name}")
        if path.stat().st_size != len(header) + length * little.itemsize:
            raise DataError(f"{path.name} does not hold {length} values of {little.name}")
    if not length:
        return np.empty(0, dtype)
    return np.memmap(path, little, mode="r", offset=len(header), shape=(length,))


def _npy_header(dtype: np.dtype[np.integer], length: int) -> bytes:
    """Header in .npy format 1.0, reproducible: NumPy's own padding differs between its versions."""
    text = f"{{'descr': '{dtype.str}', 'fortran_order': False, 'shape': ({length},), }}"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", _NPY_TEXT) + text.ljust(_NPY_TEXT - 1).encode("ascii") + b"\n"


def _check_types(schema: pa.Schema) -> None:
    """Refuse nested or encoded columns: no stored frame has them, and they can crash polars."""
    from pyarrow import types

    for column in schema:
        plain = (types.is_integer, types.is_floating, types.is_boolean, types.is_large_string, types.is_string_view)
        if not any(is_plain(column.type) for is_plain in plain):
            raise ValueError(column.type)
