"""Mean and deviation: gradients, the sampled softmax, and lists that differ between playlists."""

import numpy as np
import pytest

from harness import ParameterError, Ragged, create
from harness.identities import Holdout
from harness.metrics.evaluation import evaluate_lists
from harness.metrics.r_precision import r_precision
from recommenders._perceptrons import LEAST_VARIANCE, Perceptrons
from recommenders.mean_variance import MeanVariance

SMALL = {"factors": 8, "batch": 32, "learning_rate": 0.005, "epochs": 4}


def fitted(train, **params):
    model = MeanVariance(**{**SMALL, **params})
    model.fit(train, None)
    return model


def perceptrons(uses="both", n_tracks=10):
    """A small network in float64, none of whose parameters is 0 or 1."""
    rng = np.random.default_rng(0)
    initial = Perceptrons.initial(n_tracks, 3, np.log(rng.random(n_tracks)), 0, uses)
    moved = {name: each + 0.3 * rng.standard_normal(each.shape) for name, each in initial.parameters.items()}
    return Perceptrons(moved, initial.log_q, uses)


@pytest.mark.parametrize("uses", ["mean", "variance", "both"])
def test_gradients_are_those_of_finite_differences(uses, cut, differs):
    assert max(differs(perceptrons(uses), cut).values()) < 1e-8


@pytest.mark.parametrize("uses", ["mean", "variance", "both"])
def test_the_output_follows_the_formula(uses):
    network = perceptrons(uses)
    p = network.parameters

    def f(name, x):
        return np.maximum(x @ p[f"{name}_in"] + p[f"{name}_in_bias"], 0) @ p[f"{name}_out"] + p[f"{name}_out_bias"]

    vectors = p["seeds"][[1, 4, 6]]
    m, s = vectors.mean(axis=0), np.sqrt(vectors.var(axis=0) + LEAST_VARIANCE)
    x = {"mean": m + f("first", m), "variance": s + f("first", s), "both": m + f("first", m) + s}[uses]
    y = x + np.maximum(f("second", x), 0)
    assert (f("second", x) < 0).any()
    np.testing.assert_allclose(network.playlist_vectors(Ragged.from_rows([[1, 4, 6]]))[0], f("head", y))


def test_the_accuracy_is_the_share_of_targets_above_every_negative(cut):
    network = perceptrons()
    p = network.parameters
    p["bias"][7] -= 10  # a target, no negative: the number of correct targets is not half of all
    above = []
    for row, vector in enumerate(network.playlist_vectors(cut.given)):
        corrected = p["tracks"] @ vector + p["bias"] - network.log_q
        above += (corrected[cut.targets.row(row)] > corrected[cut.negatives[cut.absent[row]]].max()).tolist()
    assert network.gradients(cut).accuracy == pytest.approx(np.mean(above))
    assert sum(above) not in (0, len(above) / 2, len(above))


def test_the_loss_is_the_cross_entropy_of_a_target_among_corrected_negatives(cut):
    network = perceptrons()
    p = network.parameters
    losses = []
    for row, vector in enumerate(network.playlist_vectors(cut.given)):
        corrected = p["tracks"] @ vector + p["bias"] - network.log_q - np.log(len(cut.negatives))
        others = np.exp(corrected[cut.negatives[cut.absent[row]]]).sum()
        losses += [-np.log(np.exp(corrected[i]) / (np.exp(corrected[i]) + others)) for i in cut.targets.row(row)]
    assert network.gradients(cut).loss == pytest.approx(np.mean(losses))


def test_the_untrained_network_outputs_the_mean_plus_the_deviation():
    network = perceptrons()
    for name, values in network.parameters.items():
        if name.endswith(("_bias", "_out")):
            values[...] = 0
    network.parameters["head_in"][...] = np.hstack([np.eye(3), -np.eye(3)])
    network.parameters["head_out"][...] = np.vstack([np.eye(3), -np.eye(3)])
    vectors = network.parameters["seeds"][[1, 4, 6]]
    expected = vectors.mean(axis=0) + np.sqrt(vectors.var(axis=0) + LEAST_VARIANCE)
    np.testing.assert_allclose(network.playlist_vectors(Ragged.from_rows([[1, 4, 6]]))[0], expected)


