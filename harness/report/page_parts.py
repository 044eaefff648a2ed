"""What a page shows of a board beside its scores: the runs' records, and playlists to look into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Looked:
    """One playlist of the challenge, and what each run recommended for it; tracks are named by URI.

    Attributes:
        pid: its number.
        title: None where the challenge hides it.
        category: 1 to 10, or 0.
        seeds: the tracks that were shown, in playlist order.
        withheld: the tracks that were to be found; None where nobody knows them.
        lists: run -> its list, best first.
    """

    pid: int
    title: str | None
    category: int
    seeds: tuple[str, ...]
    withheld: tuple[str, ...] | None
    lists: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Extras:
    """What a page shows of one board beside its scores.

    Attributes:
        records: run -> what it was and what it cost, as plain JSON values; a foreign submission has none.
        playlists: a sample of the challenge; empty where its corpus or a file is gone.
        tracks: URI -> name and artist of every track of the sample.
    """

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    playlists: tuple[Looked, ...] = ()
    tracks: dict[str, tuple[str, str]] = field(default_factory=dict)
