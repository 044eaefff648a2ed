"""Vocabulary of a submission: ids of its distinct URIs; each distinct text is parsed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.ragged import NO_ID
from harness.submission.faults import shown
from harness.submission.fields import read_track, unquoted

if TYPE_CHECKING:
    from collections.abc import Collection

_MAX_CACHED = 100
"""A longer text is not cached, since such texts could fill the memory."""

Meaning = tuple[int, tuple[tuple[str, str], ...]]
"""Id of the URI that a text names, -1 if none, and its faults: code and detail."""


class Vocabulary:
    """Distinct URIs of a submission.

    Attributes:
        uris: id -> URI, in the order of first use.
    """

    def __init__(self, odd_uris: Collection[str] = ()) -> None:
        """Accept `odd_uris`, URIs of the corpus that do not have Spotify's form, as tracks."""
        self.uris: list[str] = []
        self._odd_uris = odd_uris
        self._ids: dict[str, int] = {}
        self._faulty: dict[str, Meaning] = {}

    def known_ids(self, texts: Collection[str]) -> list[int | None]:
        """Id of each text that is a URI used before; None for any other text."""
        return list(map(self._ids.get, texts))

    def meaning(self, text: str) -> Meaning:
        """Meaning of a stripped field."""
        known_id = self._ids.get(text)
        if known_id is not None:
            return known_id, ()
        meaning = self._faulty.get(text)
        if meaning is None:
            meaning = self._parse(text)
            if meaning[1] and len(text) <= _MAX_CACHED:
                self._faulty[text] = meaning
        return meaning

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
        uri_id = self._ids.setdefault(uri, len(self.uris))
        if uri_id == len(self.uris):
            self.uris.append(uri)
        return uri_id
