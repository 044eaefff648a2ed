"""Search for a user's tracks and title in a corpus; an unknown name is answered with the nearest names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import DataError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.data.track_lookup import Lookup

BY_TITLE = "title"
"""Registered name of the recommender that compares titles."""

OTHERS = 4
"""Number of alternatives shown for a search."""


@dataclass(frozen=True, slots=True)
class PlaylistQuery:
    """A playlist as the user describes it.

    Attributes:
        title: None if it has none.
        tracks: distinct catalog rows, in the order in which they were named.
        notes: remarks for the user about the tracks, one line each.
        title_note: remark about a title that no playlist of the corpus has; "" if a playlist has it.
    """

    title: str | None
    tracks: tuple[int, ...]
    notes: tuple[str, ...]
    title_note: str = ""

    def check_answered(self, n_ranked: int, name: str) -> None:
        """Refuse a list that has nothing to do with the playlist: its title is unknown, and it has no track.

        Args:
            n_ranked: number of tracks that the recommender itself gives.
            name: the recommender's registered name.

        Raises:
            DataError: the recommender gives no track for an unknown title; the message has the nearest titles.
        """
        if self.title_note and not self.tracks and not n_ranked:
            remedy = (
                "" if name == BY_TITLE else f"; {name} has no track for it, {BY_TITLE!r} recommends by similar titles"
            )
            raise DataError(f"{self.title_note}{remedy}")


def playlist_query(
    lookup: Lookup, data: str, *, title: str | None = None, uris: Sequence[str] = (), words: Sequence[str] = ()
) -> PlaylistQuery:
    """Find a described playlist in a corpus.

    Args:
        lookup: name index of the corpus.
        data: name of the corpus.
        title: title of the playlist.
        uris: tracks as `track_of` reads them; they come first.
        words: further tracks, as `track_by_words` finds them.

    Raises:
        DataError: the corpus has no such track; the message has the nearest ones.
        ParameterError: the title is empty.
    """
    title_note = "" if title is None else check_title(lookup, title, data)
    notes = []
    tracks = [track_of(lookup, text, data) for text in uris]
    for text in words:
        track, line = track_by_words(lookup, text, data)
        tracks.append(track)
        notes.append(line)
    return PlaylistQuery(title, tuple(dict.fromkeys(tracks)), tuple(notes), title_note)


def track_of(lookup: Lookup, text: str, data: str) -> int:
    """Track of a URI, an identifier or an address.

    Raises:
        DataError: the corpus has no such track; the message has the nearest ones.
    """
    track = lookup.by_uri(text)
    if track is not None:
        return track
    nearest = lookup.nearest_uris(text) or lookup.nearest_names(text)
    raise DataError(f"no track {text!r} in corpus {data!r}{_nearest(lookup, nearest)}; `words` finds tracks by name")


def track_of_text(lookup: Lookup, text: str, data: str) -> tuple[int, str]:
    """Track of a URI, identifier or address, with "", or else that of `track_by_words` with its line.

    Raises:
        DataError: the corpus has no such track.
    """
    track = lookup.by_uri(text)
    return track_by_words(lookup, text, data) if track is None else (track, "")


def track_by_words(lookup: Lookup, text: str, data: str) -> tuple[int, str]:
    """Best track of `Lookup.search`, and a line that names it and the alternatives, so that the user can choose by URI.

    Raises:
        DataError: no name has all the words; the message has the nearest ones.
    """
    matches = lookup.search(text)
    if not len(matches) and not lookup.has_names:
        raise DataError(
            f"no track of corpus {data!r} has a name: join a table of names with "
            f"`harness data tracks FILE --data {data}`, or name the track by its URI"
        )
    if not len(matches):
        nearest = lookup.nearest_names(text)
        raise DataError(f"no track of corpus {data!r} is called {text!r}{_nearest(lookup, nearest)}")
    first, *others = (_described(lookup, int(track)) for track in matches[: 1 + OTHERS])
    line = f"{text!r} is {first}"
    if others:
        more = f"and {len(matches) - 1 - len(others):,} more, " if len(matches) > 1 + len(others) else ""
        line += f"; also found: {'; '.join(others)}; {more}a URI names another"
    return int(matches[0]), line


def check_title(lookup: Lookup, title: str, data: str) -> str:
    """Remark about a title that no playlist of the corpus has, with the nearest titles; "" if a playlist has it.

    Raises:
        ParameterError: the title is empty.
    """
    if not title.strip():
        raise ParameterError("`title` is empty: write a playlist's title, or leave it out")
    if lookup.has_title(title):
        return ""
    nearest = ", ".join(f"{name!r} ({n:,} playlist{'s' * (n != 1)})" for name, n in lookup.nearest_titles(title))
    return f"no playlist of corpus {data!r} is called {title!r}{f'; the nearest titles: {nearest}' if nearest else ''}"


def _nearest(lookup: Lookup, tracks: list[int]) -> str:
    nearest = "; ".join(f"{_credited(lookup, track)} ({lookup.uri(track)})" for track in tracks)
    return f"; the nearest: {nearest}" if nearest else ""


def _described(lookup: Lookup, track: int) -> str:
    return f"{_credited(lookup, track)} ({lookup.uri(track)}, {lookup.n_playlists[track]:,} entries)"


def _credited(lookup: Lookup, track: int) -> str:
    artist = lookup.artist(track)
    return f"{lookup.name(track)} - {artist}" if artist else lookup.name(track)
