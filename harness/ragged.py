"""Rows of different lengths: the entries of playlists, seeds, withheld tracks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from harness.errors import DataError
from harness.notebook import Shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scipy.sparse import csr_array

Ids = NDArray[np.int32]
"""Catalog rows."""

NO_ID = -1
"""Placeholder for no track, artist or album: the end of a short list, an unknown artist."""


def pairs_of(rows: NDArray[np.integer], ids: Ids) -> NDArray[np.int64]:
    """Each (row, id) as one number, (m,), ordered by row, then id; `number >> 32` is the row."""
    return (rows.astype(np.int64) << 32) | ids


def n_distinct(rows: NDArray[np.integer], values: Ids, n_rows: int) -> NDArray[np.int64]:
    """Number of distinct values in each row, (n_rows,)."""
    pairs = np.sort(pairs_of(rows, values))
    is_new = np.ones(len(pairs), np.bool_)
    is_new[1:] = pairs[1:] != pairs[:-1]
    return np.bincount(pairs[is_new] >> 32, minlength=n_rows)


def read_only(array: NDArray[Any], dtype: type[np.generic], ndim: int, what: str) -> NDArray[Any]:
    """A read-only view of `array`; DataError if it has another type or number of dimensions."""
    view = np.asarray(array)
    if view.dtype != np.dtype(dtype) or view.ndim != ndim:
        message = f"{what} must be {ndim}-dimensional {np.dtype(dtype)}, not {view.ndim}-dimensional {view.dtype}"
        raise DataError(message)
    view = view.view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ragged(Shown):
    """Rows of different lengths, stored contiguously (as in CSR).

    Attributes:
        indptr: (n + 1,) int64; row i is `values[indptr[i]:indptr[i + 1]]`.
        values: (total,) int32, never negative; the order within a row is kept.
    """

    indptr: NDArray[np.int64]
    values: Ids

    def __post_init__(self) -> None:
        """Check the layout; raises DataError."""
        indptr = read_only(self.indptr, np.int64, 1, "indptr")
        values = read_only(self.values, np.int32, 1, "values")
        if len(indptr) == 0 or indptr[0] != 0 or indptr[-1] != len(values) or bool((np.diff(indptr) < 0).any()):
            raise DataError(f"indptr must rise from 0 to {len(values)}, the number of values")
        if len(values) and int(values.min()) < 0:
            raise DataError("values must be catalog rows, 0 or above")
        object.__setattr__(self, "indptr", indptr)
        object.__setattr__(self, "values", values)

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[int] | NDArray[Any]]) -> Self:
        """Join sequences of ids, one per row."""
        arrays = [np.asarray(row, dtype=np.int32) for row in rows]
        lengths = np.fromiter((len(array) for array in arrays), np.int64, len(arrays))
        values = np.concatenate(arrays) if arrays else np.empty(0, np.int32)
        return cls.from_lengths(lengths, values)

    @classmethod
    def empty(cls, n: int) -> Self:
        """Create n empty rows."""
        return cls(np.zeros(n + 1, np.int64), np.empty(0, np.int32))

    @classmethod
    def from_lengths(cls, lengths: NDArray[Any], values: NDArray[Any]) -> Self:
        """Cut `values`, (total,), into rows of `lengths`, (n,)."""
        indptr = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=indptr[1:])
        return cls(indptr, np.ascontiguousarray(values, np.int32))

    @classmethod
    def from_lists(cls, lists: Ids) -> Self:
        """The tracks of lists, (n, k), without -1."""
        held = lists != NO_ID
        return cls.from_lengths(held.sum(axis=1), lists[held])

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def facts(self) -> dict[str, Any]:
        """Numbers of rows and values."""
        return {"n_rows": len(self), "n_values": len(self.values)}

    def row(self, i: int) -> Ids:
        """Row i, a view."""
        return self.values[self.indptr[i] : self.indptr[i + 1]]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Length of each row, (n,)."""
        return np.diff(self.indptr)

    @property
    def row_ids(self) -> Ids:
        """The row of each value, (total,)."""
        return np.repeat(np.arange(len(self), dtype=np.int32), self.lengths)

    @property
    def places(self) -> NDArray[np.int64]:
        """Position of each value in its row, from 0, (total,)."""
        return np.arange(len(self.values)) - np.repeat(self.indptr[:-1], self.lengths)

    @property
    def pairs(self) -> NDArray[np.int64]:
        """Each (row, value) as one number, see `pairs_of`, (total,)."""
        return pairs_of(self.row_ids, self.values)

    @property
    def is_repeat(self) -> NDArray[np.bool_]:
        """Whether each value also occurs earlier in its row, (total,)."""
        repeats = np.ones(len(self.values), np.bool_)
        repeats[np.unique(self.pairs, return_index=True)[1]] = False
        return repeats

    def take(self, rows: NDArray[Any]) -> Ragged:
        """The rows of these numbers, in that order: `rows` is (m,) integer or (n,) bool."""
        rows = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        lengths = self.lengths[rows]
        starts = self.indptr[:-1][rows]
        ends = np.cumsum(lengths)
        picks = np.repeat(starts - (ends - lengths), lengths) + np.arange(ends[-1] if len(ends) else 0)
        return Ragged.from_lengths(lengths, self.values[picks])

    def keep(self, mask: NDArray[np.bool_]) -> Ragged:
        """The values where `mask`, (total,), is true; no row is removed, some may become empty."""
        n_before = np.zeros(len(self.values) + 1, np.int64)
        np.cumsum(mask, out=n_before[1:])
        return Ragged(n_before[self.indptr], self.values[mask])

    def matrix(self, n_columns: int) -> csr_array:
        """The binary matrix of the rows, (n, n_columns) float32 CSR, sorted, duplicates merged."""
        from scipy.sparse import csr_array

        data = np.ones(len(self.values), np.float32)
        matrix = csr_array((data, self.values, self.indptr), shape=(len(self), n_columns), copy=True)
        matrix.sum_duplicates()
        matrix.data[:] = 1
        return matrix
