"""Compact storage of many texts in two arrays, and their numbering in order of first appearance."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from harness.ragged import NO_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from harness.data.text_kernels import Bytes, HashIndex, Offsets
    from harness.ragged import Ids

_FIRST_ROOM = 1 << 12


class Texts(msgspec.Struct, frozen=True):
    """Sequence of texts in Arrow's layout.

    Attributes:
        bounds: little-endian int64, (n + 1,); text i is data[bounds[i]:bounds[i + 1]].
        data: UTF-8.
    """

    bounds: bytes
    data: bytes

    @classmethod
    def of(cls, texts: Sequence[str]) -> Texts:
        """Convert from Python strings."""
        encoded = [text.encode() for text in texts]
        bounds = np.fromiter(accumulate(map(len, encoded), initial=0), "<i8", len(encoded) + 1)
        return cls(bounds.tobytes(), b"".join(encoded))

    def __len__(self) -> int:
        return len(self.bounds) // 8 - 1

    def to_list(self) -> list[str]:
        """Convert to Python strings."""
        return [self.data[start:end].decode() for start, end in pairwise(self.arrays()[0].tolist())]

    def arrays(self) -> tuple[Offsets, Bytes]:
        """Bounds, (n + 1,), and UTF-8 bytes, read-only."""
        return np.frombuffer(self.bounds, "<i8").astype(np.int64, copy=False), np.frombuffer(self.data, np.uint8)

    def take(self, rows: NDArray[Any]) -> Texts:
        """The texts at these indices, (m,)."""
        from harness.data.text_kernels import take_texts

        bounds, data = self.arrays()
        rows = rows.astype(np.int64, copy=False)
        out_bounds = np.zeros(len(rows) + 1, np.int64)
        out = np.empty(int((bounds[rows + 1] - bounds[rows]).sum()), np.uint8)
        take_texts(data, bounds, rows, out, out_bounds)
        return Texts(out_bounds.astype("<i8", copy=False).tobytes(), out.tobytes())

    def series(self) -> pl.Series:
        """Convert to a polars series without copying."""
        import polars as pl
        import pyarrow as pa

        buffers = [None, pa.py_buffer(self.bounds), pa.py_buffer(self.data)]
        series = pl.from_arrow(pa.Array.from_buffers(pa.large_string(), len(self), buffers))
        assert isinstance(series, pl.Series)
        return series


class Numbering:
    """Map from keys to ids, assigned in order of first appearance."""

    def __init__(self) -> None:
        """Create an empty map; the first id is 0."""
        self._n = 0
        self._data: Bytes = np.empty(_FIRST_ROOM, np.uint8)
        self._bounds: Offsets = np.zeros(_FIRST_ROOM, np.int64)
        self._table: Offsets = np.full(2 * _FIRST_ROOM, NO_ID, np.int64)

    def __len__(self) -> int:
        return self._n

    def ids(self, keys: Texts) -> tuple[Ids, NDArray[np.int64]]:
        """The ids of distinct keys, (n,), and the indices of the new keys, (m,)."""
        from harness.data.text_kernels import number_texts

        bounds, data = keys.arrays()
        ids = np.empty(len(keys), np.int32)
        number_texts(data, bounds, self._with_room(len(keys), len(data)), self._n, ids)
        new = np.flatnonzero(ids >= self._n)
        self._n += len(new)
        return ids, new

    def ids_of(self, codes: Ids, keys: Texts) -> tuple[Ids, NDArray[np.int64]]:
        """The ids of the keys at the indices `codes`, (n,), and the indices of the new keys, (m,).

        Keys that no code refers to get no id; a code of -1 stays -1.
        """
        used = np.zeros(len(keys) + 1, np.bool_)
        used[codes] = True
        used_rows = np.flatnonzero(used[:-1])
        ids = np.full(len(keys) + 1, NO_ID, np.int32)
        ids[used_rows], new = self.ids(keys.take(used_rows))
        return ids[codes], used_rows[new]

    def _with_room(self, n_keys: int, n_bytes: int) -> HashIndex:
        """The arrays, enlarged to hold n_keys more keys with a third of the hash table still empty."""
        from harness.data.text_kernels import HashIndex, fill_table

        self._data = _grown(self._data, int(self._bounds[self._n]) + n_bytes)
        self._bounds = _grown(self._bounds, self._n + n_keys + 1)
        size = 1 << (3 * (self._n + n_keys) // 2).bit_length()
        if size > len(self._table):
            table = np.full(size, NO_ID, np.int64)
            fill_table(self._table, table)
            self._table = table
        return HashIndex(self._data, self._bounds, self._table)


def _grown(values: NDArray[Any], size: int) -> NDArray[Any]:
    """The array with room for at least `size` values; it grows by a factor of 1.5 for amortised linear cost."""
    if size <= len(values):
        return values
    larger = np.empty(max(size, 3 * len(values) // 2), values.dtype)
    larger[: len(values)] = values
    return larger
