"""Inner draws: challenges cut from the training set, to train on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness import Challenge, Playlists, Split

FOLDS, SHARE = 3, 5
"""Maximum number of folds; a fold has at most 1 / SHARE of the training playlists."""

REFIT_FROM = 0.01
"""Minimum share of the training playlists in a single draw for a second fit, on the whole training set. A smaller draw
removes little from the first fit, and a second fit takes minutes for 1,000,000 playlists."""

FEWEST = 30
"""Minimum number of inner playlists."""


def inner_folds(train: Playlists, challenge: Challenge, n: int, seed: int) -> list[Split]:
    """Disjoint inner draws of n playlists in total, or as many as the training set allows; [] if fewer than 30.

    There is one draw if it removes at most a tenth of the entries from the training set. Otherwise there are two or
    three, each with at most a fifth of the playlists, so that a model fitted without one of them is nearly as
    accurate as one fitted on all.
    """
    n = min(n, FOLDS * len(train) // SHARE)
    if n < FEWEST or not len(challenge):
        return []
    folds = harness.draw_folds(train, challenge, n, seed=seed)
    return folds if sum(len(fold.challenge) for fold in folds) >= FEWEST else []


def fits_whole(folds: Sequence[Split], train: Playlists, *, refit: bool | None) -> bool:
    """Whether to fit on the whole training set after the inner draws.

    Always without a draw and after several. After a single one as `refit` says; if that is None, unless the draw has
    less than a hundredth of the training playlists.
    """
    if len(folds) != 1:
        return True
    return len(folds[0].challenge) >= REFIT_FROM * len(train) if refit is None else refit
