"""Artists and albums as further training playlists; an unknown seed is replaced by its artist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import harness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness import Challenge, Playlists, Ragged
    from harness.kit import PlaylistIndex

    Ids = NDArray[np.int32]

LONGEST = 250
"""Maximum number of tracks of an artist or album, the most frequent ones: the longest playlist of the MPD."""


def with_metadata(train: Playlists, *, metadata: bool) -> tuple[Ragged, int]:
    """Entries of the training playlists and, with `metadata`, one more playlist per artist and per album.

    They connect tracks that share few or no playlists. Columns are tracks, then artists: column `n_tracks + a` stands
    for tracks of artist a that are in no training playlist. The playlist of an artist has its column too.

    Args:
        train: n playlists.
        metadata: without it, the entries are returned unchanged.

    Returns:
        Columns by playlist, and the number of columns. There are n rows, then a row per artist, then a row per album;
        only tracks of the training set, at most `LONGEST` per row, and rows that connect nothing are empty.
    """
    catalog = train.catalog
    if not metadata:
        return train.tracks, catalog.n_tracks
    counts, n_artists = train.track_counts(), catalog.artists.height
    artists = _tracks_by(catalog.artist_of, n_artists, counts)
    albums = _tracks_by(catalog.album_of, catalog.albums.height, counts)
    in_training = np.flatnonzero(artists.lengths > 0)
    rows = np.concatenate([artists.row_ids, in_training])
    columns = np.concatenate([artists.values, catalog.n_tracks + in_training])[np.argsort(rows, kind="stable")]
    parts = [
        train.tracks,
        harness.Ragged.from_lengths(artists.lengths + (artists.lengths > 0), columns),
        albums.keep(np.repeat(albums.lengths > 1, albums.lengths)),
    ]
    lengths = np.concatenate([part.lengths for part in parts])
    joined = harness.Ragged.from_lengths(lengths, np.concatenate([part.values for part in parts]))
    return joined, catalog.n_tracks + n_artists


def index_with_metadata(train: Playlists, *, metadata: bool) -> PlaylistIndex:
    """Index of these playlists; the columns of artists serve as seeds, but are in no list."""
    playlists, n_columns = with_metadata(train, metadata=metadata)
    return harness.kit.PlaylistIndex.of(playlists, n_columns, train.catalog.n_tracks)


def known_seeds(index: PlaylistIndex, challenge: Challenge) -> tuple[Ragged, NDArray[np.int64]]:
    """The distinct known seeds of each playlist in such an index, and their positions, see `PlaylistIndex.known`."""
    return index.known(seed_columns(challenge, index.frequencies > 0, index.n_listed))


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
    none = len(known)
    held = np.append(known, False)
    seeds, artists = challenge.seeds.values, challenge.catalog.artist_of[challenge.seeds.values]
    tracks = np.where(seeds < n_tracks, seeds, none)
    owners = np.where(artists < 0, none, np.minimum(n_tracks + artists, none))
    columns = np.where(held[tracks], tracks, np.where(held[owners], owners, none))
    columns[challenge.seeds.is_repeat] = none
    return harness.Ragged(challenge.seeds.indptr, columns.astype(np.int32))


def _tracks_by(owner_of: Ids, n_owners: int, counts: NDArray[np.int64]) -> Ragged:
    """The `LONGEST` most frequent tracks of each artist or album, (n_owners,) rows; ties go to the lower id."""
    tracks = np.flatnonzero((counts > 0) & (owner_of >= 0)).astype(np.int32)
    tracks = tracks[np.lexsort((tracks, -counts[tracks], owner_of[tracks]))]
    rows = harness.Ragged.from_lengths(np.bincount(owner_of[tracks], minlength=n_owners), tracks)
    return rows.keep(rows.places < LONGEST)
