"""Two disjoint local challenges in the ten categories of the official one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError
from harness.randomness import hashes
from harness.rules import CATEGORIES, OFFICIAL_PLAYLISTS_PER_CATEGORY, Category
from harness.splits.cutting import Cutter, shown
from harness.splits.draws import Draw, Draws
from harness.splits.lengths import nearest, target_lengths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Playlists

N_DRAWS = 2
"""The first draw is for choosing parameters, the second for judging."""

PLAYLISTS_PER_DRAWN = 100
"""A category takes at most every hundredth playlist of a corpus unless asked otherwise."""


def draw_challenges(
    playlists: Playlists, *, seed: int = 0, per_category: int | None = None, keep_repeats: bool = False
) -> Draws:
    """Draw two disjoint challenges whose playlists resemble the official challenge's.

    A category takes the playlists whose lengths come nearest to the official distribution, among equals by
    hash, so nothing depends on floating point, order or threads. The withheld tracks are distinct and occur
    in the training set; a playlist left with none is replaced by another.

    Args:
        playlists: the corpus.
        seed: another seed draws other playlists.
        per_category: playlists a category and draw; min(1000, n_playlists // 100) if None.
        keep_repeats: keep withheld entries that repeat a seed, which no submission can find.

    Raises:
        DataError: the corpus cannot fill a single category.
    """
    if per_category is None:
        per_category = min(OFFICIAL_PLAYLISTS_PER_CATEGORY, len(playlists) // PLAYLISTS_PER_DRAWN)
    if per_category < 1:
        raise DataError(
            f"a corpus of {len(playlists)} playlists is too small for a challenge: it takes "
            f"{PLAYLISTS_PER_DRAWN}, or fewer if you say how many playlists a category should have"
        )
    refused = np.zeros(len(playlists), np.bool_)
    while True:
        chosen, omitted = _choose(playlists, seed, per_category, refused)
        if not chosen:
            raise DataError(f"the corpus cannot fill any category: {'; '.join(omitted.values())}")
        draws, dropped = _withhold(playlists, chosen, seed, keep_repeats)
        empty = np.concatenate([draw.rows[draw.withheld.lengths == 0] for draw in draws])
        if not len(empty):
            break
        refused[empty] = True
    options: dict[str, int | bool] = {
        "seed": seed,
        "per_category": per_category,
        "keep_repeats": keep_repeats,
    }
    return Draws("challenge", options, draws, omitted, dropped)


def _choose(
    playlists: Playlists, seed: int, per_category: int, refused: NDArray[np.bool_]
) -> tuple[dict[int, NDArray[np.int64]], dict[int, str]]:
    """Category -> the rows of its playlists, draw by draw, (N_DRAWS, per_category); and who is left out."""
    lengths = playlists.tracks.lengths
    shuffled = np.argsort(hashes(seed, "playlists", playlists.info["pid"].to_numpy()), kind="stable")
    available = ~refused
    chosen: dict[int, NDArray[np.int64]] = {}
    omitted: dict[int, str] = {}
    fits = {category.number: _in_range(category, lengths) for category in CATEGORIES}
    scarcest_first = sorted(CATEGORIES, key=lambda each: (int(fits[each.number].sum()), each.number))
    for category in scarcest_first:
        candidates = shuffled[(fits[category.number] & available)[shuffled]]
        if len(candidates) < N_DRAWS * per_category:
            omitted[category.number] = _shortage(category, len(candidates), per_category)
            continue
        targets = np.repeat(target_lengths(category, per_category), N_DRAWS).tolist()
        rows = nearest(targets, candidates, lengths[candidates]).reshape(per_category, N_DRAWS).T
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
        f"category {category.number} ({category.label}) needs {N_DRAWS} x {per_category} playlists of "
        f"{least} to {most} tracks, {n} are there"
    )


def _withhold(
    playlists: Playlists, chosen: dict[int, NDArray[np.int64]], seed: int, keep_repeats: bool
) -> tuple[tuple[Draw, ...], dict[str, int]]:
    """Cut the chosen playlists into seeds and withheld tracks; also how many entries were dropped and why."""
    everything = np.concatenate([rows.ravel() for rows in chosen.values()])
    cutter = Cutter(playlists, everything, keep_repeats=keep_repeats)
    n_seeds = np.array([0, *(each.n_seeds for each in CATEGORIES)], np.int64)
    at_random = np.array([False, *(each.order == "random" for each in CATEGORIES)])
    draws = []
    for draw in range(N_DRAWS):
        rows = np.concatenate([each[draw] for each in chosen.values()])
        categories = np.repeat(np.array(list(chosen), np.int64), [each.shape[1] for each in chosen.values()])
        entries = playlists.tracks.take(rows)
        pids = playlists.info["pid"].to_numpy()[rows]
        seeds = shown(entries, pids, n_seeds[categories], at_random[categories], seed)
        draws.append(cutter.cut(rows, categories, entries, seeds))
    return tuple(draws), cutter.dropped
