"""Metrics of the first k tracks: hits and their ranks."""

from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.catalogue import metric_named
from harness.metrics.evaluation import Evaluation
from harness.ragged import Ragged

N_TRACKS = 12


def evaluation(withheld, *lists):
    tracks = np.array(lists, np.int32)
    return Evaluation(tracks, Ragged.from_rows([withheld] * len(tracks)), np.full(N_TRACKS, -1, np.int32))


def values(name, evaluation):
    return metric_named(name).compute(evaluation).tolist()


@pytest.mark.parametrize("rank", range(1, 6))
def test_one_withheld_track_is_worth_its_rank(rank):
    lists = evaluation([0], [0 if place == rank else 5 + place for place in range(1, 6)])
    for k in range(1, 6):
        assert values(f"hit@{k}", lists) == [1 if rank <= k else 0]
        assert values(f"ndcg@{k}", lists) == [pytest.approx(1 / log2(rank + 1)) if rank <= k else 0]


def test_of_several_withheld_tracks_no_more_are_wanted_than_fit():
    lists = evaluation([0, 1, 2], [0, 9, 1, 2])
    assert values("hit@2", lists) == [1]
    assert values("ndcg@2", lists) == [pytest.approx(1 / (1 + 1 / log2(3)))]
    assert values("ndcg@3", lists) == [pytest.approx((1 + 1 / log2(4)) / (1 + 1 / log2(3) + 1 / log2(4)))]


def test_a_list_shorter_than_k_is_judged_as_if_misses_followed():
    short, long = evaluation([0, 1], [9, 0]), evaluation([0, 1], [9, 0, 8, 7])
    for name in ("hit@4", "ndcg@4"):
        assert values(name, short) == values(name, long)


def test_a_list_without_a_track_finds_nothing():
    assert values("hit@3", evaluation([0], [-1, -1, -1])) == values("ndcg@3", evaluation([0], [-1, -1, -1])) == [0]


@given(st.permutations(range(N_TRACKS)), st.sets(st.integers(0, N_TRACKS - 1), min_size=1))
def test_the_whole_length_is_ndcg_and_moving_a_hit_up_never_hurts(order, withheld):
    lists = evaluation(sorted(withheld), order)
    assert values(f"ndcg@{N_TRACKS}", lists) == values("ndcg", lists)
    hits = [place for place in range(1, N_TRACKS) if order[place] in withheld]
    for place in hits:
        up = list(order)
        up[place - 1], up[place] = up[place], up[place - 1]
        for name in ("hit@3", "ndcg@3", "ndcg@7"):
            assert 0 <= values(name, lists)[0] <= values(name, evaluation(sorted(withheld), up))[0] <= 1
