"""Recommended songs clicks: pages of ten tracks before the first hit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.metrics.metric import metric
from harness.rules import TRACKS_PER_PAGE, WORST_CLICKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.metrics.evaluation import Evaluation


@metric("clicks", title="clicks", higher_is_better=False, worst=WORST_CLICKS, digits=2, definition="rules")
def clicks(evaluation: Evaluation) -> NDArray[np.float64]:
    """Pages turned before the first hit; lower is better.

    With ranks from 1 and ten tracks a page::

        floor((rank of the first hit - 1) / 10), 51 without a hit

    A first hit at rank 500 scores 49, and 50 does not occur. Example: the first hit at rank 23: floor(22 / 10) = 2.

    Returns:
        Values from 0 to 49, or 51; (n,) float64.

    Source: the rules of 2018.
    """
    pages = evaluation.hits.argmax(axis=1) // TRACKS_PER_PAGE
    return np.where(evaluation.hits.any(axis=1), pages, WORST_CLICKS).astype(np.float64)
