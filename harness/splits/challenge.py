"""The `challenge` split: two disjoint local challenges in the ten categories of the official one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError, ParameterError
from harness.kit.randomness import hashes
from harness.rules import CATEGORIES, OFFICIAL_PLAYLISTS_PER_CATEGORY, Category
from harness.splits.cutting import Cutter, shown
from harness.splits.holdouts import Holdouts, LocalChallenge
from harness.splits.lengths import nearest, target_lengths
from harness.splits.plugins import split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.identities import SplitParams
    from harness.types import Playlists

N_HOLDOUTS = 2

PLAYLISTS_PER_DRAWN = 100
"""Default: a category of a holdout takes at most one playlist in 100 of the corpus."""


@split("challenge", metrics=("r_precision", "ndcg", "clicks"))
class ChallengeSplit:
    """The ten categories of the official challenge, scaled to the corpus.

    A category takes the playlists whose lengths are nearest to the official distribution, ties by hash, so nothing
    depends on floating point, order or threads. The withheld tracks are distinct and occur in the training set; a
    playlist without withheld tracks is replaced by another.
    """

    per_category: int | None = None
    """Playlists in a category of each holdout; min(1000, n_playlists // 100) if None."""
    keep_repeats: bool = False
    """Keep withheld entries that repeat a seed, which no submission can find."""

    def cut(self, playlists: Playlists, seed: int) -> Holdouts:
        """Cut a corpus.

        Args:
            playlists: the corpus.
            seed: seed of the choice of playlists.

        Raises:
            DataError: the corpus cannot fill a single category.
        """
        per_category = _per_category(playlists, self.per_category)
        refused = np.zeros(len(playlists), np.bool_)
        while True:
            chosen, omitted = _choose(playlists, seed, per_category, refused)
            if not chosen:
                raise DataError(f"the corpus cannot fill any category: {'; '.join(omitted.values())}")
            (validation, test), dropped = _withhold(playlists, chosen, seed, self.keep_repeats)
            empty = np.concatenate([local.rows[local.withheld.lengths == 0] for local in (validation, test)])
            if not len(empty):
                break
            refused[empty] = True
        params: SplitParams = {"per_category": per_category, "keep_repeats": self.keep_repeats}
        return Holdouts("challenge", seed, params, validation, test, omitted, dropped)


def _per_category(playlists: Playlists, given: int | None) -> int:
    n = min(OFFICIAL_PLAYLISTS_PER_CATEGORY, len(playlists) // PLAYLISTS_PER_DRAWN) if given is None else given
    if given is None and n < 1:
        raise DataError(
            f"a corpus of {len(playlists)} playlists is too small for a challenge of the default size, which needs "
            f"{PLAYLISTS_PER_DRAWN}: pass `per_category` 1, or use a larger corpus"
        )
    if n < 1:
        raise ParameterError(f"`per_category` {n} is no number of playlists: pass 1 or more")
    return n


def _choose(
    playlists: Playlists, seed: int, per_category: int, refused: NDArray[np.bool_]
) -> tuple[dict[int, NDArray[np.int64]], dict[int, str]]:
    """Category -> rows by holdout, (N_HOLDOUTS, per_category); and category -> reason why it is omitted."""
    lengths = playlists.tracks.lengths
    shuffled = np.argsort(hashes(seed, "playlists", playlists.info["pid"].to_numpy()), kind="stable")
    available = ~refused
    chosen: dict[int, NDArray[np.int64]] = {}
    omitted: dict[int, str] = {}
    fits = {category.number: _in_range(category, lengths) for category in CATEGORIES}
    scarcest_first = sorted(CATEGORIES, key=lambda category: (int(fits[category.number].sum()), category.number))
    for category in scarcest_first:
        candidates = shuffled[(fits[category.number] & available)[shuffled]]
        if len(candidates) < N_HOLDOUTS * per_category:
            omitted[category.number] = _shortage(category, len(candidates), per_category)
            continue
        targets = np.repeat(target_lengths(category, per_category), N_HOLDOUTS).tolist()
        rows = nearest(targets, candidates, lengths[candidates]).reshape(per_category, N_HOLDOUTS).T
        available[rows] = False
        chosen[category.number] = rows
    return dict(sorted(chosen.items())), dict(sorted(omitted.items()))


def _in_range(category: Category, lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
    least = min(part.least for part in category.lengths)
    most = max(part.most for part in category.lengths)
    return (lengths >= least) & (lengths <= most)


def _shortage(category: Category, n: int, per_category: int) -> str:
    least = min(part.least for part in category.lengths)
    most = max(part.most for part in category.lengths)
    return (
        f"category {category.number} ({category.label}) needs {N_HOLDOUTS} x {per_category} playlists of "
        f"{least} to {most} tracks, the corpus has {n}"
    )


def _withhold(
    playlists: Playlists, chosen: dict[int, NDArray[np.int64]], seed: int, keep_repeats: bool
) -> tuple[list[LocalChallenge], dict[str, int]]:
    """Cut the chosen playlists into seeds and withheld tracks; also reason -> number of dropped entries."""
    everything = np.concatenate([rows.ravel() for rows in chosen.values()])
    cutter = Cutter(playlists, everything, keep_repeats=keep_repeats)
    n_seeds = np.array([0, *(category.n_seeds for category in CATEGORIES)], np.int64)
    at_random = np.array([False, *(category.order == "random" for category in CATEGORIES)])
    holdouts = []
    for holdout in range(N_HOLDOUTS):
        rows = np.concatenate([by_holdout[holdout] for by_holdout in chosen.values()])
        categories = np.repeat(
            np.array(list(chosen), np.int64), [by_holdout.shape[1] for by_holdout in chosen.values()]
        )
        entries = playlists.tracks.take(rows)
        pids = playlists.info["pid"].to_numpy()[rows]
        seeds = shown(entries, pids, n_seeds[categories], at_random[categories], seed)
        holdouts.append(cutter.cut(rows, categories, entries, seeds))
    return holdouts, cutter.dropped
