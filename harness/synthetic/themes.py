"""Themes of playlists: each is some hundred tracks of one genre and a span of years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.kit.randomness import generator, hashes
from harness.synthetic.catalogue import FIRST_YEAR, LAST_YEAR, Catalogue
from harness.synthetic.grouped import LOG_RANGE, Grouped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.synthetic.model import Model

_PROPOSALS = 6
"""Number of proposed tracks per accepted one, for a theme of average taste."""

_SIZES = (60, 6_000)
"""Minimum and maximum number of tracks of a theme."""

_MOST_AFFINITY = 1.5
"""Log affinity above which a proposed track is always accepted."""

_NORMALS = 1 << 16
"""Length of the table that maps a hash to a normal deviate."""

_BATCH = 500
_TASTE_IN_WEIGHTS = 0.6
_KEPT_BY_ARTIST = 0.6
_YEAR_PENALTY, _MOST_YEARS = 0.3, 12.0
_THEME_AGE = 5.0
_CLOSED_NOISE = 0.2
_GENRE_FLATTENING = (0.85, 0.25)


@dataclass(frozen=True)
class Themes:
    """Themes, and their tracks to be drawn.

    Attributes:
        genre: genre of each theme, (n_themes,).
        closed: whether a theme is closed, (n_themes,) bool.
        weights: share among playlists with an unspecific title, (n_themes,), sums to 1.
        purity: share of its playlists' entries that come from the theme, (n_themes,).
        tracks: the track of each item, (n_items,) int32.
        items: items by theme.
        parts: items by part of a theme; group theme * n_buckets + bucket.
        by_genre: themes by genre.
    """

    genre: NDArray[np.int64]
    closed: NDArray[np.bool_]
    weights: NDArray[np.float64]
    purity: NDArray[np.float64]
    tracks: NDArray[np.int32]
    items: Grouped
    parts: Grouped
    by_genre: Grouped

    def draw(self, themes: NDArray[Any], rng: np.random.Generator) -> NDArray[np.int32]:
        """Draw one track from each of `themes`, (m,)."""
        return self.tracks[self.items.draw(themes, rng)]


def make_themes(catalogue: Catalogue, model: Model) -> Themes:
    """The themes of a model."""
    rng = generator(model.catalogue_seed, "synthetic themes")
    flat = catalogue.genre_sizes ** _GENRE_FLATTENING[0]
    genre = rng.choice(model.n_genres, model.n_themes, p=flat / flat.sum())
    closed = np.zeros(model.n_themes, np.bool_)
    closed[rng.choice(model.n_themes, model.n_closed, replace=False)] = True
    theme, track, weight = _choose(catalogue, genre, model, rng)
    theme, track, weight = _close(closed, (theme, track, weight), model, rng)
    weights = _theme_weights(catalogue, genre, closed, model, rng)
    return Themes(
        genre=genre,
        closed=closed,
        weights=weights,
        purity=rng.beta(*model.purity, model.n_themes),
        tracks=track,
        items=Grouped(theme, weight, model.n_themes),
        parts=_parts(catalogue, theme, track, weight, model, rng),
        by_genre=Grouped(genre, weights, model.n_genres),
    )


def _theme_weights(
    catalogue: Catalogue,
    genre: NDArray[np.int64],
    closed: NDArray[np.bool_],
    model: Model,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    by_rank = (np.arange(model.n_themes) + model.theme_offset) ** -model.theme_exponent
    weights = rng.permutation(by_rank.astype(np.float64)) * (catalogue.genre_sizes ** _GENRE_FLATTENING[1])[genre]
    weights[closed] = (np.arange(closed.sum()) + 1.0) ** -model.closed_exponent
    weights[closed] *= model.closed_share / weights[closed].sum()
    weights[~closed] *= (1 - model.closed_share) / weights[~closed].sum()
    return weights


Items = tuple["NDArray[np.int64]", "NDArray[np.int32]", "NDArray[np.float64]"]
"""Theme, track and weight of each item, (n_items,) each."""


def _choose(catalogue: Catalogue, genre: NDArray[np.int64], model: Model, rng: np.random.Generator) -> Items:
    """Propose tracks of the genre by popularity, and accept them by the theme's taste."""
    choosing, weighing = model.theme_popularity
    median, spread = model.theme_sizes
    sizes = np.clip(np.exp(rng.normal(np.log(median), spread, len(genre))), *_SIZES).astype(np.int64)
    years = np.clip(LAST_YEAR - rng.gamma(1.0, _THEME_AGE, len(genre)), FIRST_YEAR, LAST_YEAR)
    spans = np.exp(rng.normal(np.log(model.theme_span[0]), model.theme_span[1], len(genre)))
    proposals = Grouped(catalogue.genre, catalogue.popularity**choosing, model.n_genres)
    normals = rng.standard_normal(_NORMALS).astype(np.float32)
    keys, weights = [], []
    for first in range(0, len(genre), _BATCH):
        themes = np.arange(first, min(first + _BATCH, len(genre)))
        theme = np.repeat(themes, sizes[themes] * _PROPOSALS)
        track = proposals.draw(genre[theme], rng)
        taste = _taste(catalogue, theme, track, model, normals)
        off = (catalogue.year[track] - years[theme]) / spans[theme]
        taste -= _YEAR_PENALTY * np.minimum(off * off, _MOST_YEARS)
        accepted = np.log(rng.random(len(theme))) < taste - _MOST_AFFINITY
        key, first_of_key = np.unique(theme[accepted] * catalogue.n_tracks + track[accepted], return_index=True)
        keys.append(key)
        weights.append(np.exp(_TASTE_IN_WEIGHTS * taste[accepted][first_of_key]))
    theme, track = np.divmod(np.concatenate(keys), catalogue.n_tracks)
    weight = np.concatenate(weights) * catalogue.popularity[track] ** weighing
    _, group = np.unique(theme * (int(catalogue.artist[-1]) + 1) + catalogue.artist[track], return_inverse=True)
    weight *= np.bincount(group, weight)[group] ** -model.theme_artist_penalty
    return theme, track.astype(np.int32), weight


