"""Numbers of the challenge and their sources; no other module has them as literals.

Sources: the RecSys Challenge 2018 rules and start-kit; the README of its challenge set;
Zamani et al. 2019, "An Analysis of Approaches Taken in the ACM RecSys Challenge 2018", arXiv:1810.01520.
"""

from dataclasses import dataclass
from typing import Literal

TRACKS_PER_PLAYLIST = 500
"""Recommended tracks in every row of a submission (rules)."""

TRACKS_PER_PAGE = 10
"""Tracks that one click on Spotify's "recommended songs" shows (rules)."""

WORST_CLICKS = 51
"""Clicks of a playlist without any hit: one more than the last page's number (rules)."""

ARTIST_CREDIT = 0.25
"""Credit in R-precision for an artist without a track hit (organisers' final metric)."""

URI_PREFIX = "spotify:track:"
"""Prefix of every track in a submission (rules)."""

URI_DIGITS = 22
"""Base-62 characters that follow the prefix (Spotify's identifiers)."""

FIRST_CHALLENGE_PID = 1_000_000
"""Smallest pid of an official challenge; those of the MPD are below."""

OFFICIAL_PLAYLISTS_PER_CATEGORY = 1_000
"""Playlists in each of the ten categories of the official challenge (its README)."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """Distribution of playlist lengths for a share of a category's playlists.

    Figures are exact decimals written as text, so that a split can be drawn without floating point.
    """

    share: str
    least: int
    most: int
    mean: str
    sd: str


@dataclass(frozen=True, slots=True)
class Category:
    """One of the ten kinds of incomplete playlists: visible information and playlist lengths."""

    number: int
    n_seeds: int
    order: Literal["first", "random"]
    titled: bool
    lengths: tuple[Lengths, ...]

    @property
    def label(self) -> str:
        """Label for tables: seeds, their order, title."""
        seeds = "title only" if self.n_seeds == 0 else f"{self.order} {self.n_seeds}"
        return seeds if self.n_seeds == 0 or self.titled else f"{seeds}, no title"


CATEGORIES: tuple[Category, ...] = (
    Category(1, 0, "first", True, (Lengths("1", 10, 50, "28.6", "11.2"),)),
    Category(2, 1, "first", True, (Lengths("1", 10, 40, "23.8", "8.7"),)),
    Category(
        3,
        5,
        "first",
        True,
        (
            Lengths("0.31", 10, 50, "29.4", "11.4"),
            Lengths("0.43", 51, 75, "62", "7.2"),
            Lengths("0.26", 75, 100, "87", "7.1"),
        ),
    ),
    Category(4, 5, "first", False, (Lengths("1", 40, 100, "63", "16.5"),)),
    Category(5, 10, "first", True, (Lengths("1", 40, 100, "63.5", "17.2"),)),
    Category(6, 10, "first", False, (Lengths("1", 40, 100, "63.6", "16.7"),)),
    Category(7, 25, "first", True, (Lengths("1", 101, 250, "150", "38.6"),)),
    Category(8, 25, "random", True, (Lengths("1", 101, 250, "151.7", "38.6"),)),
    Category(9, 100, "first", True, (Lengths("1", 150, 250, "189", "28"),)),
    Category(10, 100, "random", True, (Lengths("1", 150, 250, "187.5", "27"),)),
)
"""The official challenge's categories, with the lengths of its 10,000 playlists (num_tracks)."""

OTHER_CATEGORY = 0
"""Category of an incomplete playlist of any other kind."""

BEST_R_PRECISION = dict(
    enumerate((0.0978, 0.1510, 0.2035, 0.2153, 0.2104, 0.1994, 0.2584, 0.3718, 0.2225, 0.3739), start=1)
)
"""Best R-precision of any team by category, as defined for the final leaderboard of the main track.

Source: Zamani et al. 2019, arXiv:1810.01520.
"""
