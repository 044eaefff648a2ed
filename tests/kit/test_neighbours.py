"""Nearest-neighbour search with unusual formulas."""

import numpy as np
import pytest

from harness import Ragged
from harness.kit import PlaylistIndex, SimilarTracks, neighbour_scores, neighbour_top_k, neighbours, repeated_seeds

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


@pytest.fixture
def rows_of_seeds(monkeypatch):
    """Sets when rows of frequent seeds are made, and how much memory they may take; returns the rows that were made."""
    made = []

    def set_(least, memory=1 << 20):
        monkeypatch.setattr(repeated_seeds, "LEAST_READS", least)
        monkeypatch.setattr(repeated_seeds, "MEMORY", memory)

        def kept(*arguments):
            made.append(repeated_seeds.seed_rows(*arguments))
            return made[-1]

        monkeypatch.setattr(neighbours, "seed_rows", kept)
        return made

    return set_


def query_of(index, seeds, **options):
    """Random weights, norms and scales for some seeds."""
    rng = np.random.default_rng(5)
    known, _ = index.known(seeds)
    sizes = len(known.values), index.n_tracks, index.n_tracks, index.n_playlists
    weights, seed_norm, norm, scale = (rng.random(n) + 0.5 for n in sizes)
    return SimilarTracks(known.indptr, known.values, weights, seed_norm, norm, scale, **{"shrink": 0.0} | options)


@pytest.mark.parametrize(
    "options",
    [{}, {"shrink": 2.0}, {"added": True, "overlap": 0.4}, {"least": 2.5}, {"least": 2.5, "added": True}],
    ids=str,
)
@pytest.mark.parametrize("memory", [1 << 20, 12 * 150, 0])
def test_rows_of_frequent_seeds_change_no_list(rows_of_seeds, options, memory):
    rng = np.random.default_rng(1)
    index = PlaylistIndex.of(Ragged.from_rows((60 * rng.random((90, 8)) ** 2).astype(int).tolist()), 60, 57)
    seeds = Ragged.from_rows((60 * rng.random((50, 4)) ** 2).astype(int).tolist())
    query, everything = query_of(index, seeds, **options), Ragged.from_rows([range(57)] * len(seeds))
    made = rows_of_seeds(10**9)
    ranked, scores = neighbour_top_k(index, query, 20), neighbour_scores(index, query, everything)
    rows_of_seeds(1, memory)
    again, scores_again = neighbour_top_k(index, query, 20, threads=2), neighbour_scores(index, query, everything)
    assert again.tracks.tolist() == ranked.tracks.tolist()
    np.testing.assert_allclose(scores_again, scores, rtol=1e-6)
    np.testing.assert_allclose(again.scores, ranked.scores, rtol=1e-6)
    before, _, after, _ = made
    assert len(before.tracks) == 0
    assert (len(after.tracks) > 0) == (memory > 0)
    assert 12 * len(after.tracks) <= memory
    assert (after.row_of >= 0).sum() == len(after.indptr) - 1


def test_the_seeds_that_are_read_most_often_again_have_rows(rows_of_seeds, monkeypatch):
    monkeypatch.setattr(repeated_seeds, "MOST_ROWS", 1)
    index = PlaylistIndex.of(Ragged.from_rows([[0, 1, 2], [0, 1, 2], [0, 3], [4, 5]]), 6)
    made = rows_of_seeds(1)
    neighbour_top_k(index, query_of(index, Ragged.from_rows([[0, 4], [0, 4], [4, 1], [5, 3]])), 3)
    assert np.flatnonzero(made[0].row_of >= 0).tolist() == [0]
    assert made[0].tracks.tolist() == [0, 1, 2, 3]
