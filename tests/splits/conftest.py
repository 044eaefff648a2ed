"""Fixtures: a corpus large enough for every category, and one small enough to write down."""

import pytest

from harness.splits.challenge import ChallengeSplit
from harness.synthetic import Model, generate


@pytest.fixture(scope="session")
def large():
    """3,000 playlists, 30 a category and chosen."""
    return generate(3_000, seed=1, model=Model.small())


@pytest.fixture(scope="session")
def holdouts(large):
    """Both holdouts from `large`."""
    return ChallengeSplit().cut(large, 0)


@pytest.fixture(scope="session")
def tiny(handmade):
    """60 playlists of 12 to 71 tracks over 120 tracks: long enough for categories 1 to 6."""
    return handmade([[(7 * i + j * (1 + i % 3)) % 120 for j in range(12 + i)] for i in range(60)])
