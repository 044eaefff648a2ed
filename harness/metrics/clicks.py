"""Recommended songs clicks: how many pages a listener turns before the first hit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.rules import TRACKS_PER_PAGE, WORST_CLICKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.metrics.evaluation import Judged


def clicks(judged: Judged) -> NDArray[np.float64]:
    """Pages turned before the first hit is seen; lower is better.

    With ranks from 1 and ten tracks a page::

        floor((rank of the first hit - 1) / 10), 51 without a hit

    so that a first hit at rank 500 scores 49, and 50 does not occur.

    Returns:
        Values from 0 to 49, or 51; (n,) float64.

    Source: the rules of 2018.
    """
    pages = judged.hits.argmax(axis=1) // TRACKS_PER_PAGE
    return np.where(judged.hits.any(axis=1), pages, WORST_CLICKS).astype(np.float64)