def test_vectors_of_any_length_start_at_the_scale_with_the_least_loss(cut):
    """Frequent tracks have longer vectors in larger corpora; at 1,000,000 playlists training undid them first."""
    network = perceptrons()
    vectors = np.random.default_rng(1).standard_normal((10, 3))
    network.start_at(vectors, [cut])
    scale = network.parameters["seeds"][0, 0] / vectors[0, 0]
    np.testing.assert_allclose(network.parameters["tracks"], scale * vectors)
    least = network.gradients(cut).loss
    for factor in (0.25, 0.5, 2, 4):
        for name in ("seeds", "tracks"):
            network.parameters[name][:] = factor * scale * vectors
        assert network.gradients(cut).loss > least
    network.start_at(16 * vectors, [cut])
    np.testing.assert_allclose(network.parameters["tracks"], scale * vectors)


def test_a_batch_whose_playlists_hold_every_negative_costs_nothing(cut):
    full = type(cut)(cut.given, cut.targets, cut.negatives, np.zeros_like(cut.absent))
    step = perceptrons().gradients(full)
    assert step.loss == 0
    assert step.accuracy == 1
    assert all(np.isfinite(each.values).all() for each in step.gradients.values())


def test_playlists_with_any_number_of_seeds_get_lists_of_their_own(split):
    """Its model long gave every playlist the same 15 tracks."""
    model = fitted(split.train, factors=16, epochs=10)
    lists = model.recommend(split.challenge, 15).tracks
    assert median_overlap(lists) < 0.2
    lengths = split.challenge.seeds.lengths
    assert set(lengths[lists[:, 0] >= 0].tolist()) == set(lengths.tolist()) - {0}


def median_overlap(lists):
    """Of the share that two lists have in common."""
    tops = [set(row.tolist()) for row in lists if row[0] >= 0]
    return np.median([len(one & other) / 15 for i, one in enumerate(tops) for other in tops[:i]])


@pytest.mark.slow
def test_on_the_synthetic_corpus_it_finds_three_times_what_popularity_finds():
    from harness.splits.challenge import ChallengeSplit
    from harness.synthetic import generate

    playlists = generate(10_000)
    split = ChallengeSplit().cut(playlists, 0).split_of(playlists, Holdout.validation)
    lists = []
    for name in ("mean-variance", "popularity"):
        model = create(name)
        model.fit(split.train, None)
        lists.append(model.recommend(split.challenge, 500).tracks)
    mine, baseline = (r_precision(evaluate_lists(each, split.challenge, split.withheld)) for each in lists)
    assert mine.mean() > 3 * baseline.mean()
    for n_seeds in (1, 5, 10, 25, 100):
        rows = split.challenge.seeds.lengths == n_seeds
        assert mine[rows].mean() > 2.5 * baseline[rows].mean(), n_seeds
    assert median_overlap(lists[0][:, :15]) < 0.2


def test_threads_change_no_list_and_another_seed_does(split):
    one, two, other = (fitted(split.train, epochs=1, threads=t, seed=s) for t, s in ((1, 0), (2, 0), (1, 1)))
    first, second, third = (model.recommend(split.challenge, 50) for model in (one, two, other))
    np.testing.assert_array_equal(first.scores, second.scores)
    assert not np.array_equal(first.tracks, third.tracks)


def test_unknown_seeds_are_ignored_and_a_playlist_without_any_gets_an_empty_list(handmade, challenge_with):
    model = fitted(handmade([[0, 1, 2], [3, 4, 5], [7]]).take(np.array([0, 1])), factors=2)
    more = handmade([[99]])
    lists = model.recommend(challenge_with(more, [[0], [0, 99, 6, 0], [99, 6], []]), 3).tracks
    np.testing.assert_array_equal(lists[0], lists[1])
    assert (lists[0] >= 0).all()
    assert (lists[2:] == -1).all()


@pytest.mark.parametrize("params", [{"factors": 0}, {"epochs": 0}, {"learning_rate": 0}, {"validation": 1}])
def test_values_without_a_meaning_are_refused(params):
    with pytest.raises(ParameterError, match=next(iter(params))):
        create("mean-variance", params)
