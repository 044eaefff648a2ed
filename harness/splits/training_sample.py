"""Training playlists cut like those of a challenge, to compare quality on them with quality on a holdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.splits.draw_like import draw_like

if TYPE_CHECKING:
    from harness.ragged import Ragged
    from harness.types import Challenge, Playlists


def training_sample(train: Playlists, challenge: Challenge, seed: int = 0) -> tuple[Challenge, Ragged]:
    """Cut training playlists as those of a challenge were cut; they stay in the training set as a whole.

    A recommender has seen every withheld track of them, so its quality on them is an upper bound: the difference to
    the quality on the challenge shows how much of it is learnt by heart.

    Args:
        train: the training set of the challenge.
        challenge: gives the number of playlists, at most half of the training playlists, and the form of each.
        seed: another seed draws others.

    Returns:
        The incomplete playlists, and the withheld tracks of each.

    Raises:
        DataError: the training set is too small.
    """
    inner = draw_like(train, challenge, min(len(challenge), len(train) // 2), seed)
    return inner.challenge, inner.withheld
