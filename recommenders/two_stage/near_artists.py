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
    n_artists, n = len(index.starts) - 1, artists.shape[1]
    column_of = np.full(n_artists, -1, np.int32)  # the first candidate by each artist
    cosine, largest, total = np.zeros(n, np.float32), np.zeros(n, np.float32), np.zeros(n, np.float32)
    for row in range(first, end):
        own = seeds[indptr[row] : indptr[row + 1]]
        if not len(own):
            continue
        known = np.flatnonzero(artists[row] < n_artists)
        for column in known[::-1]:
            column_of[artists[row, column]] = column
        largest[:], total[:] = 0, 0
        for seed in own:
            _cosines(index, seed, artists[row], column_of, cosine)
            for column in known:
                largest[column] = max(largest[column], cosine[column])
                total[column] += cosine[column]
        for column in known:
            of_artist = column_of[artists[row, column]]
            cosines[row, column, 0] = largest[of_artist]
            cosines[row, column, 1] = total[of_artist] / len(own)
            cosines[row, column, 2] = cosine[of_artist]
        for column in known:
            column_of[artists[row, column]] = -1


@harness.kit.compiled
def _cosines(index: PlaylistIndex, seed: int, artists: Ids, column_of: Ids, cosine: Floats) -> None:
    """Cosine of the seed artist with the artist of each candidate, (c,), at its first candidate; 0 at its others."""
    playlists = index.playlists[index.starts[seed] : index.starts[seed + 1]]
    n_read = min(len(playlists), MOST)
    cosine[:] = 0
    for turn in range(n_read):
        playlist = playlists[turn * len(playlists) // n_read]
        for artist in index.tracks[index.indptr[playlist] : index.indptr[playlist + 1]]:
            if column_of[artist] >= 0:
                cosine[column_of[artist]] += 1
    if n_read < len(playlists):
        cosine *= np.float32(len(playlists) / n_read)
    for column in range(len(cosine)):
        if cosine[column] > 0:
            n_artist = index.starts[artists[column] + 1] - index.starts[artists[column]]
            cosine[column] = min(cosine[column] / np.sqrt(np.float64(len(playlists)) * n_artist), 1.0)
