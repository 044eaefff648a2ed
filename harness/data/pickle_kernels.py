"""Compiled check of a pickle's opcodes, done before any of them is executed.

The opcodes and their arguments are those of `pickletools.opcodes`.
"""

# ruff: noqa: PLR2004 - the numbers are character codes and argument sizes

from __future__ import annotations

import pickletools
from typing import TYPE_CHECKING

import numpy as np

from harness.kit.numba_cache import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]


SOUND, TRUNCATED, LARGE_INDEX, FORBIDDEN = range(4)

_ALLOWED = {
    *("PROTO", "FRAME", "STOP", "MARK", "POP", "POP_MARK"),
    *("GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "PERSID", "BINPERSID"),
    *("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE", "GET", "BINGET", "LONG_BINGET"),
    *("NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"),
    *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    *("STRING", "SHORT_BINSTRING", "BINSTRING", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8"),
    *("EMPTY_LIST", "LIST", "APPEND", "APPENDS", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"),
}
"""Dictionaries and sets are excluded: hashing a deeply shared nested tuple takes exponential time."""

_UP_TO_LINE_END, _UP_TO_TWO_LINE_ENDS = -1, -2
_LENGTH_BYTES = {pickletools.TAKEN_FROM_ARGUMENT1: 1, pickletools.TAKEN_FROM_ARGUMENT4: 4}
_LENGTH_BYTES |= {pickletools.TAKEN_FROM_ARGUMENT4U: 4, pickletools.TAKEN_FROM_ARGUMENT8U: 8}

_FIXED = np.full(256, 0, np.int64)
"""Length of each opcode's argument in bytes, or one of the two codes for arguments that end with a line."""

_LENGTHS = np.zeros(256, np.int64)
"""Number of bytes that encode the length of the rest of the argument."""

_IS_ALLOWED = np.zeros(256, np.bool_)
for _opcode in pickletools.opcodes:
    _code = ord(_opcode.code)
    _IS_ALLOWED[_code] = _opcode.name in _ALLOWED
    if _opcode.arg is not None:
        if _opcode.arg.n in _LENGTH_BYTES:
            _LENGTHS[_code] = _LENGTH_BYTES[_opcode.arg.n]
        elif _opcode.arg.n == pickletools.UP_TO_NEWLINE:
            _FIXED[_code] = _UP_TO_TWO_LINE_ENDS if _opcode.name == "GLOBAL" else _UP_TO_LINE_END
        else:
            _FIXED[_code] = _opcode.arg.n

_STOP, _LONG_BINPUT, _PUT, _FRAME = ord("."), ord("r"), ord("p"), 0x95
_LF = 10


@compiled
def first_fault(data: Bytes, start: int) -> tuple[int, int]:  # noqa: C901, PLR0911, PLR0912 - one loop over opcodes
    """Return the kind and offset of the first invalid opcode; (SOUND, 0) if all up to STOP are valid.

    Args:
        data: the whole file, (n,).
        start: offset at which the pickle begins.
    """
    i, n, n_opcodes = start, len(data), 0
    while i < n:
        opcode, opcode_start = data[i], i
        i += 1
        n_opcodes += 1
        if not _IS_ALLOWED[opcode]:
            return FORBIDDEN, opcode_start
        if opcode == _STOP:
            return SOUND, 0
        length = _FIXED[opcode]
        if _LENGTHS[opcode]:
            if i + _LENGTHS[opcode] > n:
                return TRUNCATED, opcode_start
            length = _little_endian(data, i, _LENGTHS[opcode])
            i += _LENGTHS[opcode]
        for _ in range(-length):
            while i < n and data[i] != _LF:
                i += 1
            i += 1
        length = max(length, 0)
        if i + length > n or length > n:
            return TRUNCATED, opcode_start
        # A valid memo index is at most the number of opcodes so far; the unpickler allocates memory up to the index.
        if opcode == _LONG_BINPUT and _little_endian(data, i, 4) > n_opcodes:
            return LARGE_INDEX, opcode_start
        if opcode == _PUT and i - opcode_start > 12:
            return LARGE_INDEX, opcode_start
        if opcode == _PUT:
            index = 0
            for offset in range(opcode_start + 1, i - 1):
                index = 10 * index + data[offset] - 48 if 48 <= data[offset] <= 57 else n
            if index > n_opcodes:
                return LARGE_INDEX, opcode_start
        if opcode == _FRAME and _little_endian(data, i, 8) > n - i:
            return TRUNCATED, opcode_start
        i += length
    return TRUNCATED, n


@compiled
def _little_endian(data: Bytes, start: int, n_bytes: int) -> int:
    """Decode a little-endian number; one of 2**48 or more becomes a number larger than any file."""
    value = 0
    for i in range(n_bytes - 1, -1, -1):
        if value >= 1 << 48:
            return 1 << 56
        value = value << 8 | data[start + i]
    return value
