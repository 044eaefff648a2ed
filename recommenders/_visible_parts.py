"""Visible parts of challenge playlists as further training playlists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import harness

if TYPE_CHECKING:
    from harness import Challenge, Playlists

FEWEST = 2
"""Minimum number of known seeds of a visible part; a single track connects nothing."""


def with_visible_parts(train: Playlists, challenge: Challenge) -> Playlists:
    """The training set and one playlist for the seeds of each challenge playlist.

    Seeds without a training playlist are left out, so that the same tracks are known as before. A visible part that the
    training set has already, under the pid of the challenge or as the same entries, is not added again.

    Args:
        train: n playlists.
        challenge: its seeds are public; its withheld tracks are not read.

    Returns:
        The n playlists, then those of the challenge, over the catalog of `train`.
    """
    import polars as pl

    seeds, n_tracks = challenge.seeds, train.catalog.n_tracks
    held = np.append(train.track_counts() > 0, False)
    seeds = seeds.keep(held[np.minimum(seeds.values, n_tracks)])
    pids = train.info["pid"].to_numpy()
    short = train.tracks.take(train.tracks.lengths <= seeds.lengths.max(initial=0))
    contents, contents_of_train = (harness.kit.row_hashes(rows, in_order=False) for rows in (seeds, short))
    in_train = np.isin(challenge.pids, pids) | np.isin(contents, contents_of_train)
    added = np.flatnonzero((seeds.lengths >= FEWEST) & ~in_train)
    if not len(added):
        return train
    info, more = train.info.select("pid", "name"), challenge.info.select("pid", pl.col("name").fill_null(""))
    parts = train.tracks, seeds.take(added)
    lengths, tracks = (np.concatenate([getattr(part, name) for part in parts]) for name in ("lengths", "values"))
    return harness.Playlists(
        pl.concat([info, more[added]]), harness.Ragged.from_lengths(lengths, tracks), train.catalog
    )
