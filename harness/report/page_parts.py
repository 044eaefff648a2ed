"""Contents of a page besides its leaderboards: records of runs and sample playlists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class SamplePlaylist:
    """One playlist of the challenge with the list of each run; tracks are URIs.

    Attributes:
        pid: number of the playlist.
        title: None if the challenge hides it.
        category: 1 to 10, or 0.
        seeds: seed tracks, in playlist order.
        withheld: withheld tracks; None if unknown.
        lists: run -> recommended tracks, best first.
    """

    pid: int
    title: str | None
    category: int
    seeds: tuple[str, ...]
    withheld: tuple[str, ...] | None
    lists: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class PageContents:
    """Records and sample playlists of one leaderboard.

    Attributes:
        records: run -> its record as plain JSON values; a foreign submission has none.
        playlists: sample of the challenge; empty if its corpus or a file is missing.
        tracks: URI -> name and artist of every track of the sample.
    """

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    playlists: tuple[SamplePlaylist, ...] = ()
    tracks: dict[str, tuple[str, str]] = field(default_factory=dict)
