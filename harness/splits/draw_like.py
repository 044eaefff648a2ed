"""An inner challenge drawn from training playlists, with the shape of a given challenge whatever kind it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError
from harness.kit.seeds import in_random_order
from harness.randomness import hashes
from harness.rules import OTHER_CATEGORY
from harness.splits.cutting import repeats_a_seed, shown
from harness.splits.lengths import nearest
from harness.splits.seed_order import halves_at_random
from harness.types import Challenge, Ragged, Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Playlists

    Rows = NDArray[np.int64]

ROUNDS = 4
"""How often playlists are drawn anew: for lengths that make up for what cannot be withheld, and in place of those
that are left with nothing withheld; what is left with nothing in the last round is left out."""

REFERENCE = 10_000
"""Training playlists, at most, that tell how seeds in order differ from random ones."""


def draw_like(train: Playlists, challenge: Challenge, n: int, seed: int = 0) -> Split:
    """Draw n training playlists and cut each of them as some playlist of the challenge was cut.

    Every kind of incomplete playlist is copied as often as its share of the challenge: the number of its seeds and
    of its withheld tracks, its category, whether its title is hidden, and whether its seeds are the first tracks or
    random ones. A copy is made of the training playlist whose length comes nearest; one that is longer is cut after
    so many withheld tracks. Where no category tells the order, it is told from how much oftener neighbouring seeds
    have the same artist than any two of a playlist, as against the drawn playlists cut in either way: all those rows
    are then copied as first ones, as random ones, or half and half.

    The drawn playlists leave the inner training set. The withheld tracks are distinct, no seeds, and occur there; a
    playlist left with none is replaced by another. So what is learnt on the inner draw has seen no answer of it,
    and nothing at all of the draws that judge.

    Args:
        train: the training set; never the corpus that a judging draw was taken from.
        challenge: what the draw should look like.
        n: playlists to draw; fewer are drawn where fewer are long enough.
        seed: another seed draws others.

    Raises:
        DataError: nothing would be left to learn from, or no playlist is long enough.
    """
    if not 0 < n < len(train):
        raise DataError(f"an inner draw of {n} playlists cannot be taken from a training set of {len(train)}")
    if not len(challenge):
        raise DataError("an inner draw needs a challenge to look like: this one has no playlist")
    wanted = _evenly(challenge, n, seed)
    at_random = in_random_order(challenge)[wanted]
    of_unknown = np.flatnonzero(challenge.categories[wanted] == OTHER_CATEGORY)
    at_random[of_unknown] = _as_told(train, challenge, len(of_unknown), seed)
    refused = np.zeros(len(train), np.bool_)
    share_kept = 1.0
    for _ in range(ROUNDS):
        rows = _match(train, challenge, wanted, refused, share_kept, seed)
        found = rows >= 0
        rows = rows[found]
        inner, withheld, share_kept = _cut(train, challenge, wanted[found], rows, at_random[found], seed)
        kept = withheld.lengths > 0
        refused[rows[~kept]] = True
    if not kept.any():
        raise DataError("no training playlist is long enough to look like those of the challenge")
    in_train = np.ones(len(train), np.bool_)
    in_train[rows[kept]] = False
    return Split(train.take(in_train), inner.take(kept), withheld.take(kept))


def _evenly(challenge: Challenge, n: int, seed: int) -> Rows:
    """N rows of the challenge, each kind of playlist as often as it should be: evenly spaced among all, sorted."""
    shape = (
        hashes(seed, "copied", challenge.pids),
        challenge.info["num_holdouts"].to_numpy(),
        challenge.seeds.lengths,
        _titled(challenge),
        challenge.categories,
    )
    places: Rows = (2 * np.arange(n) + 1) * len(challenge) // (2 * n)
    return np.lexsort(shape)[places]


def _as_told(train: Playlists, challenge: Challenge, n: int, seed: int) -> NDArray[np.bool_]:
    """For which of n copies random seeds are drawn though no category says so: none, every other, or all."""
    unknown = challenge.take(challenge.categories == OTHER_CATEGORY)
    if not len(unknown):
        return np.zeros(n, np.bool_)
    wanted = _evenly(unknown, min(len(train) // 2, REFERENCE), seed)
    rows = _match(train, unknown, wanted, np.zeros(len(train), np.bool_), 1.0, seed)
    n_seeds = unknown.seeds.lengths[wanted[rows >= 0]]
    whole, pids = train.tracks.take(rows[rows >= 0]), train.info["pid"].to_numpy()[rows[rows >= 0]]
    in_order, by_chance = (
        whole.keep(shown(whole, pids, n_seeds, np.full(len(whole), each), seed)) for each in (False, True)
    )
    halves = halves_at_random(unknown.seeds, in_order, by_chance, challenge.catalog.artist_of)
    at_random: NDArray[np.bool_] = (np.arange(n) + 1) * halves // 2 > np.arange(n) * halves // 2
    return at_random


def _match(
    train: Playlists, challenge: Challenge, wanted: Rows, refused: NDArray[np.bool_], share_kept: float, seed: int
) -> Rows:
    """The training playlist that is cut like each row, -1 where none is left: the longest have first choice."""
    n_seeds = challenge.seeds.lengths[wanted]
    targets = n_seeds + np.round(_n_withheld(challenge)[wanted] / share_kept).astype(np.int64)
    longest_first = np.lexsort((-targets, -n_seeds))
    untitled = np.array([not name for name in train.info["name"].to_list()], np.bool_)
    candidates = np.lexsort((hashes(seed, "playlists like", train.info["pid"].to_numpy()), untitled))
    candidates = candidates[~refused[candidates]]
    found = nearest(
        targets[longest_first].tolist(),
        candidates,
        train.tracks.lengths[candidates],
        (n_seeds[longest_first] + 1).tolist(),
    )
    rows = np.empty(len(wanted), np.int64)
    rows[longest_first] = found
    return rows


def _cut(
    train: Playlists, challenge: Challenge, copied: Rows, rows: Rows, at_random: NDArray[np.bool_], seed: int
) -> tuple[Challenge, Ragged, float]:
    """The drawn playlists as the copied ones were cut, what is withheld from each, and which share could be."""
    import polars as pl

    n_seeds = challenge.seeds.lengths[copied]
    entries = train.tracks.take(rows)
    pids = train.info["pid"].to_numpy()[rows]
    seeds_shown = shown(entries, pids, n_seeds, at_random, seed)
    left = train.track_counts() - np.bincount(entries.values, minlength=train.catalog.n_tracks)
    kept = ~repeats_a_seed(entries, seeds_shown) & (left[entries.values] > 0)
    withheld = entries.keep(kept)
    withheld = withheld.keep(~withheld.is_repeat)
    share_kept = max(len(withheld.values), 1) / max(int((~seeds_shown).sum()), 1)
    withheld = withheld.keep(withheld.places < _n_withheld(challenge)[copied][withheld.row_ids])
    info = train.info[rows].select(
        "pid",
        pl.when(pl.Series(_titled(challenge)[copied])).then(pl.col("name")).otherwise(None).alias("name"),
        pl.Series("num_holdouts", withheld.lengths),
        pl.Series("category", challenge.categories[copied]),
    )
    return Challenge(info, entries.keep(seeds_shown), train.catalog), withheld, share_kept


def _n_withheld(challenge: Challenge) -> Rows:
    n_withheld: Rows = np.maximum(challenge.info["num_holdouts"].to_numpy(), 1)
    return n_withheld


def _titled(challenge: Challenge) -> NDArray[np.bool_]:
    return np.array([bool(name) for name in challenge.names], np.bool_)
