"""Rules of a filtered corpus: bounds of followers, length and track frequency, form of titles."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from harness.errors import ParameterError


class Titles(StrEnum):
    """Titles of a filtered corpus: as they are, or with ASCII letters and digits only."""

    any = "any"
    ascii = "ascii"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Rules that the playlists and tracks of a filtered corpus satisfy.

    Attributes:
        min_followers, max_followers: bounds of `num_followers`, inclusive; a playlist whose number is unknown is left
            out if either is set. None: no bound.
        min_tracks: least number of entries of a playlist, counted without the entries that `min_occurrences` removes.
        min_occurrences: least number of playlists with a track; the entries of other tracks are removed.
        titles: `ascii`: titles in lower case without punctuation and other than ASCII letters and digits,
            runs of spaces as one; playlists whose title is then empty are left out.
    """

    min_followers: int | None = None
    max_followers: int | None = None
    min_tracks: int = 1
    min_occurrences: int = 1
    titles: Titles = Titles.any

    def __post_init__(self) -> None:
        """Check the values; raises ParameterError."""
        if self.min_tracks < 1 or self.min_occurrences < 1:
            raise ParameterError(
                f"min_tracks={self.min_tracks}, min_occurrences={self.min_occurrences}: both must be at least 1"
            )
        if None not in (self.min_followers, self.max_followers) and self.min_followers > self.max_followers:  # type: ignore[operator]
            raise ParameterError(f"min_followers={self.min_followers} exceeds max_followers={self.max_followers}")

    @property
    def rules(self) -> dict[str, Any]:
        """The rules that differ from their defaults, by name."""
        defaults = asdict(Filter())
        return {name: value for name, value in asdict(self).items() if value != defaults[name]}

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.rules.items())
