"""Two towers: gradients, meaning of a score, origin of candidates, refused parameters."""

import numpy as np
import pytest

from harness import ParameterError, Ragged, create
from recommenders._towers import Towers
from recommenders.neumf import NeuMf

SMALL = {"factors": 8, "mlp_factors": 4, "hidden": 4, "batch": 32, "learning_rate": 0.01, "epochs": 4}


def fitted(train, **params):
    model = NeuMf(**{**SMALL, **params})
    model.fit(train, None)
    return model


def towers(n_tracks=10):
    """Small towers in float64, none of whose parameters is 0 or 1."""
    rng = np.random.default_rng(0)
    initial = Towers.initial(n_tracks, 3, 4, 6, 2.0, 0)
    parameters = initial.parameters.items()
    return Towers({name: values + 0.3 * rng.standard_normal(values.shape) for name, values in parameters}, 2.0)


def test_gradients_are_those_of_finite_differences(cut, differs):
    assert max(differs(towers(), cut).values()) < 1e-8


def test_the_loss_is_the_cross_entropy_of_targets_and_weighted_negatives(cut):
    network = towers()
    layer = network.first_layer_of_tracks()
    loss = 0.0
    for row, vector in enumerate(network.playlists(cut.given)):
        targets = network.logits(vector, cut.targets.row(row), layer)
        negatives = network.logits(vector, cut.negatives[cut.absent[row]], layer)
        weight = 2.0 * len(targets) / len(cut.negatives)
        loss += np.log1p(np.exp(-targets)).sum() + weight * np.log1p(np.exp(negatives)).sum()
    assert network.gradients(cut)[0] == pytest.approx(loss / len(cut.targets.values))


def test_a_playlist_is_the_sum_of_its_tracks_over_the_root_of_their_number():
    network = towers()
    seeds = network.parameters["seeds"]
    vectors = network.playlists(Ragged.from_rows([[1, 2, 3, 4], [5], []]))
    np.testing.assert_allclose(vectors, [seeds[1:5].sum(axis=0) / 4**0.5, seeds[5], np.zeros(7)])


def test_scores_are_probabilities_and_frequent_tracks_have_theirs_added(split):
    model = fitted(split.train)
    lists = model.recommend(split.challenge, 20)
    held = lists.tracks >= 0
    assert ((lists.scores[held] > 0) & (lists.scores[held] < 1)).all()
    counts = split.train.track_counts()
    bias = model.towers_.parameters["bias"]
    assert bias[np.argsort(-counts)[:20]].mean() > bias[counts == 1].mean()


@pytest.mark.parametrize("candidates", ["clusters", "neighbours"])
def test_candidates_come_from_the_kind_of_playlists_that_hold_the_seeds(candidates, handmade, challenge_with):
    train = handmade([[0, 1, 2, 3], [0, 1, 2, 3], [4, 5, 6, 7], [4, 5, 6, 7]] * 5)
    model = fitted(train, candidates=candidates, clusters=2, neighbours=10)
    lists = model.recommend(challenge_with(train, [[0], [5, 4]]), 8).tracks
    assert set(lists[0].tolist()) == {1, 2, 3, -1}
    assert set(lists[1].tolist()) == {6, 7, -1}


def test_clusters_keep_the_contract_of_lists(split, tmp_path):
    model = fitted(split.train, candidates="clusters", clusters=10)
    lists = model.recommend(split.challenge, 100)
    alone = model.recommend(split.challenge.take(np.array([30])), 100)
    np.testing.assert_array_equal(alone.tracks[0], lists.tracks[30])
    model.save(tmp_path)
    again = NeuMf(candidates="clusters", **SMALL)
    again.load(tmp_path)
    np.testing.assert_array_equal(again.recommend(split.challenge, 100).scores, lists.scores)


def test_the_number_of_candidates_bounds_a_list(split):
    lists = fitted(split.train, epochs=1, n_candidates=30).recommend(split.challenge, 50)
    assert lists.lengths.max() <= 30


def test_threads_change_no_list_and_another_seed_does(split):
    one, two, other = (fitted(split.train, epochs=1, threads=t, seed=s) for t, s in ((1, 0), (2, 0), (1, 1)))
    first, second, third = (model.recommend(split.challenge, 50) for model in (one, two, other))
    np.testing.assert_array_equal(first.scores, second.scores)
    assert not np.array_equal(first.tracks, third.tracks)


def test_without_a_playlist_to_cut_the_lists_are_ranked_all_the_same(handmade, challenge_with):
    train = handmade([[0], [1]])
    assert (fitted(train).recommend(challenge_with(train, [[0]]), 2).tracks == -1).all()


@pytest.mark.parametrize(
    "params",
    [{"factors": 0}, {"hidden": 1}, {"negative": 0}, {"learning_rate": -1}, {"validation": 1}, {"candidates": "all"}],
)
def test_values_without_a_meaning_are_refused(params):
    with pytest.raises(ParameterError, match=next(iter(params))):
        create("neumf", params)
