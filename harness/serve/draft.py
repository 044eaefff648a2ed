"""Playlist under construction: it is stored in the address of the page, so that the server keeps no state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, Self
from urllib.parse import urlencode

from harness.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_TRACKS = 250
"""Maximum number of tracks, that of the MPD's longest playlists."""

MOST_CHARACTERS = 300
"""Maximum length of a title or of search words."""


class Query(Protocol):
    """Fields of an address; a field may occur several times."""

    def get(self, key: str, default: str) -> str:
        """Last value of a field."""

    def getlist(self, key: str) -> Sequence[str]:
        """All values of a field."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A playlist under construction.

    Attributes:
        title: "" if it has none.
        tracks: distinct catalog rows, in order.
        words: text of the track search, "" for none.
    """

    title: str = ""
    tracks: tuple[int, ...] = ()
    words: str = ""

    @classmethod
    def of(cls, query: Query, n_tracks: int) -> Self:
        """Read a draft from an address, with one track added (`add`) or removed (`remove`).

        Args:
            query: fields `title`, `track` (repeatable), `words`, `add`, `remove`.
            n_tracks: size of the catalog.

        Raises:
            ParameterError: a field is invalid, or the playlist is too long.
        """
        listed = [number(text, "track", n_tracks) for field in ("track", "add") for text in query.getlist(field)]
        removed = {number(text, "remove", n_tracks) for text in query.getlist("remove")}
        tracks = tuple(track for track in dict.fromkeys(listed) if track not in removed)
        if len(tracks) > MOST_TRACKS:
            raise ParameterError(f"the playlist has more than {MOST_TRACKS} tracks: remove some")
        return cls(_short(query, "title"), tracks, _short(query, "words"))

    @property
    def title_or_none(self) -> str | None:
        """The title, None if it is empty."""
        return self.title or None

    @property
    def is_empty(self) -> bool:
        """True without title and tracks."""
        return not self.title and not self.tracks

    def without_search(self) -> Self:
        """The draft without search words."""
        return replace(self, words="")

    def address(self, path: str = "/", **fields: object) -> str:
        """Address of a page with this draft and further fields."""
        texts = [(name, text) for name, text in (("title", self.title), ("words", self.words)) if text]
        query = urlencode([*texts, *(("track", track) for track in self.tracks), *fields.items()])
        return f"{path}?{query}" if query else path


def number(text: str, what: str, end: int) -> int:
    """Integer from 0 to end - 1.

    Raises:
        ParameterError: it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) < end):  # noqa: PLR2004 - fits int64
        raise ParameterError(f"{what} {text[:MOST_CHARACTERS]!r} is not a number from 0 to {end - 1}")
    return int(text)


def _short(query: Query, field: str) -> str:
    text = query.get(field, "").strip()
    if len(text) > MOST_CHARACTERS:
        raise ParameterError(f"{field} has {len(text)} characters: write at most {MOST_CHARACTERS}")
    return text
