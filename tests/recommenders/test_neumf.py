"""Two towers: gradients, meaning of a score, origin of candidates, refused parameters."""

import numpy as np
import pytest

from harness import ParameterError, Ragged, create
from recommenders._towers import Towers
from recommenders.neumf import NeuMf

SMALL = {"factors": 8, "mlp_factors": 4, "layers": [4, 2], "batch": 32, "learning_rate": 0.01, "epochs": 4}


def fitted(train, **params):
    model = NeuMf(**{**SMALL, **params})
    model.fit(train, None)
    return model


def towers(layers=(6, 3), n_tracks=10):
    """Small towers in float64, none of whose parameters is 0 or 1."""
    rng = np.random.default_rng(0)
    initial = Towers.initial(n_tracks, 3, 4, layers, 2.0, 0)
    parameters = initial.parameters.items()
    return Towers({name: values + 0.3 * rng.standard_normal(values.shape) for name, values in parameters}, 2.0)


@pytest.mark.parametrize("layers", [(5,), (6, 3), (6, 5, 4, 3)])
def test_gradients_are_those_of_finite_differences_for_any_number_of_layers(layers, cut, differs):
    assert max(differs(towers(layers), cut).values()) < 1e-8


def test_the_mlp_tower_applies_its_layers_in_order(cut):
    network = towers((6, 5, 3))
    p = network.parameters
    vector = network.playlists(cut.given)[0]
    inside = np.hstack([vector[3:], p["tracks"][7, 3:]]) @ np.vstack([p["of_playlist"], p["of_track"]])
    output = np.maximum(inside + p["bias_1"], 0)
    for number in (2, 3):
        output = np.maximum(output @ p[f"layer_{number}"] + p[f"bias_{number}"], 0)
    z = (vector[:3] * p["tracks"][7, :3]) @ p["gmf_output"] + output @ p["mlp_output"] + p["bias"][7]
    assert network.logits(vector, np.array([7]), network.first_layer_of_tracks())[0] == pytest.approx(z)


def test_the_accuracy_is_the_weighted_share_of_pairs_on_the_right_side_of_0(cut):
    network = towers()
    layer = network.first_layer_of_tracks()
    correct = total = 0.0
    for row, vector in enumerate(network.playlists(cut.given)):
        targets = network.logits(vector, cut.targets.row(row), layer)
        negatives = network.logits(vector, cut.negatives[cut.absent[row]], layer)
        weight = 2.0 * len(targets) / len(cut.negatives)
        correct += (targets > 0).sum() + weight * (negatives < 0).sum()
        total += len(targets) + weight * len(negatives)
    assert network.gradients(cut).accuracy == pytest.approx(correct / total)
    assert 0 < correct < total


def test_the_loss_is_the_cross_entropy_of_targets_and_weighted_negatives(cut):
    network = towers()
    layer = network.first_layer_of_tracks()
    loss = 0.0
    for row, vector in enumerate(network.playlists(cut.given)):
        targets = network.logits(vector, cut.targets.row(row), layer)
        negatives = network.logits(vector, cut.negatives[cut.absent[row]], layer)
        weight = 2.0 * len(targets) / len(cut.negatives)
        loss += np.log1p(np.exp(-targets)).sum() + weight * np.log1p(np.exp(negatives)).sum()
    assert network.gradients(cut).loss == pytest.approx(loss / len(cut.targets.values))


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


@pytest.mark.parametrize("candidates", ["clusters", "neighbours"])
@pytest.mark.parametrize("playlists", [[[0], [1]], [[2, 2], [1, 1, 1]]])
def test_without_a_playlist_of_two_distinct_tracks_the_lists_are_empty(
    candidates, playlists, handmade, challenge_with, tmp_path
):
    train = handmade(playlists)
    model = fitted(train, candidates=candidates)
    challenge = challenge_with(train, [[1], []])
    assert (model.recommend(challenge, 2).tracks == -1).all()
    assert model.training["epochs"] == []
    model.save(tmp_path)
    model.load(tmp_path)
    assert (model.recommend(challenge, 2).tracks == -1).all()


@pytest.mark.parametrize("candidates", ["clusters", "neighbours"])
def test_an_empty_challenge_gets_no_lists(candidates, split):
    model = fitted(split.train, epochs=1, candidates=candidates)
    nobody = split.challenge.take(np.array([], np.int64))
    assert model.recommend(nobody, 5).tracks.shape == (0, 5)
    assert model.score(nobody, Ragged.from_rows([])).shape == (0,)


def test_layers_and_learning_curves_are_kept_with_the_model(split, tmp_path):
    model = fitted(split.train, layers=[6, 5, 3])
    assert [model.training["layers"][name] for name in ("of_track", "layer_2", "layer_3")] == [[4, 6], [6, 5], [5, 3]]
    epochs = model.training["epochs"]
    assert 0 < len(epochs) <= 4
    assert all(0 <= epoch[name] <= 1 for epoch in epochs for name in ("accuracy", "held_out_accuracy"))
    held_out = [epoch["held_out_loss"] for epoch in epochs]
    assert model.training["best_epoch"] == 1 + np.argmin(held_out)
    assert epochs[-1]["loss"] < epochs[0]["loss"]
    model.save(tmp_path)
    other = NeuMf()
    other.load(tmp_path)
    assert other.training == model.training


@pytest.mark.parametrize(
    "params",
    [
        {"factors": 0},
        {"layers": []},
        {"layers": [0]},
        {"negative": 0},
        {"learning_rate": -1},
        {"validation": 1},
        {"candidates": "all"},
    ],
)
def test_values_without_a_meaning_are_refused(params):
    with pytest.raises(ParameterError, match=next(iter(params))):
        create("neumf", params)
