"""Nearest-neighbour search with unusual formulas."""

import numpy as np
import pytest

from harness import Ragged
from harness.kit import PlaylistIndex, SimilarTracks, neighbour_scores, neighbour_top_k

INDEX = PlaylistIndex.of(Ragged.from_rows([[0, 1], [0, 1], [0, 2]]), 3)
ONES = np.ones(3)


def similar(weights, shrink=0.0, norm=ONES):
    seeds = Ragged.from_rows([[0, 1]])
    return SimilarTracks(seeds.indptr, seeds.values, np.array(weights), ONES, norm, ONES, shrink)


@pytest.mark.parametrize("shrink", [0.0, 1.0])
def test_a_seed_whose_weight_vanishes_adds_nothing(shrink):
    assert neighbour_top_k(INDEX, similar([0.0, 0.0], shrink), 3).lengths.tolist() == [0]
    assert neighbour_top_k(INDEX, similar([0.0, 1.0], shrink), 3).lengths.tolist() == [0]
    assert neighbour_top_k(INDEX, similar([1.0, 0.0], shrink), 3).tracks.tolist() == [[2, -1, -1]]


@pytest.mark.parametrize("shrink", [0.0, 1.0])
def test_a_similarity_that_vanishes_is_none(shrink):
    assert neighbour_top_k(INDEX, similar([1.0, 1.0], shrink, norm=np.full(3, np.inf)), 3).lengths.tolist() == [0]


@pytest.mark.parametrize("k", [1, 2, 5, 40, 100])
def test_the_best_are_those_of_a_full_sort_ties_included(k):
    rng = np.random.default_rng(k)
    index = PlaylistIndex.of(Ragged.from_rows(rng.integers(0, 60, (30, 8)).tolist()), 60)
    seeds = Ragged.from_rows(rng.integers(0, 60, (20, 3)).tolist())
    known, _ = index.known(seeds)
    ones = (np.ones(len(known.values)), np.ones(60), np.ones(60), np.ones(30))
    query = SimilarTracks(known.indptr, known.values, *ones, 0.0)
    ranked = neighbour_top_k(index, query, k)
    everything = Ragged.from_rows([range(60)] * len(seeds))
    scores = neighbour_scores(index, query, everything).reshape(len(seeds), 60).copy()
    for row in range(len(seeds)):
        scores[row, seeds.row(row)] = 0
        order = np.argsort(-scores[row], kind="stable")
        best = order[scores[row, order] > 0][:k]
        assert ranked.tracks[row, : len(best)].tolist() == best.tolist()
        assert (ranked.tracks[row, len(best) :] == -1).all()
