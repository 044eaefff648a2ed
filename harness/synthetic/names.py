"""Names of artists, albums and tracks; each depends only on its catalogue number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harness.kit.randomness import hashes
from harness.synthetic.words import ADJECTIVES, FOREIGN, NOUNS, SCRIPTS, SYLLABLES, VERSIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SEED = 0
"""Seed of names; they belong to the catalogue and do not depend on the seed of the corpus."""

_SAME_AS_BEFORE = 0.034
"""Share of tracks that have the name of the artist's previous track: the same recording under another URI."""

_NON_LATIN, _NON_ASCII, _QUOTE, _COMMA, _FEATURING, _VERSION = 0.005, 0.031, 0.077, 0.023, 0.047, 0.109
"""Shares of track names with each trait."""

_QUOTES = ("Don't", "Can't", "I'm", "It's", "You're", "Let's", "Ain't", "That's", "We're", "Cause'")


def track_names(tracks: NDArray[Any], *, follows: NDArray[np.bool_]) -> list[str]:
    """Names of tracks, (n,); `follows`, (n,), is True where the previous track is by the same artist."""
    twin = follows & (_uniform("twin", tracks) < _SAME_AS_BEFORE)
    named = np.where(twin, tracks - 1, tracks)
    noun, adjective, other = (hashes(_SEED, part, named) for part in ("noun", "adjective", "other"))
    columns = (
        _pick(NOUNS, noun),
        _pick(ADJECTIVES, adjective),
        _pick(NOUNS, other),
        (noun >> np.uint64(40)).tolist(),
        _uniform("script", named).tolist(),
        _uniform("quote", named).tolist(),
        _uniform("comma", named).tolist(),
        _uniform("featuring", named).tolist(),
        _uniform("version", named).tolist(),
    )
    return [_track_name(*parts) for parts in zip(*columns, strict=True)]


def _track_name(
    noun: str,
    adjective: str,
    other: str,
    number: int,
    script: float,
    quote: float,
    comma: float,
    featuring: float,
    version: float,
) -> str:
    shape = number % 5
    if script < _NON_LATIN:
        name = f"{SCRIPTS[number % len(SCRIPTS)]} {number % 997}"
    elif script < _NON_LATIN + _NON_ASCII:
        name = f"{FOREIGN[number % len(FOREIGN)].title()} {adjective} {noun}"
    elif shape == 0:
        name = f"{noun.capitalize()} {syllables(number)}"
    elif shape == 1:
        name = f"{adjective.capitalize()} {noun.capitalize()}"
    elif shape == 2:  # noqa: PLR2004 - the shapes are numbered
        name = f"{noun.capitalize()} of the {other.capitalize()}"
    else:
        name = f"{adjective.capitalize()} {noun} in the {other}"
    if quote < _QUOTE:
        name = f"{_QUOTES[number % len(_QUOTES)]} {name}" if number % 7 else f'"{name}"'
    if comma < _COMMA:
        name = f"{name}, {adjective}"
    if featuring < _FEATURING:
        who = syllables(number // 3).capitalize()
        name = f"{name} (with {who})" if number % 3 == 0 else f"{name} (feat. {who})"
    return name + VERSIONS[number % len(VERSIONS)] if version < _VERSION else name


def artist_names(artists: NDArray[Any]) -> list[str]:
    """Names of artists, (n,); some artists share a name, as in reality."""
    numbers = (hashes(_SEED, "artist", artists) >> np.uint64(20)).tolist()
    return [_artist_name(number) for number in numbers]


def _artist_name(number: int) -> str:
    first, second = syllables(number).capitalize(), syllables(number >> 17).capitalize()
    kind = number % 200
    if kind == 0:
        return f"{SCRIPTS[number % len(SCRIPTS)]} {first}"
    if kind < 6:  # noqa: PLR2004 - three in a hundred
        return f"{first}é {second}"
    shapes = (
        f"{first} {second}",
        f"The {first} {NOUNS[number % len(NOUNS)].capitalize()}s",
        first,
        f"{first} & {second}",
        f"{ADJECTIVES[number % len(ADJECTIVES)].capitalize()} {first}",
    )
    return shapes[(number >> 9) % len(shapes)]


def album_names(albums: NDArray[Any]) -> list[str]:
    """Names of albums, (n,)."""
    mixed = hashes(_SEED, "album", albums) >> np.uint64(16)
    return [_album_name(number) for number in mixed.tolist()]


def _album_name(number: int) -> str:
    noun, adjective = (
        NOUNS[number % len(NOUNS)].capitalize(),
        ADJECTIVES[(number >> 8) % len(ADJECTIVES)].capitalize(),
    )
    shapes = (
        f"{adjective} {noun}",
        f"{noun}s",
        f"{adjective} {noun} (Deluxe Edition)",
        f"{syllables(number).capitalize()}: {noun}",
        f"{noun} EP",
    )
    return shapes[(number >> 20) % len(shapes)]


def syllables(number: int) -> str:
    """A pronounceable word of two or three syllables."""
    n = len(SYLLABLES)
    word = SYLLABLES[number % n] + SYLLABLES[number // n % n]
    return word if number // n // n % 2 else word + SYLLABLES[number // n // n // 2 % n]


def _pick(words: tuple[str, ...], mixed: NDArray[np.uint64]) -> list[str]:
    return [words[i] for i in (mixed % np.uint64(len(words))).tolist()]


def _uniform(purpose: str, numbers: NDArray[Any]) -> NDArray[np.float64]:
    return hashes(_SEED, purpose, numbers).astype(np.float64) / 2.0**64
