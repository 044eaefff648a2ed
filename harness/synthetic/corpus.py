"""Generation of a synthetic corpus as `Playlists`, with a catalog of the tracks that occur."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from harness.errors import ParameterError
from harness.kit.progress import step
from harness.kit.randomness import generator
from harness.ragged import Ragged, n_distinct
from harness.synthetic.audio import with_audio_features
from harness.synthetic.model import Model
from harness.synthetic.names import album_names, artist_names, track_names
from harness.synthetic.numbers import (
    draw_collaborative,
    draw_descriptions,
    draw_edits,
    draw_followers,
    durations,
    modified_at,
)
from harness.synthetic.playlists import Chunk, draw_chunk
from harness.synthetic.titles import make_titles, write_titles
from harness.synthetic.uris import make_uris
from harness.synthetic.world import World, make_world
from harness.types import Catalog, Playlists

if TYPE_CHECKING:
    from numpy.typing import NDArray


def generate(n_playlists: int, seed: int = 0, model: Model | None = None) -> Playlists:
    """Generate a synthetic corpus with the statistics of the Million Playlist Dataset.

    Playlist i is the same in every corpus of the same seed and model that has more than i playlists, and the URIs and
    names of tracks are the same in all corpora of the same model. Audio features are derived from the playlists.

    Args:
        n_playlists: number of playlists, at least 1; their pids are 0 to n_playlists - 1.
        seed: seed of the playlists; the catalogue does not depend on it.
        model: parameters; the calibrated ones if None.

    Returns:
        The playlists, with all fields of the MPD; the catalog contains only tracks that occur.

    Raises:
        ParameterError: if n_playlists is below 1.
    """
    if n_playlists < 1:
        raise ParameterError(f"a corpus needs at least 1 playlist, not {n_playlists}")
    model = model or Model()
    with step("catalogue and themes"):
        world = make_world(model)
        texts = make_titles(world)
    frames: list[pl.DataFrame] = []
    tracks: list[NDArray[np.int32]] = []
    with step("playlists", n_playlists) as bar:
        for number, first in enumerate(range(0, n_playlists, model.chunk)):
            n_kept = min(model.chunk, n_playlists - first)
            chunk = draw_chunk(world, seed, number)
            frame = _info(chunk, world, texts, seed, number)
            frames.append(frame[:n_kept])
            tracks.append(chunk.tracks[: int(chunk.plans.length[:n_kept].sum())])
            bar.advance(n_kept)
    playlists = _with_catalog(pl.concat(frames), tracks, world)
    with step("audio features"):
        return with_audio_features(playlists, seed)


def _info(chunk: Chunk, world: World, texts: list[str], seed: int, number: int) -> pl.DataFrame:
    plans, n = chunk.plans, len(chunk.plans)
    rng = generator(seed, "synthetic playlist info", number)
    row = np.repeat(np.arange(n), plans.length)
    duration = np.bincount(row, durations(chunk.tracks), n).astype(np.int64)
    return pl.DataFrame(
        {
            "pid": np.arange(n, dtype=np.int64) + number * n,
            "name": pl.Series(write_titles(texts, plans.title, rng), dtype=pl.String),
            "collaborative": draw_collaborative(n, rng),
            "modified_at": modified_at(plans.days),
            "num_tracks": plans.length.astype(np.int64),
            "num_albums": n_distinct(row, world.catalogue.album[chunk.tracks], n),
            "num_followers": draw_followers(plans, rng),
            "num_edits": draw_edits(plans.length, rng),
            "num_artists": n_distinct(row, world.catalogue.artist[chunk.tracks], n),
            "duration_ms": duration,
            "description": pl.Series(draw_descriptions(n, rng), dtype=pl.String),
        }
    )


def _with_catalog(info: pl.DataFrame, chunks: list[NDArray[np.int32]], world: World) -> Playlists:
    """Number the tracks that occur, in the catalogue's order, and build their catalog."""
    occurring = np.zeros(world.catalogue.n_tracks, np.bool_)
    for chunk in chunks:
        occurring[chunk] = True
    tracks = np.flatnonzero(occurring)
    ids = np.cumsum(occurring, dtype=np.int32) - np.int32(1)
    values = np.empty(sum(map(len, chunks)), np.int32)
    start = 0
    while chunks:
        chunk = chunks.pop(0)
        values[start : start + len(chunk)] = ids[chunk]
        start += len(chunk)
    with step("names"):
        catalog = _catalog(tracks, world)
    return Playlists(info, Ragged.from_lengths(info["num_tracks"].to_numpy(), values), catalog)


def _catalog(tracks: NDArray[np.int64], world: World) -> Catalog:
    artist, album = world.catalogue.artist[tracks], world.catalogue.album[tracks]
    follows = (tracks > 0) & (world.catalogue.artist[tracks - 1] == artist)
    artists, artist_of = _renumber(artist)
    albums, album_of = _renumber(album)
    return Catalog(
        tracks=_named("track", tracks, track_names(tracks, follows=follows)),
        artists=_named("artist", artists, artist_names(artists)),
        albums=_named("album", albums, album_names(albums)),
        artist_of=artist_of,
        album_of=album_of,
        duration_ms=durations(tracks),
    )


def _renumber(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int32]]:
    distinct, ids = np.unique(values, return_inverse=True)
    return distinct, ids.astype(np.int32)


def _named(kind: str, numbers: NDArray[Any], names: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"uri": make_uris(kind, numbers), "name": pl.Series(names, dtype=pl.String)})
