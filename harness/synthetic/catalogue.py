"""Catalogue of the synthetic corpus: artists, albums and tracks with popularity, genre and year."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from harness.kit.randomness import generator
from harness.synthetic.grouped import Grouped, on_curve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.synthetic.model import Model

FIRST_YEAR, LAST_YEAR = 1950.0, 2017.83
"""Range of the years, decimal; the MPD ends in October 2017."""

QUARTERS = 36
"""Number of quarters from 2009 on, each with its own hits; the first also contains everything older."""

_ARTIST_NOISE, _GENRE_NOISE = 0.35, 0.08
_TRACKS_NOISE = (-0.4, 1.0)
_STARS_TRACKS = 1.0
"""Stars have as many tracks as their weight predicts; with noise, few of them would be stars."""

_STAR_DEBUT = 2009.0
"""Time at which the greatest artist, of the greatest genre, began: recent enough for hits in every playlist."""

_FAVOURS_FIRST_ALBUM = 2.0
_ARTIST_AGE = (1.1, 8.0)
_TRACK_AGE = 2.5
_FIRST_FAMILY = 5
_WALK_EXPONENT, _GENRE_EXPONENT, _TAIL_EXPONENT = 0.8, 1.2, 0.75
_GENRE_ARTIST_PENALTY = 0.1


def quarter(year: NDArray[np.floating]) -> NDArray[np.int64]:
    """Number of the quarter of a decimal year, (n,), 0 to QUARTERS - 1."""
    quarters: NDArray[np.int64] = np.clip((year - 2009) * 4, 0, QUARTERS - 1).astype(np.int64)
    return quarters


@dataclass(frozen=True)
class Catalogue:
    """Tracks sorted by artist, then by album, in album order.

    Attributes:
        popularity: expected entries per 1,000,000 playlists, (n_tracks,).
        artist: artist of each track, (n_tracks,) int32, ascending.
        album: album of each track, (n_tracks,) int32, ascending.
        genre: genre of each track, (n_tracks,) int16.
        year: year of each track, (n_tracks,) float32.
        genre_sizes: share of artists in each genre, (n_genres,).
        family: family of each genre, (n_genres,).
        n_families: number of families.
    """

    popularity: NDArray[np.float64]
    artist: NDArray[np.int32]
    album: NDArray[np.int32]
    genre: NDArray[np.int16]
    year: NDArray[np.float32]
    genre_sizes: NDArray[np.float64]
    family: NDArray[np.int64]
    n_families: int

    @property
    def n_tracks(self) -> int:
        """Number of tracks."""
        return len(self.artist)

    @cached_property
    def album_starts(self) -> NDArray[np.int64]:
        """First track of each album and the end of the last, (n_albums + 1,)."""
        return np.concatenate([[0], np.cumsum(np.bincount(self.album))])

    @cached_property
    def by_artist(self) -> Grouped:
        """Tracks by artist, the most popular first."""
        n_artists = int(self.artist[-1]) + 1
        return Grouped(self.artist, self.popularity**_WALK_EXPONENT, n_artists, heaviest_first=True)

    @cached_property
    def by_genre(self) -> Grouped:
        """Tracks by genre, weighted in favour of popular ones."""
        weights = self.popularity**_GENRE_EXPONENT
        of_artist = np.bincount(self.artist, weights)[self.artist]
        return Grouped(self.genre, weights * of_artist**-_GENRE_ARTIST_PENALTY, len(self.family))

    @cached_property
    def tail(self) -> Grouped:
        """Tracks by genre, including rare ones."""
        return Grouped(self.genre, self.popularity**_TAIL_EXPONENT, len(self.family))

    @cached_property
    def hits(self) -> Grouped:
        """Tracks by quarter."""
        return Grouped(quarter(self.year), self.popularity**_GENRE_EXPONENT, QUARTERS)

    @cached_property
    def family_hits(self) -> Grouped:
        """Tracks by family and quarter; the group is family * QUARTERS + quarter."""
        groups = self.family[self.genre] * QUARTERS + quarter(self.year)
        return Grouped(groups, self.popularity**_GENRE_EXPONENT, QUARTERS * self.n_families)


def make_catalogue(model: Model) -> Catalogue:
    """The catalogue of a model; its size does not depend on the number of playlists."""
    rng = generator(model.catalogue_seed, "synthetic catalogue")
    weights = _artist_weights(model, rng)
    sizes = _n_tracks(weights, model, rng)
    artist = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    album = _albums(artist, sizes, model, rng)
    genre_sizes = ((np.arange(model.n_genres) + 1.5) ** -model.genre_exponent).astype(np.float64)
    genre_sizes *= np.exp(rng.normal(0, _GENRE_NOISE, model.n_genres))
    genre_sizes /= genre_sizes.sum()
    family = rng.integers(1, model.n_families, model.n_genres)
    family[:_FIRST_FAMILY] = 0
    genre = rng.choice(model.n_genres, len(sizes), p=genre_sizes).astype(np.int16)
    genre[0] = 0
    return Catalogue(
        popularity=_popularity(weights, artist, album, model, rng),
        artist=artist,
        album=album,
        genre=genre[artist],
        year=_years(artist, album, generator(model.catalogue_seed, "synthetic years")),
        genre_sizes=genre_sizes,
        family=family,
        n_families=model.n_families,
    )


def _artist_weights(model: Model, rng: np.random.Generator) -> NDArray[np.float64]:
    weights = (np.arange(model.n_artists) + model.artist_offset) ** -model.artist_exponent
    weights *= np.exp(rng.normal(0, _ARTIST_NOISE, model.n_artists))
    stars = np.array(model.star_weights)
    weights[: len(stars)] = stars
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def _n_tracks(weights: NDArray[np.float64], model: Model, rng: np.random.Generator) -> NDArray[np.int64]:
    mean = np.exp(rng.normal(*_TRACKS_NOISE, len(weights)))
    mean[: len(model.star_weights)] = _STARS_TRACKS
    mean *= (weights * len(weights)) ** model.tracks_exponent * model.tracks_factor
    return np.minimum(1 + rng.poisson(mean), model.tracks_most)


def _albums(
    artist: NDArray[np.int32], sizes: NDArray[np.int64], model: Model, rng: np.random.Generator
) -> NDArray[np.int32]:
    """An artist's first albums are the largest; numbered by artist, so that they rise with the track."""
    n_albums = np.maximum(1, sizes**model.albums_exponent * model.albums_factor)[artist]
    within = (rng.random(len(artist)) ** _FAVOURS_FIRST_ALBUM * n_albums).astype(np.int64)
    keys = np.sort(artist.astype(np.int64) * (model.tracks_most + 1) + within)
    new = np.concatenate([[False], keys[1:] != keys[:-1]])
    return np.cumsum(new).astype(np.int32)


