"""Inner draws to learn from, and how many of them a training set can give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from harness import Challenge, Playlists, Split

FOLDS, SHARE = 3, 5
"""Parts of an inner draw, at most, and every how many-th training playlist a part may take."""

FEWEST = 30
"""Fewer inner playlists teach nothing."""


def inner_folds(train: Playlists, challenge: Challenge, n: int, seed: int) -> list[Split]:
    """Disjoint inner draws of n playlists in all, or of as many as the training set can give; [] if those are too few.

    One draw where it takes at most a tenth of the entries out of the training set. Otherwise two or three, each a
    fifth of the playlists at most: what is fitted without one of them is nearly as strong as what is fitted on all.
    """
    n = min(n, FOLDS * len(train) // SHARE)
    if n < FEWEST or not len(challenge):
        return []
    folds = harness.draw_folds(train, challenge, n, seed=seed)
    return folds if sum(len(fold.challenge) for fold in folds) >= FEWEST else []
