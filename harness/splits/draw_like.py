"""An inner challenge drawn from training playlists, with the shape of a given challenge whatever kind it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from harness.errors import DataError
from harness.kit.randomness import hashes
from harness.kit.seed_order import halves_at_random, order_of
from harness.kit.seeds import in_random_order
from harness.ragged import Ragged
from harness.rules import OTHER_CATEGORY
from harness.splits.cutting import repeats_a_seed, shown
from harness.splits.lengths import nearest
from harness.splits.visible_copies import visible_copies
from harness.types import Challenge, Playlists, Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.int64]

ROUNDS = 4
"""Rounds of drawing: each adjusts lengths for entries that cannot be withheld and replaces playlists without
withheld tracks; playlists without any after the last round are left out."""

REFERENCE = 10_000
"""Maximum number of training playlists used to compare seeds in order with random ones."""


FEWEST_COPIES = 500
"""With fewer visible parts in the training set, complete playlists teach more, because there are more of them."""

ONE_DRAW, PART_OF = 0.1, 5
"""Share of the training playlists that one draw may take, and the part of them that each of several may take."""


class Drawn(NamedTuple):
    """Drawn training playlists, and the cut of each.

    Attributes:
        rows: row of each in the training set, (n,); -1 where no playlist fits.
        copied: row of the challenge's playlist whose cut is copied, (n,).
        n_seeds: number of seeds, (n,).
        n_withheld: maximum number of withheld tracks, (n,).
        at_random: True where random tracks are the seeds, False where the first ones are, (n,).
        stays: whether the shown tracks stay in the inner training set.
    """

    rows: Rows
    copied: Rows
    n_seeds: Rows
    n_withheld: Rows
    at_random: NDArray[np.bool_]
    stays: bool

    def take(self, rows: NDArray[np.bool_] | Rows) -> Drawn:
        """The drawn playlists in these rows."""
        return Drawn(
            self.rows[rows],
            self.copied[rows],
            self.n_seeds[rows],
            self.n_withheld[rows],
            self.at_random[rows],
            self.stays,
        )


def draw_like(train: Playlists, challenge: Challenge, n: int, seed: int = 0) -> Split:
    """Draw n training playlists and cut each like a playlist of the challenge.

    Each kind of incomplete playlist has the same share in the draw as in the challenge. A kind is the number of seeds
    and of withheld tracks, the category, whether the title is hidden, and whether the seeds are the first tracks or
    random ones. The training playlist of the nearest length is cut; a longer one is truncated to that number of
    withheld tracks. Where no category states the order of the seeds, it is estimated: the excess of equal artists
    among adjacent seeds over any two seeds is compared with that of training playlists cut in both ways. All rows of
    unknown order are then cut with first seeds, with random seeds, or half with each. Where the training playlists
    are sorted by some key, the order has no meaning and the seeds are random.

    The drawn playlists leave the inner training set. The withheld tracks are distinct, are not seeds, and occur in
    the inner training set; a playlist without withheld tracks is replaced by another. So a model that is trained on
    the inner draw has seen neither its withheld tracks nor any of the holdouts.

    Where the training set contains the visible parts of enough challenge playlists, the inner draw consists of those:
    each is cut again in the same proportion, and its seeds stay in the inner training set under a new pid.

    Args:
        train: the training set, never the corpus that the holdouts were cut from.
        challenge: the challenge to imitate.
        n: number of playlists to draw; fewer are drawn if fewer are long enough.
        seed: seed of the draw.

    Raises:
        DataError: no training playlist would remain, or none is long enough.
    """
    return draw_folds(train, challenge, n, 1, seed)[0]


def draw_folds(train: Playlists, challenge: Challenge, n: int, folds: int | None = None, seed: int = 0) -> list[Split]:
    """The playlists of `draw_like` in disjoint folds; the training set of a fold lacks only the playlists of that fold.

    A model that is fitted without one fold sees the others complete: it is nearly as good as one fitted on everything.

    Args:
        train: see `draw_like`.
        challenge: see `draw_like`.
        n: number of playlists in all folds together.
        folds: number of folds; if None, one where at most a tenth of the training playlists is drawn or the seeds
            stay in the training set, otherwise at least two, each with at most a fifth of the training playlists.
        seed: see `draw_like`.
    """
    if not 0 < n < len(train):
        raise DataError(f"an inner draw of {n} playlists cannot be taken from a training set of {len(train)}")
    if not len(challenge):
        raise DataError("an inner draw imitates a challenge, and this one has no playlist")
    drawn = _visible(train, challenge, n, seed) or _complete(train, challenge, n, seed)
    folds = folds or _n_folds(train, drawn)
    splits = [
        _split(train, challenge, drawn.take(np.arange(fold, len(drawn.rows), folds)), seed) for fold in range(folds)
    ]
    return [split for split in splits if len(split.challenge)]


def _n_folds(train: Playlists, drawn: Drawn) -> int:
    if drawn.stays or len(drawn.rows) <= len(train) * ONE_DRAW:
        return 1
    return max(2, -(-len(drawn.rows) * PART_OF // len(train)))


def _visible(train: Playlists, challenge: Challenge, n: int, seed: int) -> Drawn | None:
    """Visible parts of the challenge's playlists, if the training set contains enough of them."""
    copies = visible_copies(train, challenge)
    with_copy = np.flatnonzero(copies >= 0)
    if len(with_copy) < min(n, FEWEST_COPIES):
        return None
    copied = with_copy[_evenly(challenge.take(with_copy), min(n, len(with_copy)), seed)]
    n_shown, n_hidden = challenge.seeds.lengths[copied], _n_withheld(challenge)[copied]
    n_withheld = np.maximum(np.round(n_shown * n_hidden / (n_shown + n_hidden)), 1).astype(np.int64)
    at_random = _at_random(train, challenge, copied, seed)
    return Drawn(copies[copied], copied, n_shown - n_withheld, n_withheld, at_random, stays=True)


