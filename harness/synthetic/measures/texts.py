"""Measures of the texts of titles and names."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from harness.kit.titles import normalise
from harness.ragged import NO_ID
from harness.synthetic.measures.known import known_titles

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.types import Playlists

_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")
_DIGIT = re.compile(r"\d")
_LAST_LATIN = "\u024f"
_VERSION = re.compile(r"remix|remaster|live|acoustic|edit\b|version|mix\b|instrumental|demo|bonus", re.IGNORECASE)
_FEATURING = re.compile(r"feat|\(with", re.IGNORECASE)
_SAMPLES = (500, 1_000, 2_000, 4_000, 8_000)
_PLACES = {"the commonest": 1, "the second": 2, "the tenth": 10}


def measure_title_texts(playlists: Playlists) -> dict[str, float]:
    """Shares of titles with each property, and distinct titles among the first playlists with a title."""
    names = known_titles(playlists)
    if not names:
        return {}
    normalised = [normalise(name) for name in names[: _SAMPLES[-1]]]
    values: dict[str, float] = {
        f"distinct titles of {n:,}": len(set(normalised[:n])) for n in _SAMPLES if n <= len(names)
    }
    values |= _common_words(normalised)
    lettered = [name for name in names if name.lower() != name.upper()]
    return values | {
        "titles: emoji": _share(names, lambda name: bool(_EMOJI.search(name))),
        "titles: non-ASCII": _share(names, lambda name: not name.isascii()),
        "titles: blanks at an end": _share(names, lambda name: name != name.strip()),
        "titles: digits": _share(names, lambda name: bool(_DIGIT.search(name))),
        "titles: quote": _share(names, _has_quote),
        "titles: lower case": _share(lettered, str.islower),
        "titles: title case": _share(lettered, lambda name: name == name.title() and not name.isupper()),
        "titles: upper case": _share(lettered, str.isupper),
    }


def _common_words(titles: list[str]) -> dict[str, float]:
    """Share of titles that hold the commonest word, the second and the tenth."""
    counts = Counter(word for title in titles for word in set(title.split()))
    shares = [count / len(titles) for _, count in counts.most_common(max(_PLACES.values()))]
    return {f"title words: {name}": shares[place - 1] for name, place in _PLACES.items() if place <= len(shares)}


def measure_title_counts(playlists: Playlists) -> dict[str, float]:
    """Distinct titles of the whole corpus, and shares of the two most frequent among the playlists with a title."""
    names = Counter(known_titles(playlists))
    if not names:
        return {}
    titles: Counter[str] = Counter()
    for name, count in names.items():
        titles[normalise(name)] += count
    most = zip(("titles: the commonest", "titles: the second"), titles.most_common(2), strict=False)
    shares = {name: count / names.total() for name, (_, count) in most}
    return {"titles: raw": len(names), "titles: normalised": len(titles)} | shares


def measure_track_names(playlists: Playlists) -> dict[str, float]:
    """Shares of known names of occurring tracks with each property, and of tracks with a twin of equal name and artist.

    Twins are counted among the tracks whose artist is known too.
    """
    occurring = np.flatnonzero(playlists.track_counts())
    artists = playlists.catalog.artist_of[occurring].tolist()
    named = [pair for pair in zip(playlists.catalog.tracks["name"][occurring], artists, strict=True) if pair[0]]
    names = [name for name, _ in named]
    counts = Counter(pair for pair in named if pair[1] != NO_ID)
    twins = sum(count - 1 for count in counts.values()) / counts.total() if counts else float("nan")
    return {
        "track names: non-ASCII": _share(names, lambda name: not name.isascii()),
        "track names: non-Latin": _share(names, lambda name: any(c > _LAST_LATIN and c.isalpha() for c in name)),
        "track names: quote": _share(names, _has_quote),
        "track names: comma": _share(names, lambda name: "," in name),
        "track names: featuring": _share(names, lambda name: bool(_FEATURING.search(name))),
        "track names: version": _share(names, lambda name: bool(_VERSION.search(name))),
        "tracks with a twin": twins,
    }


def _has_quote(text: str) -> bool:
    return "'" in text or '"' in text


def _share(texts: list[str], has: Callable[[str], bool]) -> float:
    return float(np.mean([has(text) for text in texts])) if texts else float("nan")
