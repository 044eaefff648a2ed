"""Artists and albums as further training playlists; an unknown seed is represented by its artist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import harness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness import Challenge, Playlists, Ragged

    Ids = NDArray[np.int32]

LONGEST = 250
"""Maximum number of tracks of an artist or album, the most frequent ones: the longest playlist of the MPD."""


def n_columns(train: Playlists, *, metadata: bool) -> int:
    """Number of tracks and, with `metadata`, of artists: column `n_tracks + a` is for unknown tracks of artist a."""
    return train.catalog.n_tracks + (train.catalog.artists.height if metadata else 0)


def with_metadata(train: Playlists, *, metadata: bool) -> Ragged:
    """Entries of the training playlists and, with `metadata`, one more playlist per artist and per album.

    They connect tracks that share few or no playlists. A playlist of an artist has the artist's column too.

    Args:
        train: n playlists.
        metadata: without it, the entries are returned unchanged.

    Returns:
        Columns by playlist: n rows, then a row per artist, then a row per album; only tracks of the training set,
        at most `LONGEST` per row, and rows that connect nothing are empty.
    """
    if not metadata:
        return train.tracks
    catalog, counts = train.catalog, train.track_counts()
    artists = _tracks_by(catalog.artist_of, catalog.artists.height, counts)
    albums = _tracks_by(catalog.album_of, catalog.albums.height, counts)
    alone = np.flatnonzero(artists.lengths > 0)
    rows = np.concatenate([artists.row_ids, alone])
    columns = np.concatenate([artists.values, catalog.n_tracks + alone])[np.argsort(rows, kind="stable")]
    parts = [
        train.tracks,
        harness.Ragged.from_lengths(artists.lengths + (artists.lengths > 0), columns),
        albums.keep(np.repeat(albums.lengths > 1, albums.lengths)),
    ]
    lengths = np.concatenate([part.lengths for part in parts])
    return harness.Ragged.from_lengths(lengths, np.concatenate([part.values for part in parts]))


def seed_columns(challenge: Challenge, known: NDArray[np.bool_], n_tracks: int) -> Ragged:
    """The seeds, where those unknown to the training set are replaced by the columns of their artists.

    Args:
        challenge: n playlists.
        known: whether the training set has each column, (n_columns,).
        n_tracks: columns below it are tracks, the others artists.

    Returns:
        Columns of the n playlists, laid out as the seeds; `n_columns` for a repeated seed, and where neither the track
        nor its artist is known. An artist's column occurs once for each of its unknown tracks.
    """
    seeds, artists = challenge.seeds.values, challenge.catalog.artist_of[challenge.seeds.values]
    held = np.append(known, False)
    is_track = (seeds < n_tracks) & held[np.minimum(seeds, len(known))]
    owners = np.where(artists < 0, len(known), np.minimum(n_tracks + artists.astype(np.int64), len(known)))
    columns = np.where(is_track, seeds, np.where(held[owners], owners, len(known)))
    columns[challenge.seeds.is_repeat] = len(known)
    return harness.Ragged(challenge.seeds.indptr, columns.astype(np.int32))


def _tracks_by(owner_of: Ids, n_owners: int, counts: NDArray[np.int64]) -> Ragged:
    """The `LONGEST` most frequent tracks of each artist or album, (n_owners,) rows; ties go to the lower id."""
    tracks = np.flatnonzero((counts > 0) & (owner_of >= 0)).astype(np.int32)
    tracks = tracks[np.lexsort((tracks, -counts[tracks], owner_of[tracks]))]
    rows = harness.Ragged.from_lengths(np.bincount(owner_of[tracks], minlength=n_owners), tracks)
    return rows.keep(rows.places < LONGEST)
