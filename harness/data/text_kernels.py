"""Compiled kernels for texts: numbering in order of first appearance, copying of selected texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from harness.kit.numba_cache import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.ragged import Ids

    Bytes = NDArray[np.uint8]
    Offsets = NDArray[np.int64]


class HashIndex(NamedTuple):
    """Numbered texts with spare capacity: text i is data[bounds[i]:bounds[i + 1]].

    `table` is an open-addressing hash table of 2**b slots, each hash << 32 | number, or -1 if empty.
    """

    data: Bytes
    bounds: Offsets
    table: Offsets


@compiled
def number_texts(data: Bytes, bounds: Offsets, known: HashIndex, n_known: int, ids: Ids) -> None:
    """Write the number of each text to `ids`; new texts are added to `known`, which has room for them."""
    last = len(known.table) - 1
    for i in range(len(ids)):
        start, end = bounds[i], bounds[i + 1]
        hashed = _hash(data, start, end)
        slot = hashed & last
        number = -1
        while number < 0:
            entry = known.table[slot]
            if entry < 0:
                number = n_known
                known.table[slot] = hashed << 32 | number
                to = known.bounds[number]
                known.data[to : to + end - start] = data[start:end]
                known.bounds[number + 1] = to + end - start
                n_known += 1
            elif entry >> 32 == hashed and _is_known(data, start, end, known, entry & 0xFFFFFFFF):
                number = entry & 0xFFFFFFFF
            slot = (slot + 1) & last
        ids[i] = number


@compiled
def _is_known(data: Bytes, start: int, end: int, known: HashIndex, number: int) -> bool:
    begin = known.bounds[number]
    if known.bounds[number + 1] - begin != end - start:
        return False
    for i in range(end - start):  # noqa: SIM110 - not compiled: `all`
        if data[start + i] != known.data[begin + i]:
            return False
    return True


@compiled
def _hash(data: Bytes, start: int, end: int) -> int:
    """31-bit hash of a text."""
    mixed = np.uint64(end - start)
    while start < end:
        word = np.uint64(0)
        for i in range(min(8, end - start)):
            word |= np.uint64(data[start + i]) << np.uint64(8 * i)
        mixed = (mixed ^ word) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(32)
        start += 8
    return int(mixed * np.uint64(0xC2B2AE3D27D4EB4F) >> np.uint64(33))


@compiled
def fill_table(entries: Offsets, table: Offsets) -> None:
    """Move the entries of a hash table to a larger one."""
    last = len(table) - 1
    for entry in entries:
        if entry < 0:
            continue
        slot = (entry >> 32) & last
        while table[slot] >= 0:
            slot = (slot + 1) & last
        table[slot] = entry


@compiled
def take_texts(data: Bytes, bounds: Offsets, rows: Offsets, out: Bytes, out_bounds: Offsets) -> None:
    """Copy the texts at these indices to `out` contiguously; `out_bounds[0]` is 0 already."""
    to = 0
    for i in range(len(rows)):
        start, end = bounds[rows[i]], bounds[rows[i] + 1]
        for offset in range(start, end):
            out[to + offset - start] = data[offset]
        to += end - start
        out_bounds[i + 1] = to
