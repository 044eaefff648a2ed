"""The compiled part of reading lists: the opcodes of a pickle, looked at before any of them is run.

All compiled code stands in this one file, as in `harness.kit.kernels`. The opcodes and their arguments are those
of `pickletools.opcodes`.
"""

# ruff: noqa: PLR2004 - the numbers are signs and the sizes of arguments

from __future__ import annotations

import pickletools
from typing import TYPE_CHECKING, cast

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from numpy.typing import NDArray

    Function = TypeVar("Function", bound=Callable[..., object])
    Bytes = NDArray[np.uint8]

compiled = cast("Callable[[Function], Function]", numba.njit(nogil=True, cache=True))

SOUND, BREAKS_OFF, LARGE_INDEX, FORBIDDEN = range(4)

_ALLOWED = {
    *("PROTO", "FRAME", "STOP", "MARK", "POP", "POP_MARK"),
    *("GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "PERSID", "BINPERSID"),
    *("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE", "GET", "BINGET", "LONG_BINGET"),
    *("NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"),
    *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    *("STRING", "SHORT_BINSTRING", "BINSTRING", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8"),
    *("EMPTY_LIST", "LIST", "APPEND", "APPENDS", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"),
}
"""Without dictionaries and sets: the hash of a tuple that holds another many times over takes for ever."""

_UP_TO_LINE_END, _UP_TO_TWO_LINE_ENDS = -1, -2
_LENGTH_BYTES = {pickletools.TAKEN_FROM_ARGUMENT1: 1, pickletools.TAKEN_FROM_ARGUMENT4: 4}
_LENGTH_BYTES |= {pickletools.TAKEN_FROM_ARGUMENT4U: 4, pickletools.TAKEN_FROM_ARGUMENT8U: 8}

_FIXED = np.full(256, 0, np.int64)
"""Bytes of an opcode's argument, or one of the two kinds that end with a line."""

_LENGTHS = np.zeros(256, np.int64)
"""Bytes that hold the length of the rest of the argument."""

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
    """The first opcode that lists of texts do not have, and its offset; (SOUND, 0) up to the opcode that stops.

    Args:
        data: the whole file, (n,).
        start: where the pickle begins.
    """
    i, n, n_opcodes = start, len(data), 0
    while i < n:
        opcode, at = data[i], i
        i += 1
        n_opcodes += 1
        if not _IS_ALLOWED[opcode]:
            return FORBIDDEN, at
        if opcode == _STOP:
            return SOUND, 0
        length = _FIXED[opcode]
        if _LENGTHS[opcode]:
            if i + _LENGTHS[opcode] > n:
                return BREAKS_OFF, at
            length = _little_endian(data, i, _LENGTHS[opcode])
            i += _LENGTHS[opcode]
        for _ in range(-length):
            while i < n and data[i] != _LF:
                i += 1
            i += 1
        length = max(length, 0)
        if i + length > n or length > n:
            return BREAKS_OFF, at
        # The index of a memo entry is at most the number of opcodes so far: room is made up to the index.
        if opcode == _LONG_BINPUT and _little_endian(data, i, 4) > n_opcodes:
            return LARGE_INDEX, at
        if opcode == _PUT and i - at > 12:
            return LARGE_INDEX, at
        if opcode == _PUT:
            index = 0
            for place in range(at + 1, i - 1):
                index = 10 * index + data[place] - 48 if 48 <= data[place] <= 57 else n
            if index > n_opcodes:
                return LARGE_INDEX, at
        if opcode == _FRAME and _little_endian(data, i, 8) > n - i:
            return BREAKS_OFF, at
        i += length
    return BREAKS_OFF, n


@compiled
def _little_endian(data: Bytes, at: int, n_bytes: int) -> int:
    """The number in these bytes; more than any file is long where it does not fit."""
    value = 0
    for i in range(n_bytes - 1, -1, -1):
        if value >= 1 << 48:
            return 1 << 56
        value = value << 8 | data[at + i]
    return value
