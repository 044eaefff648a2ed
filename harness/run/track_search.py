"""What a person asks for, found in a corpus; what is not there is answered with the nearest names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import DataError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.data.track_lookup import Lookup

OTHERS = 4
"""Other tracks shown of those that a search found."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A playlist as a person describes it.

    Attributes:
        title: None where it has none.
        tracks: catalog rows, each once, in the order in which they were named.
        notes: what the person should know, one line each.
    """

    title: str | None
    tracks: tuple[int, ...]
    notes: tuple[str, ...]


def wanted(
    lookup: Lookup, data: str, *, title: str | None = None, uris: Sequence[str] = (), words: Sequence[str] = ()
) -> Wanted:
    """What was described, found in a corpus.

    Args:
        lookup: the corpus's names.
        data: the corpus's name.
        title: the playlist's title.
        uris: its tracks as `track_of` reads them; they come first.
        words: more of its tracks, as `track_by_words` finds them.

    Raises:
        DataError: the corpus has no such thing; what comes nearest is named.
        ParameterError: a text is empty.
    """
    notes = []
    if title is not None:
        notes.append(check_title(lookup, title, data, alone=not uris and not words))
    tracks = [track_of(lookup, text, data) for text in uris]
    for text in words:
        track, line = track_by_words(lookup, text, data)
        tracks.append(track)
        notes.append(line)
    return Wanted(title, tuple(dict.fromkeys(tracks)), tuple(filter(None, notes)))


def track_of(lookup: Lookup, text: str, data: str) -> int:
    """The track that a URI, an identifier or an address names.

    Raises:
        DataError: the corpus has none; the nearest are named.
    """
    track = lookup.by_uri(text)
    if track is not None:
        return track
    near = lookup.nearest_uris(text) or lookup.nearest_names(text)
    raise DataError(f"no track {text!r} in corpus {data!r}{_nearest(lookup, near)}; --search finds tracks by name")


def track_by_words(lookup: Lookup, text: str, data: str) -> tuple[int, str]:
    """The track that these words mean, and a line that says which it is and what else was found.

    That is the best of `Lookup.search`: a person sees what was taken, and takes another by its URI.

    Raises:
        DataError: no name holds all the words; the nearest are named.
    """
    found = lookup.search(text)
    if not len(found):
        near = lookup.nearest_names(text)
        raise DataError(f"no track of corpus {data!r} is called {text!r}{_nearest(lookup, near)}")
    first, *others = (_described(lookup, int(track)) for track in found[: 1 + OTHERS])
    line = f"{text!r} is {first}"
    if others:
        more = f"and {len(found) - 1 - len(others):,} more, " if len(found) > 1 + len(others) else ""
        line += f"; also found: {'; '.join(others)}; {more}--track URI takes another"
    return int(found[0]), line


def check_title(lookup: Lookup, title: str, data: str, *, alone: bool) -> str:
    """What a person should know of the title, "" if a playlist bears it.

    Args:
        lookup: the corpus's names.
        title: as it was given.
        data: the corpus's name.
        alone: whether nothing but the title is known of the playlist.

    Raises:
        ParameterError: the title is empty.
        DataError: no playlist has the title, and there is nothing else to go by; the nearest titles are named.
    """
    if not title.strip():
        raise ParameterError("--title is empty: write a playlist's title, or leave it out")
    if lookup.has_title(title):
        return ""
    near = ", ".join(f"{name!r} ({n:,} playlists)" for name, n in lookup.nearest_titles(title))
    line = f"no playlist of corpus {data!r} is called {title!r}{f'; the nearest titles: {near}' if near else ''}"
    if alone:
        raise DataError(line)
    return line


def _nearest(lookup: Lookup, tracks: list[int]) -> str:
    told = "; ".join(f"{_credited(lookup, track)} ({lookup.uri(track)})" for track in tracks)
    return f"; the nearest: {told}" if told else ""


def _described(lookup: Lookup, track: int) -> str:
    return f"{_credited(lookup, track)} ({lookup.uri(track)}, {lookup.n_playlists[track]:,} entries)"


def _credited(lookup: Lookup, track: int) -> str:
    artist = lookup.artist(track)
    return f"{lookup.name(track)} - {artist}" if artist else lookup.name(track)
