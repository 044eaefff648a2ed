"""Entries of playlists, in order: segments of themes, runs of artists, sequences of albums."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from harness.synthetic.catalogue import QUARTERS, quarter
from harness.synthetic.plans import GENRE, HITS, TAIL, THEME, Plans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.synthetic.world import World

_LEAST_GROUP = 30
"""Minimum number of tracks of a group that entries are drawn from."""

_LEAST_PART = 15
_LISTENING_DELAY = 0.9
_FIRST_IDOL = 0.88
_FAVOURS_FIRST_THEME = 1.7
_RUNS_NEED_MORE, _FANS_NEED_MORE, _CLOSED_NEED_MORE, _ALL_NEED = 0.9, 0.5, 2.5, 6


@dataclass(frozen=True)
class Places:
    """Places of entries, several playlists stored contiguously.

    Attributes:
        row: playlist of each place, (m,), ascending.
        position: position within the playlist, from 0, (m,).
        fraction: position as a share of the playlist, (m,).
    """

    row: NDArray[np.int64]
    position: NDArray[np.int64]
    fraction: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.row)

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """0, 1, 2, …, (m,)."""
        return np.arange(len(self.row))

    def last(self, mark: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The last marked place at or before each place, (m,); 0 where there is none."""
        return np.maximum.accumulate(np.where(mark, self.numbers, 0))


