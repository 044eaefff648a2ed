"""Nearest-neighbour search with unusual formulas."""

import numpy as np
import pytest

from harness import Ragged
from harness.kit import FrequentSeeds, PlaylistIndex, SimilarTracks, frequent_seeds, neighbour_scores, neighbour_top_k

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
def limits(monkeypatch):
    """Sets the limits of the rows of frequent seeds."""
    return lambda **values: [monkeypatch.setattr(frequent_seeds, name, value) for name, value in values.items()]


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
def test_rows_of_frequent_seeds_change_no_list(limits, options, memory):
    rng = np.random.default_rng(1)
    index = PlaylistIndex.of(Ragged.from_rows((60 * rng.random((90, 8)) ** 2).astype(int).tolist()), 60, 57)
    seeds = Ragged.from_rows((60 * rng.random((50, 4)) ** 2).astype(int).tolist())
    query, everything = query_of(index, seeds, **options), Ragged.from_rows([range(57)] * len(seeds))
    ranked, scores = neighbour_top_k(index, query, 20), neighbour_scores(index, query, everything)
    limits(LEAST_READS=1, MOST_ROWS=30, MEMORY=memory)
    frequent = FrequentSeeds()
    again = neighbour_top_k(index, query, 20, threads=2, frequent=frequent)
    scores_again = neighbour_scores(index, query, everything, frequent=frequent)
    assert again.tracks.tolist() == ranked.tracks.tolist()
    np.testing.assert_allclose(scores_again, scores, rtol=1e-6)
    np.testing.assert_allclose(again.scores, ranked.scores, rtol=1e-6)
    rows = frequent.rows
    assert (len(rows.tracks) > 0) == (memory > 0)
    assert 12 * len(rows.tracks) <= memory
    assert (rows.row_of >= 0).sum() == len(rows.indptr) - 1


def test_the_most_frequent_tracks_have_rows_once_large_queries_have_read_enough(limits):
    index = PlaylistIndex.of(Ragged.from_rows([[0, 1, 2], [0, 1, 2], [0, 3], [4, 5]]), 6)
    query = query_of(index, Ragged.from_rows([[0, 4], [4, 1], [5, 3]]))  # 9 playlists of 2.5 entries are read
    frequent = FrequentSeeds()
    limits(LEAST_READS=23, MOST_ROWS=1)
    for _ in range(9):
        neighbour_top_k(index, query, 3, frequent=frequent)
    assert frequent.rows is None
    limits(LEAST_READS=22, MOST_ROWS=4)  # the rows of the tracks 0 to 3 take 2 * 8 playlists of 2.5 entries
    neighbour_top_k(index, query, 3, frequent=frequent)
    assert frequent.rows is None
    neighbour_top_k(index, query, 3, frequent=frequent)
    assert np.flatnonzero(frequent.rows.row_of >= 0).tolist() == [0, 1, 2, 3]
    assert frequent.rows.tracks.tolist() == [0, 1, 2, 3, 0, 1, 2, 0, 1, 2, 0, 3]
    kept = frequent.rows
    neighbour_top_k(index, query, 3, frequent=frequent)
    assert frequent.rows is kept
