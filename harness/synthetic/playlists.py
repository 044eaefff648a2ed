"""Chunks of playlists: entries are drawn from plans until every playlist satisfies the MPD's rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from harness.kit.randomness import generator
from harness.ragged import n_distinct
from harness.synthetic.entries import draw_entries
from harness.synthetic.plans import TAIL, Plans, make_plans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.synthetic.world import World

LEAST_ARTISTS, LEAST_ALBUMS = 3, 2
"""Minimum numbers of artists and albums in a playlist of the MPD."""

_PATIENCE = 4
"""Number of rounds after which an unfulfilled plan is replaced by an easier one."""


@dataclass(frozen=True)
class Chunk:
    """Plans and drawn tracks of some playlists.

    Attributes:
        plans: n plans.
        tracks: catalogue tracks, playlists of `plans.length` entries stored contiguously, (total,) int32.
    """

    plans: Plans
    tracks: NDArray[np.int32]


def draw_chunk(world: World, seed: int, number: int) -> Chunk:
    """Draw the playlists number * chunk to (number + 1) * chunk - 1 of a corpus."""
    rng = generator(seed, "synthetic playlists", number)
    plans = make_plans(world, rng)
    return Chunk(plans, draw_tracks(plans, world, rng))


def draw_tracks(plans: Plans, world: World, rng: np.random.Generator) -> NDArray[np.int32]:
    """Draw the tracks of each plan, playlists stored contiguously, (total,); invalid playlists are drawn again."""
    starts = np.cumsum(plans.length) - plans.length
    tracks = np.empty(int(plans.length.sum()), np.int32)
    rows = np.arange(len(plans))
    surplus = world.model.surplus
    attempt = 0
    while len(rows):
        todo = plans.take(rows) if attempt < _PATIENCE else _easier(plans.take(rows), world, rng)
        row, track = _first_of_each(*draw_entries(todo, world, surplus, rng))
        row, track = _cut(row, track, todo.length)
        _repeat(row, track, todo, rng)
        good = _is_valid(row, track, todo, world)
        length = todo.length[good]
        within = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
        tracks[np.repeat(starts[rows[good]], length) + within] = track[good[row]]
        rows = rows[~good]
        surplus *= 1.5
        attempt += 1
    return tracks


def _easier(plans: Plans, world: World, rng: np.random.Generator) -> Plans:
    """The same plans without runs and favourite artists, with all tracks of a genre."""
    n = len(plans)
    mixture = np.tile(np.cumsum(np.eye(len(world.model.mixture))[TAIL]), (n, 1))
    genres = rng.integers(0, world.model.n_themes, plans.themes.shape)
    nothing = np.zeros(n)
    return replace(plans, mixture=mixture, themes=genres, fan_share=nothing, run=nothing, back=nothing)


def _first_of_each(row: NDArray[np.int64], track: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The first occurrence of each track in its playlist."""
    _, first = np.unique(row << 32 | track, return_index=True)
    first.sort()
    return row[first], track[first]


def _cut(
    row: NDArray[np.int64], track: NDArray[np.int32], length: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    sizes = np.bincount(row, minlength=len(length))
    position = np.arange(len(row)) - (np.cumsum(sizes) - sizes)[row]
    kept = position < length[row]
    return row[kept], track[kept]


def _is_valid(row: NDArray[np.int64], track: NDArray[np.int32], plans: Plans, world: World) -> NDArray[np.bool_]:
    """Whether each playlist has its full length and at least three artists and two albums, (n,)."""
    n = len(plans)
    n_artists = n_distinct(row, world.catalogue.artist[track], n)
    n_albums = n_distinct(row, world.catalogue.album[track], n)
    full = np.bincount(row, minlength=n) == plans.length
    valid: NDArray[np.bool_] = full & (n_artists >= LEAST_ARTISTS) & (n_albums >= LEAST_ALBUMS)
    return valid


def _repeat(row: NDArray[np.int64], track: NDArray[np.int32], plans: Plans, rng: np.random.Generator) -> None:
    """Replace some entries by an earlier one of their playlist."""
    sizes = np.bincount(row, minlength=len(plans))
    starts = (np.cumsum(sizes) - sizes)[row]
    position = np.arange(len(row)) - starts
    repeats = np.flatnonzero((rng.random(len(row)) < plans.repeats[row]) & (position > 0))
    earlier = (rng.random(len(repeats)) * position[repeats]).astype(np.int64)
    track[repeats] = track[starts[repeats] + earlier]
