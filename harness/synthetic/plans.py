"""Plan of each playlist before any track is drawn: length, title, themes and habits."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import gammaincinv

from harness.synthetic.catalogue import LAST_YEAR
from harness.synthetic.grouped import on_curve, pick

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.synthetic.model import Model
    from harness.synthetic.world import World

LEAST_LENGTH, MOST_LENGTH = 5, 250
"""Lengths of the MPD's playlists."""

THEME, GENRE, HITS, TAIL = range(4)
"""Origins of an entry: columns of `Plans.mixture`."""

_PURITY = (0.4, 1.0)
_SPAN = (60.0, 1.5, 0.5, 6.0)
_IDOLS = 4
_FAVOURS_FIRST_PART = 2.5
_USUAL_LENGTH = 40.0
_AGES = ((0.135, 1.0, 25.0), (0.435, 1.0, 110.0), (0.42, 1.5, 400.0))
"""Share, shape and scale in days of the gamma distributions of ages; the rest are of the last day."""

_OLDEST = 2_700.0
_DAYS = 365.25


@dataclass(frozen=True)
class Plans:
    """Plans of n playlists, one row per playlist.

    Attributes:
        length: number of entries, (n,).
        title: index of the title, (n,).
        themes: themes, the main one first, (n, most_themes).
        n_themes: number of themes that are used, (n,).
        part: preferred part of each theme, (n, most_themes).
        part_share: share of entries from the preferred part, (n,).
        mixture: cumulative shares of THEME, GENRE, HITS, TAIL, (n, 4).
        fan_share: share of entries by the favourite artists, (n,).
        idols: favourite artists, (n, 2).
        run: probability that an entry has the artist of the previous one, (n,).
        back: probability that an entry returns to an earlier artist, (n,).
        repeats: share of entries that repeat an earlier one, (n,).
        days: age of the last modification in days before the end of the MPD, (n,).
        span: years from the first to the last addition, (n,).
        closed: whether the main theme is closed, (n,) bool.
    """

    length: NDArray[np.int64]
    title: NDArray[np.int64]
    themes: NDArray[np.int64]
    n_themes: NDArray[np.int64]
    part: NDArray[np.int64]
    part_share: NDArray[np.float64]
    mixture: NDArray[np.float64]
    fan_share: NDArray[np.float64]
    idols: NDArray[np.int32]
    run: NDArray[np.float64]
    back: NDArray[np.float64]
    repeats: NDArray[np.float64]
    days: NDArray[np.float64]
    span: NDArray[np.float64]
    closed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.length)

    @property
    def modified(self) -> NDArray[np.float64]:
        """Decimal year of the last modification, (n,)."""
        return LAST_YEAR - self.days / _DAYS

    @property
    def tail_share(self) -> NDArray[np.float64]:
        """Share of entries from the tail, (n,)."""
        return 1 - self.mixture[:, TAIL - 1]

    def take(self, rows: NDArray[Any]) -> Plans:
        """The plans of these rows."""
        return Plans(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def make_plans(world: World, rng: np.random.Generator) -> Plans:
    """The plans of one chunk of playlists."""
    model, themes = world.model, world.themes
    n = model.chunk
    length = _lengths(n, model, rng)
    title = world.vocabulary.draw(n, rng)
    main = world.vocabulary.draw_theme(title, themes, rng)
    closed = themes.closed[main]
    complete = themes.items.sizes[main] * rng.uniform(*model.closed_lengths, n)
    length = np.where(closed, np.maximum(complete, LEAST_LENGTH).astype(np.int64), length)
    fan = rng.random(n) < model.fan_share * (length / _USUAL_LENGTH) ** model.fan_length_exponent
    return Plans(
        length=length,
        title=title,
        themes=_further_themes(main, world, rng),
        n_themes=np.where(closed, 1, _n_themes(length, model, rng)),
        part=(model.n_buckets * rng.random((n, model.most_themes)) ** _FAVOURS_FIRST_PART).astype(np.int64),
        part_share=rng.beta(*model.bucket_share, n) * ~closed,
        mixture=_mixture(themes.purity[main], closed, model, rng),
        fan_share=np.where(fan & ~closed, rng.beta(*model.fan_purity, n), 0.0),
        idols=np.stack([_idol(main, world, rng) for _ in range(2)], axis=1),
        run=_run(length, fan, model, rng) * ~closed,
        back=rng.beta(*model.back, n) * ~closed,
        repeats=np.where(rng.random(n) < model.repeats_share, model.repeats * rng.standard_exponential(n), 0.0),
        days=_days(n, rng),
        span=_spans(length, rng),
        closed=closed,
    )


def _lengths(n: int, model: Model, rng: np.random.Generator) -> NDArray[np.int64]:
    """Lengths, stratified into n equal layers, so that all chunks have nearly the same lengths."""
    possible = np.arange(LEAST_LENGTH, MOST_LENGTH + 1)
    cumulative = np.cumsum(on_curve(model.lengths, possible))
    layers = (rng.permutation(n) + rng.random(n)) / n
    places = np.searchsorted(cumulative, layers * cumulative[-1], side="right")
    lengths: NDArray[np.int64] = possible[np.minimum(places, len(possible) - 1)]
    return lengths


def _idol(theme: NDArray[np.int64], world: World, rng: np.random.Generator) -> NDArray[np.int32]:
    """A favourite artist per theme, (n,): the one with the most tracks among some candidates."""
    catalogue, themes = world.catalogue, world.themes
    candidates = np.stack([catalogue.artist[themes.draw(theme, rng)] for _ in range(_IDOLS)])
    best = catalogue.by_artist.sizes[candidates].argmax(axis=0)
    idol: NDArray[np.int32] = candidates[best, np.arange(len(theme))]
    return idol


def _run(
    length: NDArray[np.int64], fan: NDArray[np.bool_], model: Model, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Probability of runs, (n,), higher for long playlists, which are more often sorted by artist."""
    run = rng.beta(*model.run, len(length)) ** ((_USUAL_LENGTH / length) ** model.run_length_exponent)
    return np.where(fan, rng.beta(*model.fan_run, len(length)), run)


def _n_themes(length: NDArray[np.int64], model: Model, rng: np.random.Generator) -> NDArray[np.int64]:
    mean = model.extra_themes * (length / _USUAL_LENGTH) ** model.extra_themes_exponent
    return np.minimum(1 + rng.poisson(mean), model.most_themes)


def _further_themes(main: NDArray[np.int64], world: World, rng: np.random.Generator) -> NDArray[np.int64]:
    themes, cumulative = world.themes, np.cumsum(world.themes.weights)
    columns = [main]
    for _ in range(world.model.most_themes - 1):
        same = themes.by_genre.draw(themes.genre[main], rng)
        columns.append(np.where(rng.random(len(main)) < world.model.same_genre, same, pick(cumulative, rng, len(main))))
    return np.stack(columns, axis=1)


def _mixture(
    purity: NDArray[np.float64], closed: NDArray[np.bool_], model: Model, rng: np.random.Generator
) -> NDArray[np.float64]:
    n = len(purity)
    shares = rng.standard_gamma(np.tile(np.array(model.mixture) * model.mixture_concentration, (n, 1)))
    shares[:, THEME] *= _PURITY[0] + _PURITY[1] * purity
    niche = rng.random(n) < model.niche_share
    shares = np.where(niche[:, None], rng.standard_gamma(np.tile(model.niche_mixture, (n, 1))), shares)
    shares = np.where(closed[:, None], np.eye(len(model.mixture))[THEME], shares)
    return np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)


def _days(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Ages of the last modification: most are weeks, one in a hundred is on the last day.

    Stratified into n equal layers, so that even few playlists have the right busiest days.
    """
    layers = (rng.permutation(n) + rng.random(n)) / n
    days = np.empty(n)
    low = 0.0
    for share, shape, scale in _AGES:
        here = (layers >= low) & (layers < low + share)
        days[here] = scale * gammaincinv(shape, (layers[here] - low) / share)
        low += share
    return np.where(layers >= low, rng.random(n), np.minimum(days, _OLDEST))


def _spans(length: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    usual, shape, scale, most = _SPAN
    return np.minimum(length / usual * rng.gamma(shape, scale, len(length)), most)
