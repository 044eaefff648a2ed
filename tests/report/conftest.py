"""Entries with the means a test needs."""

import numpy as np
import pytest

from harness.report.entry import Entry
from harness.score.metrics import metric
from harness.score.scoring import Scores


def _entry(run, means=None, *, params=None, data=("demo", "d0"), split=("challenge draw 1", "s0"), costs=True):
    """Scored as `means` says: a `Scores`, or metric -> its value in two playlists of category 1 and two of 10."""
    scores = means if isinstance(means, Scores) else None
    if means is not None and scores is None:
        values = {name: np.full(4, float(value)) for name, value in means.items()}
        definitions = {name: metric(name).definition for name in means}
        scores = Scores(np.arange(4), np.array([1, 10, 10, 1]), values, definitions)
    known = (1.25, 2.5, 3 * 1024**2) if costs else (None, None, None)
    return Entry(run, run.partition("-")[0], params or {}, data, split, scores, *known)


@pytest.fixture(scope="session")
def entry_of():
    """`(run, means, **more)` -> an entry."""
    return _entry


@pytest.fixture(scope="session")
def scores_of():
    """`(metric=values of the playlists, ...)` -> scores of playlists that are all of category 2."""

    def make(**values):
        n = len(next(iter(values.values())))
        definitions = {name: metric(name).definition for name in values}
        return Scores(np.arange(n), np.full(n, 2), values, definitions)

    return make


@pytest.fixture(scope="session")
def means_of():
    """`(r_precision, ndcg, clicks)` -> the three default means by name."""
    return lambda *values: dict(zip(("r_precision", "ndcg", "clicks"), values, strict=True))
