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
_EMOJI, _FOREIGN, _SCRIPT, _TIME, _BARE, _NAME = 0.017, 0.005, 0.002, 0.11, 0.35, 0.25
_TIME_OF_GENRE = 0.4
_SAME_WORDS, _FIRST_STEMS = (0.25, 0.6), 5
"""Share of titles with a commoner title's meaning that hold its text: of the first 5 stems and of the others. The first
have so many such titles that "country" would be in 7 % of all titles if each held it."""

_FAVOURS_COMMON = 1.5
"""Exponent of a uniform number that chooses a word by rank: of n words, the first has n^(-1 / 1.5) of all choices."""

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

    Of the titles with the meaning of a more frequent one, some are that text with an added word, the others say it in
    other words; a title that stands for a genre contains one of its names.
    """
    vocabulary, genres = world.vocabulary, world.themes.genre
    texts: list[str] = []
    taken: set[str] = set()
    for number in range(world.model.n_titles):
        genre_names = GENRES[int(genres[vocabulary.themes[number, 0]]) % len(GENRES)]
        stem = int(vocabulary.stem[number])
        rng = generator(world.model.catalogue_seed, "synthetic title texts", number)
        if (nasty := _nasty(number, world.model.n_titles)) is not None:
            text = nasty
        elif stem < number and rng.random() < _SAME_WORDS[stem >= _FIRST_STEMS]:
            text = _longer(texts[stem], rng)
        else:
            text = _base(number, genre_names, bool(vocabulary.means_genre[number]), rng)
        while normalise(text) in taken or not normalise(text):
            text = _longer(text, rng)
        taken.add(normalise(text))
        texts.append(text)
    return texts


def _nasty(number: int, n_titles: int) -> str | None:
    """A text that careless programs misread, for a few titles, frequent and rare; None for the others."""
    place, off = divmod(number - _FIRST_NASTY, (n_titles - _FIRST_NASTY) // len(NASTY))
    return NASTY[place] if off == 0 and 0 <= place < len(NASTY) else None


def _base(number: int, genre_names: tuple[str, ...], means_genre: bool, rng: np.random.Generator) -> str:
    if number < len(TOP_TITLES):
        return TOP_TITLES[number]
    kind = rng.random()
    for share, words in ((_EMOJI, EMOJI), (_FOREIGN, FOREIGN), (_SCRIPT, SCRIPTS)):
        if kind < share:
            return _one(words, rng)
        kind -= share
    if means_genre:
        genre = _one(genre_names, rng)
        return genre if rng.random() < _BARE else f"{_before(rng)} {genre}"
    if rng.random() < _NAME:
        name = syllables(int(rng.integers(1 << 40)))
        return f"{name}'s {_common(SUBJECTS, rng)}" if rng.random() < _POSSESSIVE else name
    subject = _common(SUBJECTS, rng)
    if rng.random() < _BARE:
        return subject
    return f"{subject} {_one(TIMES, rng)}" if rng.random() < _TIME else f"{_common(MOODS, rng)} {subject}"


def _longer(text: str, rng: np.random.Generator) -> str:
    kind = rng.random()
    if kind < _EMOJI:
        return f"{text} {_one(EMOJI, rng)}"
    if kind < _EMOJI + _TIME:
        return f"{text} {_one(TIMES, rng)}"
    if kind < _EMOJI + _TIME + _NAME:
        return f"{syllables(int(rng.integers(1 << 40)))} {text}"
    return f"{text} {_common(SUBJECTS, rng)}" if kind < (1 + _NAME) / 2 else f"{_common(MOODS, rng)} {text}"


def _before(rng: np.random.Generator) -> str:
    """A word before the name of a genre."""
    return _one(TIMES, rng) if rng.random() < _TIME_OF_GENRE else _common(MOODS, rng)


def _common(words: tuple[str, ...], rng: np.random.Generator) -> str:
    """One of words that are sorted by how common they are."""
    return words[int(len(words) * rng.random() ** _FAVOURS_COMMON)]


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