def draw_entries(
    plans: Plans, world: World, surplus: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Draw more entries than the plans need, since some repeat earlier ones.

    Args:
        plans: n playlists.
        world: catalogue, themes and titles.
        surplus: number of drawn entries per needed one.
        rng: source of randomness.

    Returns:
        The playlist, (m,), and the track, (m,), of each entry, in playlist order.
    """
    places = _places(plans, surplus, rng)
    start = places.position == 0
    continues = (rng.random(len(places)) < plans.run[places.row]) & ~start
    returns = (rng.random(len(places)) < plans.back[places.row]) & ~start & ~continues
    head = ~(continues | returns)
    tracks = np.zeros(len(places), np.int32)
    _draw_heads(tracks, places, head, plans, world, rng)
    _draw_returns(tracks, places, head, returns, world, rng)
    _draw_runs(tracks, places, continues, world, rng)
    return places.row, tracks


def _places(plans: Plans, surplus: float, rng: np.random.Generator) -> Places:
    del rng
    need = surplus * (1 + _FANS_NEED_MORE * plans.fan_share + _RUNS_NEED_MORE * plans.run)
    need *= np.where(plans.closed, _CLOSED_NEED_MORE, 1.0)
    sizes = (plans.length * need).astype(np.int64) + _ALL_NEED
    row = np.repeat(np.arange(len(plans)), sizes)
    position = np.arange(len(row)) - (np.cumsum(sizes) - sizes)[row]
    return Places(row, position, position / sizes[row])


def _draw_heads(
    tracks: NDArray[np.int32],
    places: Places,
    head: NDArray[np.bool_],
    plans: Plans,
    world: World,
    rng: np.random.Generator,
) -> None:
    """Fill the places that do not depend on another entry, each from one component of its playlist's mixture."""
    theme, part = _segments(places, plans, world, rng)
    source = (rng.random(len(places))[:, None] > plans.mixture[places.row, :TAIL]).sum(axis=1)
    fan = rng.random(len(places)) < plans.fan_share[places.row]
    themed = np.flatnonzero(head & ~fan & (source == THEME))
    tracks[themed] = _from_theme(theme[themed], part[themed], plans.part_share[places.row[themed]], world, rng)
    of_genre = np.flatnonzero(head & ~fan & (source == GENRE))
    tracks[of_genre] = world.catalogue.by_genre.draw(world.themes.genre[theme[of_genre]], rng)
    hits = np.flatnonzero(head & ~fan & (source == HITS))
    row = places.row[hits]
    heard = plans.modified[row] - plans.span[row] * (1 - places.fraction[hits])
    heard -= rng.exponential(_LISTENING_DELAY, len(hits))
    tracks[hits] = _from_hits(theme[hits], quarter(heard), world, rng)
    tail = np.flatnonzero(head & ~fan & (source == TAIL))
    tracks[tail] = world.catalogue.tail.draw(world.themes.genre[theme[tail]], rng)
    adored = np.flatnonzero(head & fan)
    idol = plans.idols[places.row[adored], (rng.random(len(adored)) > _FIRST_IDOL).astype(np.int64)]
    tracks[adored] = world.catalogue.by_artist.draw(idol, rng)


def _segments(
    places: Places, plans: Plans, world: World, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Theme of each place, and part of the theme, (m,) each; constant within a segment."""
    begins = (rng.random(len(places)) < 1 / world.model.segment) | (places.position == 0)
    segment = np.cumsum(begins) - 1
    row, fraction = places.row[begins], places.fraction[begins]
    n_themes = plans.n_themes[row]
    drifting = (fraction * n_themes).astype(np.int64)
    jumping = (n_themes * rng.random(len(row)) ** _FAVOURS_FIRST_THEME).astype(np.int64)
    which = np.where(rng.random(len(row)) < world.model.drift, drifting, jumping)
    return plans.themes[row, which][segment], plans.part[row, which][segment]


def _from_theme(
    theme: NDArray[np.int64],
    part: NDArray[np.int64],
    part_share: NDArray[np.float64],
    world: World,
    rng: np.random.Generator,
) -> NDArray[np.int32]:
    themes = world.themes
    group = theme * world.model.n_buckets + part
    keeps = (rng.random(len(theme)) < part_share) & (themes.parts.sizes[group] > _LEAST_PART)
    items = np.empty(len(theme), np.int32)
    items[keeps] = themes.parts.draw(group[keeps], rng)
    items[~keeps] = themes.items.draw(theme[~keeps], rng)
    return themes.tracks[items]


def _from_hits(
    theme: NDArray[np.int64], quarters: NDArray[np.int64], world: World, rng: np.random.Generator
) -> NDArray[np.int32]:
    """Draw hits of the family and the quarter, or of the quarter alone."""
    catalogue = world.catalogue
    group = catalogue.family[world.themes.genre[theme]] * QUARTERS + quarters
    in_family = rng.random(len(theme)) < world.model.family_hits
    in_family &= catalogue.family_hits.sizes[group] > _LEAST_GROUP
    tracks = np.empty(len(theme), np.int32)
    tracks[in_family] = catalogue.family_hits.draw(group[in_family], rng)
    tracks[~in_family] = catalogue.hits.draw(quarters[~in_family], rng)
    return tracks


def _draw_returns(
    tracks: NDArray[np.int32],
    places: Places,
    head: NDArray[np.bool_],
    returns: NDArray[np.bool_],
    world: World,
    rng: np.random.Generator,
) -> None:
    """Fill the places that return to the artist of an earlier entry, mostly a recent one."""
    returning = np.flatnonzero(returns)
    lag = rng.geometric(1 / world.model.back_reach, len(returning))
    earlier = returning - np.minimum(lag, places.position[returning])
    artist = world.catalogue.artist[tracks[places.last(head)[earlier]]]
    tracks[returning] = world.catalogue.by_artist.draw(artist, rng)


def _draw_runs(
    tracks: NDArray[np.int32],
    places: Places,
    continues: NDArray[np.bool_],
    world: World,
    rng: np.random.Generator,
) -> None:
    """Fill the places that continue a run of an artist: along the album of its first track, or by falling rank."""
    model, catalogue = world.model, world.catalogue
    first = places.last(~continues)
    running = np.flatnonzero(continues)
    opener = tracks[first[running]].astype(np.int64)
    leaps = np.cumsum(np.where(continues, 1 + (rng.random(len(places)) < model.album_gap), 0))
    step = leaps[running] - leaps[first[running]]
    descents = np.cumsum(np.where(continues, rng.geometric(1 / model.artist_gap, len(places)), 0))
    rank = descents[running] - descents[first[running]] - 1
    album = catalogue.album[opener]
    begin, end = catalogue.album_starts[album], catalogue.album_starts[album + 1]
    along = (rng.random(len(places)) < model.album_runs)[first[running]] & (step < end - begin)
    walked = begin + (opener - begin + step) % (end - begin)
    tracks[running] = np.where(along, walked, catalogue.by_artist.walk(catalogue.artist[opener], rank))
