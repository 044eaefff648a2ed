"""Cosines of the artists of candidates and seeds over playlists, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import harness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness import Ragged
    from harness.kit import PlaylistIndex

    Ids = NDArray[np.int32]
    Floats = NDArray[np.float32]

MOST = 500
"""Maximum number of playlists read per artist, evenly spaced."""

NAMES = ("artist_cosine_max", "artist_cosine_mean", "artist_cosine_last")


def near_artists(index: PlaylistIndex, seeds: Ragged, artists: Ids, threads: int) -> dict[str, Floats]:
    """Largest and mean cosine of each candidate's artist with those of the seeds, and that with the last, (n, c).

    Args:
        index: the artists of each training playlist.
        seeds: distinct artists of the seeds of n playlists, in playlist order.
        artists: of the candidates, (n, c); those beyond the index are unknown.
        threads: see `harness.kit.n_threads`.

    Returns:
        Values by name; NaN without a known seed or artist; an artist's cosine with itself is 1.
    """
    cosines = np.full((*artists.shape, len(NAMES)), np.nan, np.float32)
    artists = np.ascontiguousarray(artists, np.int32)

    def rows(first: int, end: int) -> None:
        _fill(index, seeds.indptr, seeds.values, artists, cosines, first, end)

    harness.kit.in_blocks(rows, len(artists), "near artists", threads=threads)
    return {name: cosines[:, :, at] for at, name in enumerate(NAMES)}


@harness.kit.compiled
def _fill(
    index: PlaylistIndex,
    indptr: NDArray[np.int64],
    seeds: Ids,
    artists: Ids,
    cosines: Floats,
    first: int,
    end: int,
) -> None:
    n_artists = len(index.starts) - 1
    shared, largest = np.zeros(n_artists, np.float32), np.zeros(n_artists, np.float32)
    total = np.zeros(n_artists, np.float32)
    for row in range(first, end):
        own = seeds[indptr[row] : indptr[row + 1]]
        if not len(own):
            continue
        largest[:], total[:] = 0, 0
        for seed in own:
            shared[:] = 0
            _count(index, seed, shared)
            n_seed = index.starts[seed + 1] - index.starts[seed]
            for artist in range(n_artists):
                if shared[artist] > 0:
                    n_artist = index.starts[artist + 1] - index.starts[artist]
                    shared[artist] = min(shared[artist] / np.sqrt(np.float64(n_seed) * n_artist), 1.0)
                    largest[artist] = max(largest[artist], shared[artist])
                    total[artist] += shared[artist]
        for column in range(artists.shape[1]):
            artist = artists[row, column]
            if artist < n_artists:
                cosines[row, column, 0] = largest[artist]
                cosines[row, column, 1] = total[artist] / len(own)
                cosines[row, column, 2] = shared[artist]


@harness.kit.compiled
def _count(index: PlaylistIndex, seed: int, shared: Floats) -> None:
    """Number of playlists with the seed artist and each artist."""
    playlists = index.playlists[index.starts[seed] : index.starts[seed + 1]]
    n_read = min(len(playlists), MOST)
    for turn in range(n_read):
        playlist = playlists[turn * len(playlists) // n_read]
        for artist in index.tracks[index.indptr[playlist] : index.indptr[playlist + 1]]:
            shared[artist] += 1
    if n_read < len(playlists):
        shared *= np.float32(len(playlists) / n_read)
