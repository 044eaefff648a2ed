"""Texts of a submission's track fields -> ids of distinct URIs; each distinct text is parsed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.submission.faults import shown
from harness.submission.fields import read_track, unquoted
from harness.types import NO_ID

if TYPE_CHECKING:
    from collections.abc import Collection

_MAX_CACHED = 100
"""A longer text is parsed each time: a cache of such texts could fill the memory."""

Meaning = tuple[int, tuple[tuple[str, str], ...]]
"""The id of the URI that a text names, -1 for none, and its faults: code and detail."""


class Vocabulary:
    """The distinct URIs of a submission.

    Attributes:
        uris: id -> URI, in the order of their first use.
    """

    def __init__(self, odd_uris: Collection[str] = ()) -> None:
        """Take URIs of the corpus that are tracks though their form is not Spotify's."""
        self.uris: list[str] = []
        self._odd_uris = odd_uris
        self._ids: dict[str, int] = {}
        self._faulty: dict[str, Meaning] = {}

    def known_ids(self, texts: Collection[str]) -> list[int | None]:
        """The id of each text that is a URI used before; None for any other text."""
        return list(map(self._ids.get, texts))

    def meaning(self, text: str) -> Meaning:
        """The meaning of a field that is free of blanks."""
        known = self._ids.get(text)
        if known is not None:
            return known, ()
        found = self._faulty.get(text)
        if found is None:
            found = self._parse(text)
            if found[1] and len(text) <= _MAX_CACHED:
                self._faulty[text] = found
        return found

    def _parse(self, text: str) -> Meaning:
        faults = []
        inner = unquoted(text)
        if inner is not None:
            faults.append(("quotes", "the track"))
            text = inner
        uri, code, detail = (text, "", "") if text in self._odd_uris else read_track(text)
        if code:
            faults.append((code, shown(detail)))
        return (self._id(uri) if uri else NO_ID), tuple(faults)

    def _id(self, uri: str) -> int:
        known = self._ids.setdefault(uri, len(self.uris))
        if known == len(self.uris):
            self.uris.append(uri)
        return known
