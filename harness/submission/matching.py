"""URIs as bytes -> ids of a catalog, millions at once and without a Python object each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.rules import URI_DIGITS, URI_PREFIX
from harness.types import NO_ID

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from harness.types import Catalog, Ids

URI_BYTES = len(URI_PREFIX) + URI_DIGITS
"""Length of a well-formed URI."""

WORDS = 3
"""A URI is known by its last bytes, seen as so many 8-byte numbers: its digits and the end of the prefix."""

TAIL_BYTES = 8 * WORDS

_FACTORS = np.array([0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93, 0xC2B2AE3D27D4EB4F], np.uint64)

_ROOM = 6
"""At least so many slots a URI: most are found where they are looked for first."""


class TrackIndex:
    """The well-formed URIs of a catalog in an open hash table of arrays."""

    def __init__(self, catalog: Catalog) -> None:
        """Hash every URI; those of another form are not in the index."""
        self._ids, self._words = _catalog_words(catalog)
        bits = max(int(len(self._words) * _ROOM).bit_length(), 1)
        self._shift = np.uint64(64 - bits)
        self._last = (1 << bits) - 1
        self._table = np.full(1 << bits, NO_ID, np.int32)
        waiting = np.arange(len(self._words), dtype=np.int32)
        slots = self._slots(self._words)
        while len(waiting):
            free = self._table[slots] == NO_ID
            self._table[slots[free]] = waiting[free]
            lost = self._table[slots] != waiting
            waiting, slots = waiting[lost], (slots[lost] + 1) & self._last

    def ids(self, words: NDArray[np.uint64]) -> Ids:
        """The catalog's id of each URI, (m,); -1 where the index lacks it.

        Args:
            words: the last bytes of well-formed URIs as little-endian numbers, (m, 3).
        """
        slots = self._slots(words)
        places, same = self._look(slots, words)
        found = np.where(same, places, np.int32(NO_ID))
        asked = np.flatnonzero(~same & (places != NO_ID))
        slots = slots[asked]
        while len(asked):
            slots = (slots + 1) & self._last
            places, same = self._look(slots, words.take(asked, axis=0))
            found[asked[same]] = places[same]
            undecided = ~same & (places != NO_ID)
            asked, slots = asked[undecided], slots[undecided]
        return np.where(found == NO_ID, found, self._ids.take(found, mode="clip")) if len(self._ids) else found

    def _look(self, slots: NDArray[np.int64], words: NDArray[np.uint64]) -> tuple[Ids, NDArray[np.bool_]]:
        """What each slot holds, and whether it is these words."""
        places = self._table.take(slots)
        same = places != NO_ID
        if len(self._words):
            held = self._words.take(places, axis=0, mode="clip")
            for column in range(WORDS):
                same &= held[:, column] == words[:, column]
        return places, same

    def _slots(self, words: NDArray[np.uint64]) -> NDArray[np.int64]:
        mixed = words[:, 0] * _FACTORS[0]
        mixed ^= mixed >> np.uint64(32)
        mixed += words[:, 1]
        mixed *= _FACTORS[1]
        mixed ^= mixed >> np.uint64(32)
        mixed += words[:, 2]
        mixed *= _FACTORS[2]
        slots: NDArray[np.int64] = (mixed >> self._shift).view(np.int64)
        return slots


def odd_uris(catalog: Catalog) -> frozenset[str]:
    """The URIs of a catalog that are not in Spotify's form: they are tracks all the same."""
    return frozenset(catalog.tracks.filter(~_is_regular())["uri"].to_list())


def _is_regular() -> pl.Expr:
    import polars as pl

    return (pl.col("uri").str.len_bytes() == URI_BYTES) & pl.col("uri").str.starts_with(URI_PREFIX)


def _catalog_words(catalog: Catalog) -> tuple[Ids, NDArray[np.uint64]]:
    """The ids of the well-formed URIs, (m,), and their last bytes as words, (m, 3)."""
    import polars as pl

    last = pl.col("uri").cast(pl.Binary).bin
    starts = range(URI_BYTES - TAIL_BYTES, URI_BYTES, 8)
    numbers = [last.slice(start, 8).bin.reinterpret(dtype=pl.UInt64, endianness="little") for start in starts]
    frame = (
        catalog.tracks.lazy()
        .select(pl.int_range(pl.len(), dtype=pl.Int32).alias("id"), "uri")
        .filter(_is_regular())
        .select("id", *(number.alias(str(place)) for place, number in enumerate(numbers)))
        .collect()
    )
    return frame["id"].to_numpy(), np.stack([frame[str(place)].to_numpy() for place in range(WORDS)], axis=1)
