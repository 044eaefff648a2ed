"""Texts of titles: one normalised form per title of the vocabulary, written in many ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.kit.randomness import generator
from harness.kit.titles import normalise
from harness.synthetic.names import syllables
from harness.synthetic.words import (
    EMOJI,
    FOREIGN,
    GENRES,
    MOODS,
    NASTY,
    SCRIPTS,
    SUBJECTS,
    TIMES,
    TOP_TITLES,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.synthetic.world import World

_FIRST_NASTY = 40
_POSSESSIVE = 0.01
_EMOJI, _FOREIGN, _SCRIPT, _TIME, _GENRE, _NAME = 0.014, 0.005, 0.002, 0.10, 0.35, 0.25
_LOWER, _TITLE, _UPPER = 0.38, 0.45, 0.07
_TRAILING, _DECORATED = 0.069, 0.03
_SIGNS = (
    *(
        "!",
        ".",
        "~",
        "*",
        "...",
        "!!",
        ":)",
        "#",
        "@",
        "^",
        "_",
        ";)",
        "!!!",
        ".",
        "~~",
        "//",
        "=",
        "$",
        "`",
        "(:",
    ),
)
_MOST_SIGNS = 3


def make_titles(world: World) -> list[str]:
    """Text of every title of the vocabulary, (n_titles,); distinct after normalisation.

    A title with the meaning of a more frequent one is that text with an added word; a title that stands for a genre
    contains its name.
    """
    vocabulary, genres = world.vocabulary, world.themes.genre
    texts: list[str] = []
    taken: set[str] = set()
    for number in range(world.model.n_titles):
        genre = GENRES[int(genres[vocabulary.themes[number, 0]]) % len(GENRES)]
        stem = int(vocabulary.stem[number])
        rng = generator(world.model.catalogue_seed, "synthetic title texts", number)
        if (nasty := _nasty(number, world.model.n_titles)) is not None:
            text = nasty
        elif stem < number:
            text = _longer(texts[stem], rng)
        else:
            text = _base(number, genre, bool(vocabulary.means_genre[number]), rng)
        while normalise(text) in taken or not normalise(text):
            text = _longer(text, rng)
        taken.add(normalise(text))
        texts.append(text)
    return texts


def _nasty(number: int, n_titles: int) -> str | None:
    """A text that careless programs misread, for a few titles, frequent and rare; None for the others."""
    place, off = divmod(number - _FIRST_NASTY, (n_titles - _FIRST_NASTY) // len(NASTY))
    return NASTY[place] if off == 0 and 0 <= place < len(NASTY) else None


def _base(number: int, genre: str, means_genre: bool, rng: np.random.Generator) -> str:
    if number < len(TOP_TITLES):
        return TOP_TITLES[number]
    kind = rng.random()
    for share, words in ((_EMOJI, EMOJI), (_FOREIGN, FOREIGN), (_SCRIPT, SCRIPTS)):
        if kind < share:
            return _one(words, rng)
        kind -= share
    if means_genre:
        return genre if rng.random() < _GENRE else f"{_one(MOODS + TIMES, rng)} {genre}"
    if rng.random() < _NAME:
        name = syllables(int(rng.integers(1 << 40)))
        return f"{name}'s {_one(SUBJECTS, rng)}" if rng.random() < _POSSESSIVE else name
    return _one(SUBJECTS, rng) if rng.random() < _GENRE else f"{_one(MOODS, rng)} {_one(SUBJECTS, rng)}"


def _longer(text: str, rng: np.random.Generator) -> str:
    kind = rng.random()
    if kind < _EMOJI:
        return f"{text} {_one(EMOJI, rng)}"
    if kind < _EMOJI + _TIME:
        return f"{text} {_one(TIMES, rng)}"
    if kind < _EMOJI + _TIME + _NAME:
        return f"{syllables(int(rng.integers(1 << 40)))} {text}"
    return f"{text} {_one(SUBJECTS, rng)}" if kind < (1 + _NAME) / 2 else f"{_one(MOODS, rng)} {text}"


def _one(words: tuple[str, ...], rng: np.random.Generator) -> str:
    return words[int(rng.integers(len(words)))]


def write_titles(texts: list[str], titles: NDArray[np.int64], rng: np.random.Generator) -> list[str]:
    """Title of each playlist as its owner wrote it; normalisation gives the vocabulary's text.

    Args:
        texts: the vocabulary's texts.
        titles: title of each playlist, (n,).
        rng: source of randomness.
    """
    n = len(titles)
    columns = (
        titles.tolist(),
        rng.random(n).tolist(),
        rng.random(n).tolist(),
        rng.random(n).tolist(),
        rng.integers(len(_SIGNS), size=(n, _MOST_SIGNS)).tolist(),
    )
    return [_write(texts[title], *style) for title, *style in zip(*columns, strict=True)]


def _write(text: str, case: float, trailing: float, decorated: float, signs: list[int]) -> str:
    if case < _LOWER + _TITLE:
        written = text if case < _LOWER else text.title()
    else:
        written = text.upper() if case < _LOWER + _TITLE + _UPPER else text.capitalize()
    if written.lower() != text.lower():
        written = text
    if decorated < _DECORATED:
        n_signs = 1 + int(decorated / _DECORATED * _MOST_SIGNS)
        ends = "".join(_SIGNS[sign] for sign in signs[:n_signs])
        written = f"{ends}{written}" if signs[0] % 4 == 0 else f"{written}{ends}"
    return f"{written} " if trailing < _TRAILING else written
