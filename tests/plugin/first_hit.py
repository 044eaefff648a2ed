"""The rank of the first hit."""

import numpy as np

import harness


@harness.metric("first_hit", title="First hit", higher_is_better=False, worst=501, digits=1, definition="rank")
def first_hit(evaluation):
    """Rank of the first withheld track, 501 without one. Example: hits at ranks 4 and 9: 4."""
    hits = evaluation.hits  # (n playlists, 500 ranks), best first
    return np.where(hits.any(axis=1), hits.argmax(axis=1) + 1.0, 501.0)
