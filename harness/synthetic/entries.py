"""The tracks of playlists, in order: segments of themes, runs of artists, walks along albums."""

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
"""A group with fewer tracks is too small to be drawn from."""

_LEAST_PART = 15
_LISTENING_DELAY = 0.9
_FIRST_IDOL = 0.88
_FAVOURS_FIRST_THEME = 1.7
_RUNS_NEED_MORE, _FANS_NEED_MORE, _CLOSED_NEED_MORE, _ALL_NEED = 0.9, 0.5, 2.5, 6


@dataclass(frozen=True)
class Places:
    """Places to be filled, several playlists stored contiguously.

    Attributes:
        row: playlist of each place, (m,); rising.
        position: place within the playlist, (m,), from 0.
        fraction: the same as a share of the playlist, (m,).
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
        """The last marked place at or before each place, (m,); the first place of all where there is none."""
        return np.maximum.accumulate(np.where(mark, self.numbers, 0))


def draw_entries(
    plans: Plans, world: World, surplus: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Draw more entries than the plans ask for; some will repeat earlier ones.

    Args:
        plans: n playlists.
        world: what there is.
        surplus: entries drawn for one that is wanted.
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
    """Fill the places that follow no other entry, each from one part of its playlist's mixture."""
    theme, part = _segments(places, plans, world, rng)
    source = (rng.random(len(places))[:, None] > plans.mixture[places.row, :TAIL]).sum(axis=1)
    fan = rng.random(len(places)) < plans.fan_share[places.row]
    at = np.flatnonzero(head & ~fan & (source == THEME))
    tracks[at] = _from_theme(theme[at], part[at], plans.part_share[places.row[at]], world, rng)
    at = np.flatnonzero(head & ~fan & (source == GENRE))
    tracks[at] = world.catalogue.by_genre.draw(world.themes.genre[theme[at]], rng)
    at = np.flatnonzero(head & ~fan & (source == HITS))
    row = places.row[at]
    heard = plans.modified[row] - plans.span[row] * (1 - places.fraction[at])
    heard -= rng.exponential(_LISTENING_DELAY, len(at))
    tracks[at] = _from_hits(theme[at], quarter(heard), world, rng)
    at = np.flatnonzero(head & ~fan & (source == TAIL))
    tracks[at] = world.catalogue.tail.draw(world.themes.genre[theme[at]], rng)
    at = np.flatnonzero(head & fan)
    idol = plans.idols[places.row[at], (rng.random(len(at)) > _FIRST_IDOL).astype(np.int64)]
    tracks[at] = world.catalogue.by_artist.draw(idol, rng)


def _segments(
    places: Places, plans: Plans, world: World, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The theme of each place, (m,), and the part of it; both stay for a segment."""
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
    """Hits of the family and the time, or of the time alone."""
    catalogue = world.catalogue
    group = catalogue.family[world.themes.genre[theme]] * QUARTERS + quarters
    own = rng.random(len(theme)) < world.model.family_hits
    own &= catalogue.family_hits.sizes[group] > _LEAST_GROUP
    tracks = np.empty(len(theme), np.int32)
    tracks[own] = catalogue.family_hits.draw(group[own], rng)
    tracks[~own] = catalogue.hits.draw(quarters[~own], rng)
    return tracks


def _draw_returns(
    tracks: NDArray[np.int32],
    places: Places,
    head: NDArray[np.bool_],
    returns: NDArray[np.bool_],
    world: World,
    rng: np.random.Generator,
) -> None:
    """Fill the places that come back to the artist of an earlier entry, mostly a recent one."""
    at = np.flatnonzero(returns)
    lag = rng.geometric(1 / world.model.back_reach, len(at))
    earlier = at - np.minimum(lag, places.position[at])
    artist = world.catalogue.artist[tracks[places.last(head)[earlier]]]
    tracks[at] = world.catalogue.by_artist.draw(artist, rng)


def _draw_runs(
    tracks: NDArray[np.int32],
    places: Places,
    continues: NDArray[np.bool_],
    world: World,
    rng: np.random.Generator,
) -> None:
    """Fill the places that go on with an artist: along the album of the run's first track, or down by rank."""
    model, catalogue = world.model, world.catalogue
    first = places.last(~continues)
    at = np.flatnonzero(continues)
    opener = tracks[first[at]].astype(np.int64)
    leaps = np.cumsum(np.where(continues, 1 + (rng.random(len(places)) < model.album_gap), 0))
    step = leaps[at] - leaps[first[at]]
    descents = np.cumsum(np.where(continues, rng.geometric(1 / model.artist_gap, len(places)), 0))
    rank = descents[at] - descents[first[at]] - 1
    album = catalogue.album[opener]
    begin, end = catalogue.album_starts[album], catalogue.album_starts[album + 1]
    along = (rng.random(len(places)) < model.album_runs)[first[at]] & (step < end - begin)
    walked = begin + (opener - begin + step) % (end - begin)
    tracks[at] = np.where(along, walked, catalogue.by_artist.walk(catalogue.artist[opener], rank))
