"""Random numbers that depend only on (seed, purpose, numbers), not on order, threads or the machine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.ragged import Ragged

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def _key(seed: int, purpose: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest(), "little")


def hashes(seed: int, purpose: str, *numbers: NDArray[Any]) -> NDArray[np.uint64]:
    """One 64-bit hash for each tuple of numbers, by integer arithmetic only.

    Args:
        seed: seed of the user.
        purpose: name of the use; hashes of different purposes are independent.
        *numbers: columns of the tuples, integer arrays of shape (n,): a pid, or a pid and a position.

    Returns:
        Hashes, (n,) uint64. The mixing step is SplitMix64's (Steele, Lea and Flood 2014).
    """
    state = np.full(len(numbers[0]), _key(seed, purpose), np.uint64)
    for column in numbers:
        state = (state ^ column.astype(np.int64).view(np.uint64)) + _GOLDEN
        state = (state ^ (state >> np.uint64(30))) * _MIX_1
        state = (state ^ (state >> np.uint64(27))) * _MIX_2
        state ^= state >> np.uint64(31)
    return state


def row_hashes(rows: Ragged, *, in_order: bool) -> NDArray[np.uint64]:
    """A hash of the values of each row, (n,); without `in_order`, rows with the same values in any order are equal."""
    purpose = "contents of a row"
    if in_order:
        of_values = hashes(0, purpose, rows.values, rows.places)
    else:
        of_values = hashes(0, purpose, np.arange(rows.values.max(initial=-1) + 1))[rows.values]
    sums = np.zeros(len(of_values) + 1, np.uint64)
    np.cumsum(of_values, out=sums[1:])
    of_rows: NDArray[np.uint64] = sums[rows.indptr[1:]] - sums[rows.indptr[:-1]]
    return of_rows


def generator(seed: int, purpose: str, number: int = 0) -> np.random.Generator:
    """NumPy generator for one purpose and one number within it (a chunk, a playlist)."""
    return np.random.Generator(np.random.PCG64([_key(seed, purpose), number]))
