"""The `stratified` split: two holdouts drawn title by title, and by followers within a title."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError
from harness.kit.randomness import hashes
from harness.kit.titles import title_key
from harness.splits.cutting import Cutter
from harness.splits.holdouts import Holdouts
from harness.splits.plugins import split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.splits.holdouts import LocalChallenge
    from harness.types import Playlists

KIND = "stratified"

N_SEEDS = 1
"""Number of seeds, the first tracks; the authors of this split continue playlists from one track."""

BLOCK = 10
"""Size of a block of adjacent playlists; one is for validation and one for the test: 80/10/10."""

LEAST_FOLLOWED = 100
"""Minimum number of playlists of a title for which followers divide them further."""

FOLLOWER_GROUPS = 10


@split(KIND, metrics=("r_precision", "ndcg", "clicks"))
class StratifiedSplit:
    """The rest of a playlist is predicted from its first track; a tenth is for validation, a tenth for the test.

    Playlists are sorted by normalised title, then, for titles of 100 or more playlists, by ten equally large groups
    of followers, and then by hash. Of every ten adjacent playlists in that order, one is for validation and one for
    the test, chosen by hash: so each title and each group contributes a tenth, as nearly as whole playlists can. The
    first track and the title are shown. The other tracks are withheld as in a challenge: distinct, not seeds, and
    present in the training set. A playlist without withheld tracks stays in the training set. Where `num_followers`
    is unknown, only titles divide the corpus.
    """

    def cut(self, playlists: Playlists, seed: int) -> Holdouts:
        """Cut a corpus.

        Args:
            playlists: the corpus.
            seed: seed of the choice of playlists.

        Raises:
            DataError: the corpus is too small.
        """
        rows = _drawn(playlists, seed)
        cuttable = [drawn[playlists.tracks.lengths[drawn] > N_SEEDS] for drawn in rows]
        # A playlist that returns to the training set can only add tracks that the others may withhold.
        usable = [holdout.rows[holdout.withheld.lengths > 0] for holdout in _cut(playlists, cuttable)[0]]
        if not all(map(len, usable)):
            raise DataError(f"a corpus of {len(playlists)} playlists is too small to be divided 80/10/10: import more")
        (validation, test), dropped = _cut(playlists, usable)
        n_lost = sum(map(len, rows)) - sum(map(len, usable))
        lost = f"{n_lost} playlists with nothing to withhold after the first track: they stay in the training set"
        return Holdouts(KIND, seed, {}, validation, test, {0: lost} if n_lost else {}, dropped)


def _cut(playlists: Playlists, holdouts: list[NDArray[np.int64]]) -> tuple[list[LocalChallenge], dict[str, int]]:
    cutter = Cutter(playlists, np.concatenate(holdouts))
    cut = []
    for rows in holdouts:
        entries = playlists.tracks.take(rows)
        cut.append(cutter.cut(rows, np.zeros(len(rows), np.int64), entries, entries.places < N_SEEDS))
    return cut, cutter.dropped


def _drawn(playlists: Playlists, seed: int) -> list[NDArray[np.int64]]:
    """The rows of both holdouts, ascending."""
    pids = playlists.info["pid"].to_numpy()
    titles = _titles(playlists)
    by_hash = hashes(seed, "strata", pids)
    ordered = np.lexsort((pids, by_hash, _follower_groups(playlists, titles, by_hash), titles))
    n_blocks = len(ordered) // BLOCK
    blocks = ordered[: n_blocks * BLOCK].reshape(n_blocks, BLOCK)
    first_two = np.argsort(hashes(seed, KIND, pids)[blocks], axis=1, kind="stable")[:, :2]
    return [np.sort(rows) for rows in np.take_along_axis(blocks, first_two, axis=1).T]


def _titles(playlists: Playlists) -> NDArray[np.int64]:
    """A number for each playlist's normalised title, in the order of the titles, (n,)."""
    names = playlists.info["name"].to_list()
    keys = {name: title_key(name) for name in set(names)}
    number_of = {key: number for number, key in enumerate(sorted(set(keys.values())))}
    return np.fromiter((number_of[keys[name]] for name in names), np.int64, len(names))


def _follower_groups(playlists: Playlists, titles: NDArray[np.int64], by_hash: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Tenth of its title's playlists by followers, fewest first, (n,); 0 for titles of few playlists."""
    groups = np.zeros(len(playlists), np.int64)
    if "num_followers" not in playlists.info.columns:
        return groups
    followers = playlists.info["num_followers"].fill_null(0).to_numpy()
    order = np.lexsort((by_hash, followers, titles))
    n_of = np.bincount(titles)
    starts = np.cumsum(n_of) - n_of
    rank = np.empty(len(playlists), np.int64)
    rank[order] = np.arange(len(playlists)) - starts[titles[order]]
    divided = n_of[titles] >= LEAST_FOLLOWED
    groups[divided] = (rank * FOLLOWER_GROUPS // n_of[titles])[divided]
    return groups
