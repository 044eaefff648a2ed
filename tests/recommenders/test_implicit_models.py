"""The guest `implicit`: its lists are those of the library, whichever model answers."""

import numpy as np
import pytest
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender
from scipy.sparse import csr_matrix

from harness import registry
from harness.errors import ParameterError
from harness.ragged import Ragged

MODELS = {
    "ItemItemRecommender": {"K": 50},
    "CosineRecommender": {"K": 50},
    "TFIDFRecommender": {"K": 50},
    "BM25Recommender": {"K": 50, "B": 0.5},
    "AlternatingLeastSquares": {"factors": 8, "iterations": 2},
    "BayesianPersonalizedRanking": {"factors": 8, "iterations": 2, "num_threads": 1},
    "LogisticMatrixFactorization": {"factors": 8, "iterations": 2, "num_threads": 1},
}


def fitted(split, model, **params):
    recommender = registry.create("implicit", {"model": model, **params})
    recommender.fit(split.train, split.challenge)
    return recommender


def matrix(rows, n_tracks):
    dense = np.zeros((len(rows), n_tracks))
    for row in range(len(rows)):
        dense[row, rows.row(row)[rows.row(row) < n_tracks]] = 1
    return csr_matrix(dense)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_lists_unique_tracks_without_the_seeds(split, model):
    lists = fitted(split, model, **MODELS[model]).recommend(split.challenge, 100)
    assert (lists.tracks >= 0).mean() > 0.5
    for row in range(len(split.challenge)):
        tracks = lists.tracks[row][lists.tracks[row] >= 0]
        assert len(set(tracks)) == len(tracks)
        assert not set(tracks) & set(split.challenge.seeds.row(row))


@pytest.mark.parametrize(
    ("name", "peer"),
    [
        ("BM25Recommender", BM25Recommender(K=50, B=0.5)),
        ("AlternatingLeastSquares", AlternatingLeastSquares(factors=8, iterations=2, random_state=0)),
    ],
)
def test_scores_equal_those_of_the_library(split, name, peer):
    n_tracks = split.train.catalog.n_tracks
    peer.fit(matrix(split.train.tracks, n_tracks), show_progress=False)
    seeds = matrix(split.challenge.seeds, n_tracks)
    rows = np.flatnonzero(np.diff(seeds.indptr))
    options = {"recalculate_user": True} if name == "AlternatingLeastSquares" else {}
    _, expected = peer.recommend(np.arange(len(rows)), seeds[rows], N=10, **options)
    lists = fitted(split, name, **MODELS[name]).recommend(split.challenge, 10)
    assert np.allclose(lists.scores[rows], np.maximum(expected, lists.scores[rows].min()), atol=1e-5)


def test_playlists_without_known_seeds_get_empty_lists_and_are_counted(split):
    recommender = fitted(split, "CosineRecommender")
    rows = [[] if row % 2 else split.challenge.seeds.row(row) for row in range(len(split.challenge))]
    challenge = type(split.challenge)(split.challenge.info, Ragged.from_rows(rows), split.challenge.catalog)
    lists = recommender.recommend(challenge, 20)
    unserved = np.array([len(row) == 0 for row in rows])
    assert (lists.tracks[unserved] == -1).all()
    assert recommender.summary["share_without_known_seeds"] == unserved.mean()
    assert recommender.summary["implicit"]


def test_other_hyper_parameters_are_read_as_numbers_and_go_to_the_model():
    recommender = registry.create("implicit", {"model": "BM25Recommender", "K": "7", "B": "0.5"})
    assert recommender.params == {"K": 7, "B": 0.5}


def test_an_unknown_hyper_parameter_is_refused_with_those_that_exist():
    with pytest.raises(ParameterError, match=r"CosineRecommender has no parameter 'factors': it has K, num_threads"):
        registry.create("implicit", {"model": "CosineRecommender", "factors": "8"})


def test_an_unknown_model_is_refused():
    with pytest.raises(ParameterError, match="Nonsense"):
        registry.create("implicit", {"model": "Nonsense"})


def test_threads_that_race_are_declared():
    assert registry.is_deterministic(registry.create("implicit"))
    assert not registry.is_deterministic(registry.create("implicit", {"model": "BayesianPersonalizedRanking"}))