def _complete(train: Playlists, challenge: Challenge, n: int, seed: int) -> Drawn:
    """Complete training playlists that are like those of the challenge."""
    copied = _evenly(challenge, n, seed)
    n_seeds, n_withheld = challenge.seeds.lengths[copied], _n_withheld(challenge)[copied]
    drawn = Drawn(copied, copied, n_seeds, n_withheld, _at_random(train, challenge, copied, seed), stays=False)
    refused = np.zeros(len(train), np.bool_)
    share_kept = 1.0
    for _ in range(ROUNDS):
        drawn = drawn._replace(rows=_match(train, challenge, copied, refused, share_kept, seed))
        matched = drawn.take(drawn.rows >= 0)
        _, withheld, share_kept = _cut(train, matched, seed)
        kept = withheld.lengths > 0
        refused[matched.rows[~kept]] = True
    if not kept.any():
        raise DataError("no training playlist is long enough to be cut like those of the challenge")
    return matched.take(kept)


def _at_random(train: Playlists, challenge: Challenge, copied: Rows, seed: int) -> NDArray[np.bool_]:
    """Copies with random seeds, (n,): by category, elsewhere by the estimated order of the seeds."""
    at_random = in_random_order(challenge)[copied]
    of_unknown = np.flatnonzero(challenge.categories[copied] == OTHER_CATEGORY)
    at_random[of_unknown] = _by_estimated_order(train, challenge, len(of_unknown), seed)
    return at_random


