"""Estimate whether seeds are the first tracks of their playlists or random ones, from the seeds alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from harness.ragged import NO_ID, pairs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.ragged import Ragged

Order = Literal["real", "random", "sorted", "unknown"]

COMMONEST = 200
"""Tracks whose order is compared between playlists."""

FEWEST_MEETINGS = 3
"""Two tracks are compared if so many playlists hold both."""

ONE_ORDER = 0.95
"""From this share of playlists on in which two tracks stand in their usual order, a key sorts them: 1/2 where they are
shuffled, up to .75 by chance where few playlists hold both, .55 to .7 on real ones."""

FEWEST_PAIRS = 1_000
"""Minimum number of neighbouring pairs with known artists for an estimate."""

MIN_STANDARD_ERRORS = 3
"""Number of standard errors by which seeds in order and random seeds must differ."""


def halves_at_random(seeds: Ragged, in_order: Ragged, by_chance: Ragged, artist_of: NDArray[np.int32]) -> int:
    """How many halves of the playlists have seeds drawn at random: 0, 1 or 2.

    In playlists, neighbours have the same artist oftener than any two tracks; seeds that were drawn at random keep
    less of that. Where the seeds given stand between the two references, to the nearest half, is the answer; 0
    where the references do not differ, or the seeds not from those in order.

    Args:
        seeds: of incomplete playlists.
        in_order: the first tracks of m playlists like them.
        by_chance: random tracks of the same m playlists.
        artist_of: primary artist of each track, (n_tracks,), -1 where unknown.
    """
    (first, n_pairs), (drawn, _), (observed, n_observed) = (
        _nearness(each, artist_of) for each in (in_order, by_chance, seeds)
    )
    gain = first - drawn
    if gain.sum() <= MIN_STANDARD_ERRORS * np.sqrt((gain**2).sum()):
        return 0
    missing = first.sum() / n_pairs.sum() - observed.sum() / max(n_observed.sum(), 1)
    if missing <= np.hypot(_error(first, n_pairs), _error(observed, n_observed)):
        return 0
    return round(2 * float(np.clip(missing / (gain.sum() / n_pairs.sum()), 0, 1)))


def _error(surplus: NDArray[np.float64], n_pairs: NDArray[np.int64]) -> float:
    """Standard error of the surplus a pair."""
    n = max(int(n_pairs.sum()), 1)
    return float(np.sqrt(((surplus - n_pairs * surplus.sum() / n) ** 2).sum())) / n


def _nearness(seeds: Ragged, artist_of: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """In how many more pairs of neighbours the artist is the same than if the order were random; of how many, (n,).

    As a difference, so that playlists of one artist, which have no information about order, have no weight.
    """
    known = seeds.keep(artist_of[seeds.values] != NO_ID)
    artists, rows, n = artist_of[known.values], known.row_ids, known.lengths
    neighbours = np.flatnonzero(rows[1:] == rows[:-1])
    same = np.bincount(rows[neighbours], artists[neighbours] == artists[neighbours + 1], len(known))
    pairs, counts = np.unique(pairs_of(rows, artists), return_counts=True)
    alike = np.bincount(pairs >> 32, counts * (counts - 1.0), len(known))
    return same - alike / np.maximum(n, 1), np.maximum(n - 1, 0)


def order_of(playlists: Ragged, artist_of: NDArray[np.int32]) -> Order:
    """Classify the order of playlists by the information it carries.

    `sorted`: two tracks stand in the same order wherever they meet, so playlists are sorted by some key (a track id,
    a title) and the order means nothing. `real`: neighbours have the same artist more often than in a random order.
    `random`: they do not, as far as artists are known. `unknown`: too few known artists to tell.
    """
    if _is_sorted(playlists):
        return "sorted"
    surplus, n_pairs = _nearness(playlists, artist_of)
    if n_pairs.sum() < FEWEST_PAIRS:
        return "unknown"
    return "real" if surplus.sum() > MIN_STANDARD_ERRORS * np.sqrt((surplus**2).sum()) else "random"


def _is_sorted(playlists: Ragged) -> bool:
    """Whether the commonest tracks stand in one order in almost all playlists in which they meet."""
    n_tracks = int(playlists.values.max(initial=-1)) + 1
    frequent = np.argsort(-np.bincount(playlists.values, minlength=n_tracks), kind="stable")[:COMMONEST]
    column_of = np.full(n_tracks, NO_ID, np.int64)
    column_of[frequent] = np.arange(len(frequent))
    kept = playlists.keep((column_of[playlists.values] != NO_ID) & ~playlists.is_repeat)
    columns, ends = column_of[kept.values], np.repeat(kept.indptr[1:], kept.lengths)
    before = np.zeros((len(frequent), len(frequent)), np.int64)
    for step in range(1, int(kept.lengths.max(initial=0))):
        first = np.flatnonzero(np.arange(len(columns)) + step < ends)
        np.add.at(before, (columns[first], columns[first + step]), 1)
    met = before + before.T
    often = np.triu(met >= FEWEST_MEETINGS)
    return bool(often.any()) and float(np.maximum(before, before.T)[often].sum() / met[often].sum()) >= ONE_ORDER
