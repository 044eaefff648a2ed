"""Coverage, distinct lists and tracks, novelty, artist diversity: by hand and against slow references."""

from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.catalogue import metric_named, metrics_named
from harness.metrics.evaluation import Evaluation
from harness.metrics.values import measure_lists
from harness.ragged import Ragged

N_TRACKS = 10


def evaluation(lists):
    width = max(map(len, lists))
    tracks = np.array([[*row, *[-1] * (width - len(row))] for row in lists], np.int32).reshape(len(lists), width)
    return Evaluation(tracks, Ragged.from_rows([[9]] * len(lists)), np.full(N_TRACKS, -1, np.int32))


def values(name, lists, **data):
    return metric_named(name).values(evaluation(lists), data)


@pytest.fixture(scope="module")
def train(handmade):
    """Eight playlists over ten tracks; track 0 is in 4 of them (twice in one), track 1 in one, track 9 in none."""
    return handmade([[0, 0, 1], [0, 2], [0, 3], [0, 4], [2, 5], [3, 6], [4, 7], [5, 8], [9]]).take(np.arange(8))


def test_a_track_of_several_lists_is_shared_by_them():
    assert values("distinct_tracks@2", [[0, 1], [0, 2], [0, 2]]).tolist() == [1 / 3 + 1, 1 / 3 + 1 / 2, 1 / 3 + 1 / 2]
    assert values("distinct_tracks@1", [[0, 1], [0, 2], [0, 2]]).tolist() == [1 / 3, 1 / 3, 1 / 3]


def test_coverage_is_the_share_of_the_training_catalog(train):
    found = values("coverage@2", [[0, 1], [0, 2]], train=train)
    assert found.tolist() == [pytest.approx((1 / 2 + 1) / N_TRACKS)] * 2


def test_equal_lists_are_one_and_order_matters():
    assert values("distinct_lists@2", [[0, 1, 2], [0, 1, 3], [1, 0, 2]]).tolist() == [1 / 2, 1 / 2, 1]
    assert values("distinct_lists@3", [[0, 1, 2], [0, 1, 3], [1, 0, 2]]).tolist() == [1, 1, 1]
    assert values("distinct_lists@2", [[], [], [1, 0]]).tolist() == [0, 0, 1]


def test_totals_are_whole_numbers_over_all_playlists_and_add_up_over_categories(challenge_of):
    tracks = np.array([[0, 1, 2], [0, 1, 3], [0, 1, 2]], np.int32)
    challenge = challenge_of([-1] * 5, 3, categories=[1, 1, 2])
    chosen = metrics_named("distinct_tracks@3,distinct_lists@3")
    found = measure_lists(tracks, challenge, Ragged.from_rows([[4]] * 3), chosen)
    assert found.overall("distinct_tracks@3") == 4
    assert found.overall("distinct_lists@3") == 2
    assert found.by_category("distinct_lists@3") == {1: 1 / 2 + 1, 2: 1 / 2}


def test_novelty_is_the_mean_self_information(train):
    assert values("novelty@2", [[0, 1]], train=train).tolist() == [(log2(8 / 4) + log2(8 / 1)) / 2]
    assert values("novelty@1", [[0, 1]], train=train).tolist() == [log2(8 / 4)]
    assert values("novelty@2", [[9]], train=train).tolist() == [log2(8 / 1)]
    assert values("novelty@2", [[], [0, 0]], train=train)[0] == 0


def test_diversity_counts_known_artists_alone():
    artist_of = (5, 5, 6, -1, *range(6))
    artists = np.array(artist_of, np.int32)
    assert values("artist_diversity@4", [[0, 1, 2, 3], [3, 0], [3]], artists=artists).tolist() == [2 / 3, 1, 0]
    assert values("artist_diversity@2", [[0, 1, 2, 3]], artists=artists).tolist() == [1 / 2]


@st.composite
def lists(draw):
    row = st.lists(st.integers(0, N_TRACKS - 1), unique=True, max_size=5)
    return draw(st.lists(row, min_size=1, max_size=7).filter(any))


@given(lists=lists(), k=st.integers(1, 6))
def test_totals_agree_with_sets(lists, k, train):
    first = [row[:k] for row in lists]
    union = set().union(*first)
    assert values(f"distinct_tracks@{k}", lists).sum() == pytest.approx(len(union))
    assert values(f"coverage@{k}", lists, train=train).sum() == pytest.approx(len(union) / N_TRACKS)
    assert values(f"distinct_lists@{k}", lists).sum() == pytest.approx(len({tuple(row) for row in first if row}))


@given(lists=lists(), k=st.integers(1, 6), artists=st.lists(st.integers(-1, 3), min_size=N_TRACKS, max_size=N_TRACKS))
def test_values_stay_in_their_range(lists, k, artists, train):
    for name in ("artist_diversity", "distinct_lists", "coverage"):
        data = {"coverage": {"train": train}, "artist_diversity": {"artists": np.array(artists, np.int32)}}.get(
            name, {}
        )
        found = values(f"{name}@{k}", lists, **data)
        assert ((found >= 0) & (found <= 1)).all(), name
    assert ((values(f"novelty@{k}", lists, train=train) >= 0) & (values(f"novelty@{k}", lists, train=train) <= 3)).all()