def _taste(
    catalogue: Catalogue,
    theme: NDArray[np.int64],
    track: NDArray[np.int32],
    model: Model,
    normals: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Log affinity of a theme to an artist and a track; derived from hashes, so equal for every proposal."""
    by_artist, by_track = model.theme_taste
    mask = np.uint64(_NORMALS - 1)
    artist_deviates = normals[hashes(model.catalogue_seed, "theme and artist", theme, catalogue.artist[track]) & mask]
    track_deviates = normals[hashes(model.catalogue_seed, "theme and track", theme, track) & mask]
    taste: NDArray[np.float64] = by_artist * artist_deviates.astype(np.float64) + by_track * track_deviates
    return taste


def _close(closed: NDArray[np.bool_], items: Items, model: Model, rng: np.random.Generator) -> Items:
    """Reduce closed themes to their heaviest tracks, all of nearly the same weight."""
    theme, track, weight = items
    order = np.argsort(theme * LOG_RANGE - np.log(weight), kind="stable")
    sizes = np.bincount(theme, minlength=len(closed))
    rank = np.empty(len(theme), np.int64)
    rank[order] = np.arange(len(theme)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    most = np.where(closed, rng.integers(*model.closed_sizes, len(closed)), len(theme))
    even = np.exp(_CLOSED_NOISE * rng.standard_normal(len(theme)))
    kept = rank < most[theme]
    return theme[kept], track[kept], np.where(closed[theme], even, weight)[kept]


def _parts(
    catalogue: Catalogue,
    theme: NDArray[np.int64],
    track: NDArray[np.int32],
    weight: NDArray[np.float64],
    model: Model,
    rng: np.random.Generator,
) -> Grouped:
    """Assign tracks to parts of their theme: most to the part of their artist, the others at random."""
    of_artist = hashes(model.catalogue_seed, "part", theme, catalogue.artist[track]) % np.uint64(model.n_buckets)
    anywhere = rng.integers(0, model.n_buckets, len(theme))
    part = np.where(rng.random(len(theme)) < _KEPT_BY_ARTIST, of_artist.astype(np.int64), anywhere)
    groups = theme * model.n_buckets + part
    return Grouped(groups, weight**model.bucket_exponent, model.n_themes * model.n_buckets)
