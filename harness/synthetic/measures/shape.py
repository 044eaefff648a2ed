"""Lengths of playlists, and number and inequality of tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.ragged import NO_ID, n_distinct
from harness.synthetic.measures.known import known_entries
from harness.synthetic.plans import LEAST_LENGTH
from harness.synthetic.playlists import LEAST_ALBUMS, LEAST_ARTISTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Playlists

_SLOPES = ((10, 100), (100, 1_000), (1_000, 10_000))
_RARE = 5
_TOP_SHARES = (0.001, 0.01, 0.1)


def measure_lengths(playlists: Playlists) -> dict[str, float]:
    """Mean, quartiles, extremes, and shares of single lengths."""
    lengths = playlists.tracks.lengths
    values = {
        "length: mean": float(lengths.mean()),
        "length: least": int(lengths.min()),
        "length: most": int(lengths.max()),
    }
    for name, share in (("lower quartile", 0.25), ("median", 0.5), ("upper quartile", 0.75)):
        values[f"length: {name}"] = float(np.quantile(lengths, share))
    for length in (12, 15, 20, 25, 31):
        values[f"share of length {length}"] = float((lengths == length).mean())
    return values


def measure_rules(playlists: Playlists) -> dict[str, float]:
    """Playlists with fewer than 5 entries, 3 artists or 2 albums.

    An entry of unknown artist or album may be of another one, so it counts as one more.
    """
    broken = playlists.tracks.lengths < LEAST_LENGTH
    for group_of, least in ((playlists.catalog.artist_of, LEAST_ARTISTS), (playlists.catalog.album_of, LEAST_ALBUMS)):
        is_unknown = group_of[playlists.tracks.values] == NO_ID
        if len(is_unknown) and is_unknown.all():
            return {}
        n_unknown = playlists.tracks.keep(is_unknown).lengths
        broken |= n_groups(playlists, group_of) + n_unknown < least
    return {"playlists that break a rule": int(broken.sum())}


def measure_albums(playlists: Playlists) -> dict[str, float]:
    """Number of albums per playlist, of the playlists whose albums are all known."""
    album_of = playlists.catalog.album_of
    known = playlists.take(known_entries(playlists, album_of, least=0).tracks.lengths == playlists.tracks.lengths)
    albums = n_groups(known, album_of)
    if not albums.any():
        return {}
    return {
        "albums a playlist: mean": float(albums.mean()),
        "albums a playlist: median": float(np.median(albums)),
    }


def measure_size(playlists: Playlists) -> dict[str, float]:
    """Numbers of tracks, albums and artists, and entries of the largest artists."""
    catalog = playlists.catalog
    is_known = catalog.artist_of != NO_ID
    of_artist = np.bincount(catalog.artist_of[is_known], playlists.track_counts()[is_known])
    counted = {"albums": catalog.n_albums, "artists": catalog.n_artists}
    return {
        "tracks": catalog.n_tracks,
        **{name: n for name, n in counted.items() if n},
        **_at_ranks("entries of artist", of_artist, (1, 2, 20)),
        "growth of tracks, 4,000 to all": growth(playlists, 4_000, len(playlists)),
    }


def measure_top_tracks(playlists: Playlists) -> dict[str, float]:
    """Shares of playlists that contain the most frequent tracks."""
    return _at_ranks("playlists with track", playlists.track_counts() / len(playlists), (1, 10, 20))


def _at_ranks(name: str, counts: NDArray[np.number], ranks: tuple[int, ...]) -> dict[str, float]:
    """The counts at these ranks, the greatest first; none beyond the last."""
    ranked = -np.sort(-counts)
    return {f"{name} {rank}": float(ranked[rank - 1]) for rank in ranks if rank <= len(ranked)}


def measure_popularity(playlists: Playlists) -> dict[str, float]:
    """Distribution of entries over tracks in a corpus of 4,000 playlists."""
    counts = playlists.track_counts()
    counts = -np.sort(-counts[counts > 0])
    if not len(counts):
        return {}
    values: dict[str, float] = {
        "4,000: entries": int(counts.sum()),
        "4,000: tracks": len(counts),
        "4,000: tracks that occur once": float((counts == 1).mean()),
        "4,000: tracks that occur up to 5 times": float((counts <= _RARE).mean()),
    }
    for share in _TOP_SHARES:
        head = counts[: round(share * len(counts))].sum()
        values[f"4,000: entries in the top {100 * share:g} %"] = float(head / counts.sum())
    for first, last in _SLOPES:
        values[f"4,000: slope, ranks {first:,} to {last:,}"] = _slope(counts, first, last)
    return values


def _slope(counts: NDArray[np.int64], first: int, last: int) -> float:
    """Least-squares slope of log count on log rank, over ranks evenly spaced on the logarithmic axis."""
    if len(counts) < last:
        return float("nan")
    ranks = np.unique(np.geomspace(first, last, 50).round().astype(np.int64))
    return float(np.polyfit(np.log(ranks), np.log(counts[ranks - 1]), 1)[0])


def measure_growth(playlists: Playlists) -> dict[str, float]:
    """Exponents x of distinct tracks = entries^x, among the playlists with followers."""
    return {
        "growth of tracks, 500 to 1,000": growth(playlists, 500, 1_000),
        "growth of tracks, 4,000 to 7,000": growth(playlists, 4_000, 7_000),
    }


def growth(playlists: Playlists, few: int, many: int) -> float:
    """Growth exponent of distinct tracks with entries, from the first `few` to the first `many` playlists."""
    tracks = playlists.tracks
    if len(playlists) < many or many <= few:
        return float("nan")
    ends = tracks.indptr[few], tracks.indptr[many]
    if not 0 < ends[0] < ends[1]:
        return float("nan")
    distinct = [len(np.unique(tracks.values[:end])) for end in ends]
    return float(np.log(distinct[1] / distinct[0]) / np.log(ends[1] / ends[0]))


def n_groups(playlists: Playlists, group_of: NDArray[np.int32]) -> NDArray[np.int64]:
    """Number of distinct known artists or albums of each playlist, (n,).

    Args:
        playlists: a corpus.
        group_of: artist or album of each track, (n_tracks,), -1 where unknown.
    """
    known = known_entries(playlists, group_of, least=0).tracks
    return n_distinct(known.row_ids, group_of[known.values], len(playlists))
