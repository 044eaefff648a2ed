"""Vocabulary of titles: frequency and themes of each title."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.kit.randomness import generator
from harness.synthetic.grouped import pick

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.synthetic.model import Model
    from harness.synthetic.themes import Themes

OFFICIAL_COUNTS = (
    *(10_000, 10_000, 8_493, 8_481, 8_146, 8_015, 6_848, 6_157, 5_883, 5_063),
    *(5_052, 4_907, 4_677, 4_612, 4_186, 4_124, 4_030, 3_886, 3_513, 3_500),
)
"""Number of playlists per 1,000,000 with each of the twenty most frequent titles (official statistics of the MPD)."""

_STEM_SHARE = 0.5
"""Share of titles that are another title with an added word and the same meaning."""

_FAVOURS_FIRST = 3.0
_TOP_SPECIFICITY = 0.9
"""Specificity of the twenty most frequent titles."""


@dataclass(frozen=True)
class Vocabulary:
    """Distinct titles, the most frequent first.

    Attributes:
        cumulative: cumulative shares of the titles, (n_titles,).
        specificity: probability that a playlist of this title has one of its themes, (n_titles,).
        themes: themes of each title, the main one first, (n_titles, title_themes).
        means_genre: whether a title stands only for the genre of its themes, (n_titles,) bool.
        stem: the more frequent title with the same meaning, or the title itself, (n_titles,).
    """

    cumulative: NDArray[np.float64]
    specificity: NDArray[np.float64]
    themes: NDArray[np.int64]
    means_genre: NDArray[np.bool_]
    stem: NDArray[np.int64]

    def draw(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw n titles by frequency, (n,)."""
        return pick(self.cumulative, rng, n)

    def draw_theme(self, titles: NDArray[np.int64], themes: Themes, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw the main theme of a playlist for each of these titles, (n,)."""
        n, n_meanings = len(titles), self.themes.shape[1]
        anything = pick(np.cumsum(themes.weights), rng, n)
        meaning = self.themes[titles, (n_meanings * rng.random(n) ** _FAVOURS_FIRST).astype(np.int64)]
        in_genre = themes.by_genre.draw(themes.genre[meaning], rng)
        meaning = np.where(self.means_genre[titles], in_genre, meaning)
        return np.where(rng.random(n) < self.specificity[titles], meaning, anything)


def make_vocabulary(themes: Themes, model: Model) -> Vocabulary:
    """The vocabulary of a model."""
    rng = generator(model.catalogue_seed, "synthetic titles")
    n = model.n_titles
    shares = (np.arange(n) + model.title_offset) ** -model.title_exponent
    top = np.array(OFFICIAL_COUNTS) / 1e6
    shares[: len(top)] = top
    shares[len(top) :] *= (1 - top.sum()) / shares[len(top) :].sum()
    cumulative = np.cumsum(shares)
    main = pick(np.cumsum(themes.weights), rng, n)
    further = [themes.by_genre.draw(themes.genre[main], rng) for _ in range(model.title_themes - 1)]
    stem = np.arange(n)
    variants = len(top) + np.flatnonzero(rng.random(n - len(top)) < _STEM_SHARE)
    stem[variants] = (rng.random(len(variants)) ** 2 * variants).astype(np.int64)
    stem[variants] = stem[stem[variants]]
    specificity = rng.beta(*model.title_specificity, n)
    specificity[: len(top)] = _TOP_SPECIFICITY
    means_genre = rng.random(n) < model.title_genre_share
    means_genre[: len(top)] = False
    return Vocabulary(
        cumulative=cumulative,
        specificity=specificity,
        themes=np.stack([main, *further], axis=1)[stem],
        means_genre=means_genre[stem],
        stem=stem,
    )
