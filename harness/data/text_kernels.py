"""Compiled kernels for texts: numbering by first appearance, copies of parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from harness.kit.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Ids

    Bytes = NDArray[np.uint8]
    Places = NDArray[np.int64]


class Known(NamedTuple):
    """Texts by number, with room for more: text i is data[bounds[i]:bounds[i + 1]].

    `table` is an open hash table of 2**b slots: hash << 32 | number, -1 where empty.
    """

    data: Bytes
    bounds: Places
    table: Places


@compiled
def number_texts(data: Bytes, bounds: Places, known: Known, n_known: int, ids: Ids) -> None:
    """The numbers of texts among those known; new ones are added, for which there is room."""
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
def _is_known(data: Bytes, start: int, end: int, known: Known, number: int) -> bool:
    begin = known.bounds[number]
    if known.bounds[number + 1] - begin != end - start:
        return False
    for i in range(end - start):  # noqa: SIM110 - not compiled: `all`
        if data[start + i] != known.data[begin + i]:
            return False
    return True


@compiled
def _hash(data: Bytes, start: int, end: int) -> int:
    """31 bits of a text."""
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
def fill_table(entries: Places, table: Places) -> None:
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
def take_texts(data: Bytes, bounds: Places, places: Places, out: Bytes, out_bounds: Places) -> None:
    """Copy the texts of these places one behind the other; `out_bounds` begins with a 0."""
    to = 0
    for i in range(len(places)):
        start, end = bounds[places[i]], bounds[places[i] + 1]
        for at in range(start, end):
            out[to + at - start] = data[at]
        to += end - start
        out_bounds[i + 1] = to
