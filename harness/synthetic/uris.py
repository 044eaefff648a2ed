"""URIs in Spotify's format, derived from catalogue numbers by hashing."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from harness.kit.randomness import hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ALPHABET = np.frombuffer((string.digits + string.ascii_lowercase + string.ascii_uppercase).encode(), np.uint8)
_DIGITS_OF_HASH = 11
"""Number of base-62 digits of a 64-bit hash; a URI has 22, from two hashes."""


def make_uris(kind: str, numbers: NDArray[Any]) -> pl.Series:
    """`spotify:<kind>:` and 22 base-62 characters for each number; distinct numbers give distinct URIs.

    Args:
        kind: `track`, `artist` or `album`.
        numbers: catalogue numbers, (n,).

    Returns:
        The URIs, (n,); equal numbers have equal URIs in every corpus.
    """
    digits = np.empty((len(numbers), 2 * _DIGITS_OF_HASH), np.uint8)
    for half in range(2):
        rest = hashes(half, f"uri of a {kind}", numbers)
        for place in range(_DIGITS_OF_HASH):
            rest, digit = np.divmod(rest, np.uint64(len(_ALPHABET)))
            digits[:, half * _DIGITS_OF_HASH + place] = _ALPHABET[digit]
    text = digits.tobytes().decode("ascii")
    width = digits.shape[1]
    return pl.Series("uri", [f"spotify:{kind}:{text[i : i + width]}" for i in range(0, len(text), width)], pl.String)