def _popularity(
    weights: NDArray[np.float64],
    artist: NDArray[np.int32],
    album: NDArray[np.int32],
    model: Model,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Popularity of each track: ranks follow a power law within an artist, values the curve of the model."""
    sizes = np.bincount(artist)
    starts = np.cumsum(sizes) - sizes
    shuffled = np.argsort(artist + rng.random(len(artist)))
    rank = np.empty(len(artist))
    rank[shuffled] = np.arange(len(artist)) - starts[artist] + 1
    raw = np.log(weights[artist]) - model.track_exponent * np.log(rank)
    raw += rng.normal(0, model.track_noise, len(artist))
    raw += rng.normal(0, model.album_noise, int(album[-1]) + 1)[album]
    popularity = np.empty(len(artist))
    popularity[np.argsort(-raw, kind="stable")] = on_curve(model.popularity, np.arange(1, len(artist) + 1))
    return popularity


def _years(artist: NDArray[np.int32], album: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.float32]:
    debut = LAST_YEAR - rng.gamma(*_ARTIST_AGE, int(artist[-1]) + 1)
    debut[0] = _STAR_DEBUT
    since = rng.gamma(1.0, _TRACK_AGE, int(album[-1]) + 1)
    return np.clip(debut[artist] + since[album], FIRST_YEAR, LAST_YEAR).astype(np.float32)
