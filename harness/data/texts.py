"""Many texts as two arrays, without a Python object each, and their numbers by first appearance."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from harness.types import NO_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from harness.data.text_kernels import Bytes, Known, Places
    from harness.types import Ids

_FIRST_ROOM = 1 << 12


class Texts(msgspec.Struct, frozen=True):
    """Texts in Arrow's layout.

    Attributes:
        bounds: little-endian int64, (n + 1,); text i is data[bounds[i]:bounds[i + 1]].
        data: UTF-8.
    """

    bounds: bytes
    data: bytes

    @classmethod
    def of(cls, texts: Sequence[str]) -> Texts:
        """The same as Python's texts."""
        encoded = [text.encode() for text in texts]
        bounds = np.fromiter(accumulate(map(len, encoded), initial=0), "<i8", len(encoded) + 1)
        return cls(bounds.tobytes(), b"".join(encoded))

    def __len__(self) -> int:
        return len(self.bounds) // 8 - 1

    def to_list(self) -> list[str]:
        """The texts as Python's."""
        return [self.data[start:end].decode() for start, end in pairwise(self.arrays()[0].tolist())]

    def arrays(self) -> tuple[Places, Bytes]:
        """Bounds, (n + 1,), and bytes, read-only."""
        return np.frombuffer(self.bounds, "<i8").astype(np.int64, copy=False), np.frombuffer(self.data, np.uint8)

    def take(self, places: NDArray[Any]) -> Texts:
        """The texts of these places, (m,)."""
        from harness.data.text_kernels import take_texts

        bounds, data = self.arrays()
        places = places.astype(np.int64, copy=False)
        out_bounds = np.zeros(len(places) + 1, np.int64)
        out = np.empty(int((bounds[places + 1] - bounds[places]).sum()), np.uint8)
        take_texts(data, bounds, places, out, out_bounds)
        return Texts(out_bounds.astype("<i8", copy=False).tobytes(), out.tobytes())

    def series(self) -> pl.Series:
        """The texts as a column."""
        import polars as pl
        import pyarrow as pa

        buffers = [None, pa.py_buffer(self.bounds), pa.py_buffer(self.data)]
        series = pl.from_arrow(pa.Array.from_buffers(pa.large_string(), len(self), buffers))
        assert isinstance(series, pl.Series)
        return series


class Numbering:
    """Ids by key, in the order of first appearance."""

    def __init__(self) -> None:
        """Begin at 0."""
        self._n = 0
        self._data: Bytes = np.empty(_FIRST_ROOM, np.uint8)
        self._bounds: Places = np.zeros(_FIRST_ROOM, np.int64)
        self._table: Places = np.full(2 * _FIRST_ROOM, NO_ID, np.int64)

    def __len__(self) -> int:
        return self._n

    def ids(self, keys: Texts) -> tuple[Ids, NDArray[np.int64]]:
        """The ids of distinct keys, (n,), and the places of those that are new, (m,)."""
        from harness.data.text_kernels import number_texts

        bounds, data = keys.arrays()
        ids = np.empty(len(keys), np.int32)
        number_texts(data, bounds, self._with_room(len(keys), len(data)), self._n, ids)
        new = np.flatnonzero(ids >= self._n)
        self._n += len(new)
        return ids, new

    def ids_of(self, codes: Ids, keys: Texts) -> tuple[Ids, NDArray[np.int64]]:
        """The ids of those keys that `codes`, (n,), point at, (n,), and the places of those that are new, (m,).

        A code of -1 stays -1.
        """
        used = np.zeros(len(keys) + 1, np.bool_)
        used[codes] = True
        places = np.flatnonzero(used[:-1])
        ids = np.full(len(keys) + 1, NO_ID, np.int32)
        ids[places], new = self.ids(keys.take(places))
        return ids[codes], places[new]

    def _with_room(self, n_keys: int, n_bytes: int) -> Known:
        """The arrays, grown so far that so many more keys fit and a third of the table stays empty."""
        from harness.data.text_kernels import Known, fill_table

        self._data = _grown(self._data, int(self._bounds[self._n]) + n_bytes)
        self._bounds = _grown(self._bounds, self._n + n_keys + 1)
        size = 1 << (3 * (self._n + n_keys) // 2).bit_length()
        if size > len(self._table):
            table = np.full(size, NO_ID, np.int64)
            fill_table(self._table, table)
            self._table = table
        return Known(self._data, self._bounds, self._table)


def _grown(values: NDArray[Any], size: int) -> NDArray[Any]:
    """The array with room for so many values; half as much again as it had, so that growing stays cheap."""
    if size <= len(values):
        return values
    larger = np.empty(max(size, 3 * len(values) // 2), values.dtype)
    larger[: len(values)] = values
    return larger
