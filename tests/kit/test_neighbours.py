"""What walks from seeds to tracks answer where formulas are odd."""

import numpy as np
import pytest

from harness import Ragged, create
from harness.kit import PlaylistIndex, SimilarTracks, neighbour_scores, neighbour_top_k, neighbours
from harness.kit.buffers import Numbering

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
    asked = SimilarTracks(known.indptr, known.values, *ones, 0.0)
    ranked = neighbour_top_k(index, asked, k)
    everything = Ragged.from_rows([range(60)] * len(seeds))
    scores = neighbour_scores(index, asked, everything).reshape(len(seeds), 60).copy()
    for row in range(len(seeds)):
        scores[row, seeds.row(row)] = 0
        order = np.argsort(-scores[row], kind="stable")
        best = order[scores[row, order] > 0][:k]
        assert ranked.tracks[row, : len(best)].tolist() == best.tolist()
        assert (ranked.tracks[row, len(best) :] == -1).all()


@pytest.mark.parametrize(
    ("name", "params"),
    [("item-knn", {}), ("item-knn", {"shrink": 5.0}), ("item-knn", {"similarity": "tversky"}), ("playlist-knn", {})],
)
def test_lists_and_scores_do_not_depend_on_the_numbering_of_tracks(name, params, split, monkeypatch):
    recommender = create(name, params)
    recommender.fit(split.train, split.challenge)
    candidates = Ragged.from_rows([range(split.challenge.catalog.n_tracks)] * len(split.challenge))

    def results():
        ranked = recommender.recommend(split.challenge, 50)
        return ranked.tracks, ranked.scores, recommender.score(split.challenge, candidates)

    by_id = results()
    monkeypatch.setattr(neighbours, "CACHED_TRACKS", 0)
    monkeypatch.setattr(neighbours, "ROWS_PER_NUMBERING", 1)
    for by_frequency, expected in zip(results(), by_id, strict=True):
        np.testing.assert_array_equal(by_frequency, expected)


def test_frequent_tracks_have_low_numbers_and_ties_keep_their_order():
    numbering = Numbering.by_frequency(np.array([1, 5, 0, 5]))
    assert numbering.track_of.tolist() == [1, 3, 0, 2]
    assert numbering.number_of.tolist() == [2, 0, 3, 1]