def _by_estimated_order(train: Playlists, challenge: Challenge, n: int, seed: int) -> NDArray[np.bool_]:
    """Copies with random seeds among n of unknown order, (n,): none, every second, or all."""
    unknown = challenge.take(challenge.categories == OTHER_CATEGORY)
    if not len(unknown):
        return np.zeros(n, np.bool_)
    if order_of(train.tracks, train.catalog.artist_of) == "sorted":
        return np.ones(n, np.bool_)
    copied = _evenly(unknown, min(len(train) // 2, REFERENCE), seed)
    rows = _match(train, unknown, copied, np.zeros(len(train), np.bool_), 1.0, seed)
    n_seeds = unknown.seeds.lengths[copied[rows >= 0]]
    whole, pids = train.tracks.take(rows[rows >= 0]), train.info["pid"].to_numpy()[rows[rows >= 0]]
    in_order, by_chance = (
        whole.keep(shown(whole, pids, n_seeds, np.full(len(whole), is_random), seed)) for is_random in (False, True)
    )
    halves = halves_at_random(unknown.seeds, in_order, by_chance, challenge.catalog.artist_of)
    at_random: NDArray[np.bool_] = (np.arange(n) + 1) * halves // 2 > np.arange(n) * halves // 2
    return at_random


def _evenly(challenge: Challenge, n: int, seed: int) -> Rows:
    """N rows of the challenge, evenly spaced in the order of kinds, so that each kind keeps its share."""
    shape = (
        hashes(seed, "copied", challenge.pids),
        challenge.info["num_holdouts"].to_numpy(),
        challenge.seeds.lengths,
        _titled(challenge),
        challenge.categories,
    )
    places: Rows = (2 * np.arange(n) + 1) * len(challenge) // (2 * n)
    return np.lexsort(shape)[places]


def _match(
    train: Playlists, challenge: Challenge, copied: Rows, refused: NDArray[np.bool_], share_kept: float, seed: int
) -> Rows:
    """The training playlist that is cut like each row, (n,); -1 where none remains. The longest are matched first."""
    n_seeds = challenge.seeds.lengths[copied]
    targets = n_seeds + np.round(_n_withheld(challenge)[copied] / share_kept).astype(np.int64)
    longest_first = np.lexsort((-targets, -n_seeds))
    untitled = np.array([not name for name in train.info["name"].to_list()], np.bool_)
    candidates = np.lexsort((hashes(seed, "playlists like", train.info["pid"].to_numpy()), untitled))
    candidates = candidates[~refused[candidates]]
    matched = nearest(
        targets[longest_first].tolist(),
        candidates,
        train.tracks.lengths[candidates],
        (n_seeds[longest_first] + 1).tolist(),
    )
    rows = np.empty(len(copied), np.int64)
    rows[longest_first] = matched
    return rows


def _split(train: Playlists, challenge: Challenge, drawn: Drawn, seed: int) -> Split:
    """The inner challenge, its withheld tracks, and the training set without them."""
    import polars as pl

    seeds, withheld, _ = _cut(train, drawn, seed)
    kept = withheld.lengths > 0
    inner = drawn.take(kept)
    info = train.info[inner.rows].select(
        "pid",
        pl.when(pl.Series(_titled(challenge)[inner.copied])).then(pl.col("name")).otherwise(None).alias("name"),
        pl.Series("num_holdouts", withheld.lengths[kept]),
        pl.Series("category", challenge.categories[inner.copied]),
    )
    rest = _rest(train, inner.rows, seeds.take(kept) if drawn.stays else None)
    return Split(rest, Challenge(info, seeds.take(kept), train.catalog), withheld.take(kept))


def _rest(train: Playlists, rows: Rows, seeds: Ragged | None) -> Playlists:
    """The training set without some rows, or with their seeds instead, under new pids."""
    import polars as pl

    others = np.ones(len(train), np.bool_)
    others[rows] = False
    if seeds is None:
        return train.take(others)
    pids = train.info["pid"].to_numpy()
    info = train.info[rows].with_columns(pid=pl.Series(pids.max() + 1 + np.arange(len(rows)), dtype=pl.Int64))
    kept = train.tracks.take(others)
    tracks = Ragged.from_lengths(
        np.concatenate([kept.lengths, seeds.lengths]), np.concatenate([kept.values, seeds.values])
    )
    return Playlists(pl.concat([train.info.filter(others), info]), tracks, train.catalog)


def _cut(train: Playlists, drawn: Drawn, seed: int) -> tuple[Ragged, Ragged, float]:
    """Seeds and withheld tracks of each playlist, and the share of the other entries that can be withheld."""
    entries = train.tracks.take(drawn.rows)
    pids = train.info["pid"].to_numpy()[drawn.rows]
    is_shown = shown(entries, pids, drawn.n_seeds, drawn.at_random, seed)
    leaves = entries.keep(~is_shown) if drawn.stays else entries
    left = train.track_counts() - np.bincount(leaves.values, minlength=train.catalog.n_tracks)
    withheld = entries.keep(~repeats_a_seed(entries, is_shown) & (left[entries.values] > 0))
    withheld = withheld.keep(~withheld.is_repeat)
    share_kept = max(len(withheld.values), 1) / max(int((~is_shown).sum()), 1)
    return entries.keep(is_shown), withheld.keep(withheld.places < drawn.n_withheld[withheld.row_ids]), share_kept


def _n_withheld(challenge: Challenge) -> Rows:
    n_withheld: Rows = np.maximum(challenge.info["num_holdouts"].to_numpy(), 1)
    return n_withheld


def _titled(challenge: Challenge) -> NDArray[np.bool_]:
    return np.array([bool(name) for name in challenge.names], np.bool_)
