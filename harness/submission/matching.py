"""Hash index from URI bytes to catalog ids, vectorised over millions of URIs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.ragged import NO_ID
from harness.rules import URI_DIGITS, URI_PREFIX
from harness.submission.fields import is_known_as_other

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from harness.ragged import Ids
    from harness.types import Catalog

URI_BYTES = len(URI_PREFIX) + URI_DIGITS
"""Length of a well-formed URI."""

WORDS = 3
"""Number of 8-byte words that identify a URI: its last bytes, i.e. its digits and the end of the prefix."""

TAIL_BYTES = 8 * WORDS

_FACTORS = np.array([0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93, 0xC2B2AE3D27D4EB4F], np.uint64)

_ROOM = 6
"""Minimum number of slots per URI, so that most lookups need one probe."""


class TrackIndex:
    """Open-addressing hash table of the well-formed URIs of a catalog, stored in arrays."""

    def __init__(self, catalog: Catalog) -> None:
        """Hash every well-formed URI; other URIs are not in the index."""
        self._ids, self._words = _catalog_words(catalog)
        bits = max(int(len(self._words) * _ROOM).bit_length(), 1)
        self._shift = np.uint64(64 - bits)
        self._last = (1 << bits) - 1
        self._table = np.full(1 << bits, NO_ID, np.int32)
        waiting = np.arange(len(self._words), dtype=np.int32)
        slots = self._slots(self._words)
        while len(waiting):
            is_free = self._table[slots] == NO_ID
            self._table[slots[is_free]] = waiting[is_free]
            collided = self._table[slots] != waiting
            waiting, slots = waiting[collided], (slots[collided] + 1) & self._last

    def ids(self, words: NDArray[np.uint64]) -> Ids:
        """Catalog id of each URI, (m,); -1 if it is not in the index.

        Args:
            words: last bytes of well-formed URIs as little-endian words, (m, 3).
        """
        slots = self._slots(words)
        entries, is_match = self._probe(slots, words)
        matches = np.where(is_match, entries, np.int32(NO_ID))
        queries = np.flatnonzero(~is_match & (entries != NO_ID))
        slots = slots[queries]
        while len(queries):
            slots = (slots + 1) & self._last
            entries, is_match = self._probe(slots, words.take(queries, axis=0))
            matches[queries[is_match]] = entries[is_match]
            undecided = ~is_match & (entries != NO_ID)
            queries, slots = queries[undecided], slots[undecided]
        return np.where(matches == NO_ID, matches, self._ids.take(matches, mode="clip")) if len(self._ids) else matches

    def _probe(self, slots: NDArray[np.int64], words: NDArray[np.uint64]) -> tuple[Ids, NDArray[np.bool_]]:
        """Entry of each slot, -1 if empty, and whether it has these words, (m,) each."""
        entries = self._table.take(slots)
        is_match = entries != NO_ID
        if len(self._words):
            entry_words = self._words.take(entries, axis=0, mode="clip")
            for column in range(WORDS):
                is_match &= entry_words[:, column] == words[:, column]
        return entries, is_match

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
    """URIs of a catalog's tracks that are not in Spotify's form, as in a corpus of another service.

    URIs that are not tracks by Spotify's rules (an episode, a local file, a web address) are left out.
    """
    uris = catalog.tracks.filter(~_is_regular())["uri"].to_list()
    return frozenset(uri for uri in uris if not is_known_as_other(uri))


def _is_regular() -> pl.Expr:
    import polars as pl

    is_long_enough = pl.col("uri").str.len_bytes() == URI_BYTES
    return is_long_enough & pl.col("uri").str.contains(f"^{URI_PREFIX}[0-9A-Za-z]+$")


def _catalog_words(catalog: Catalog) -> tuple[Ids, NDArray[np.uint64]]:
    """Ids of the well-formed URIs, (m,), and their last bytes as words, (m, 3)."""
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
