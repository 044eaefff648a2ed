"""Metadata of playlists: followers, edits, dates, descriptions; and durations of tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.kit.randomness import hashes
from harness.synthetic.words import ADJECTIVES, NOUNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.synthetic.plans import Plans

FOLLOWERS = (
    *((1, 754_219), (2, 149_600), (3, 46_939), (4, 19_591), (5, 9_813)),
    *((6, 5_500), (7, 3_500), (8, 2_200), (9, 1_450), (10, 1_006)),
)
"""Number of followers and of playlists per 1,000,000 that have it; 6 to 9 are interpolated."""

MOST_FOLLOWERS = 71_643
"""Followers of the MPD's most popular playlist."""

LEAST_EDITS = 2
"""Every playlist of the MPD was edited at least twice."""

MPD_END = 1_509_494_400
"""End of the MPD's last day: midnight of 1 November 2017, UTC, in seconds."""

_APPEAL = (0.25, 0.15, 0.265, 0.29)
"""Features that attract followers: log length, log rank of the title, the share of rare tracks, being one artist's."""

_TAIL_EXPONENT = 1.05
_TAIL_FROM = 11
_MOST_SHARE = 1.2e-6
_EDITS = (-1.45, 1.0, 0.92)
"""Regression before the minimum of two edits, after which it is the MPD's: -1.08 and .925, deviation .87."""
_DESCRIBED, _COLLABORATIVE = 0.018_76, 0.0226
_DAY = 86_400
_DURATION, _DURATIONS = (223.5, 0.316), (5_000, 3_000_000)
"""Median in seconds and log deviation of a track's duration; shortest and longest in ms."""


def draw_followers(plans: Plans, rng: np.random.Generator) -> NDArray[np.int64]:
    """Followers, (n,), stratified into n equal layers; more for long playlists, rare titles and tracks, one artist."""
    n = len(plans)
    by_length, by_title, by_tail, by_fan = _APPEAL
    appeal = rng.standard_normal(n) + by_length * np.log(plans.length) + by_title * np.log1p(plans.title)
    appeal += by_tail * plans.tail_share + by_fan * (plans.fan_share > 0)
    layers = np.empty(n)
    layers[np.argsort(appeal)] = (np.arange(n) + rng.random(n)) / n
    counts = np.array(FOLLOWERS)
    cumulative = np.cumsum(counts[:, 1]) / 1e6
    place = np.searchsorted(cumulative, layers, side="right")
    beyond = (layers - cumulative[-1]) / (1 - cumulative[-1])
    tail = _TAIL_FROM * np.maximum(1 - beyond, 1e-9) ** (-1 / _TAIL_EXPONENT)
    tail = np.where(layers > 1 - _MOST_SHARE, MOST_FOLLOWERS, np.minimum(tail, MOST_FOLLOWERS / 2))
    return np.where(place < len(counts), counts[place.clip(0, len(counts) - 1), 0], tail).astype(np.int64)


def draw_edits(length: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Numbers of edits, (n,): a power law of the length with lognormal noise, at least two."""
    constant, slope, noise = _EDITS
    edits = np.exp(constant + slope * np.log(length) + noise * rng.standard_normal(len(length)))
    return np.maximum(edits.round(), LEAST_EDITS).astype(np.int64)


def modified_at(days: NDArray[np.float64]) -> NDArray[np.int64]:
    """Seconds since 1970, whole days as in the MPD, from the age in days, (n,)."""
    return MPD_END - _DAY * (1 + np.floor(days).astype(np.int64))


def draw_collaborative(n: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Whether each playlist has several owners, (n,)."""
    return rng.random(n) < _COLLABORATIVE


def draw_descriptions(n: int, rng: np.random.Generator) -> list[str | None]:
    """Descriptions, (n,): a sentence for a few playlists, None for the others."""
    described = (rng.random(n) < _DESCRIBED).tolist()
    adjectives, nouns = (
        rng.integers(len(ADJECTIVES), size=n).tolist(),
        rng.integers(len(NOUNS), size=n).tolist(),
    )
    return [
        f"songs for the {ADJECTIVES[adjective]} {NOUNS[noun]} &amp; you" if is_described else None
        for is_described, adjective, noun in zip(described, adjectives, nouns, strict=True)
    ]


def durations(tracks: NDArray[np.integer]) -> NDArray[np.int32]:
    """Durations in ms, (n,), which depend only on the catalogue numbers, (n,); mean 235 s, deviation 76 s."""
    uniform = (hashes(0, "duration", tracks).astype(np.float64) + 1) / 2.0**64
    other = (hashes(1, "duration", tracks).astype(np.float64) + 1) / 2.0**64
    normal = np.sqrt(-2 * np.log(uniform.clip(1e-12, 1))) * np.cos(2 * np.pi * other)
    milliseconds = 1_000 * np.exp(np.log(_DURATION[0]) + _DURATION[1] * normal)
    rounded: NDArray[np.int32] = milliseconds.round().clip(*_DURATIONS).astype(np.int32)
    return rounded
