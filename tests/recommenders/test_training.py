"""Steps of Adam, and early stopping."""

import numpy as np
import pytest

from harness import create
from recommenders import _training
from recommenders._cuts import Batches, Popular
from recommenders._training import Adam, Gradient, Step


def test_adam_moves_by_the_published_formula_and_only_rows_with_a_gradient():
    table = {"x": np.array([[1.0], [2.0], [3.0]])}
    adam = Adam(table, 0.1)
    adam.step({"x": Gradient(np.array([[4.0]]), np.array([1]))})
    assert table["x"].ravel().tolist() == pytest.approx([1, 2 - 0.1, 3], abs=1e-6)
    adam.step({"x": Gradient(np.array([[-2.0]]), np.array([1]))})
    mean = (0.9 * 0.1 * 4 - 0.1 * 2) / (1 - 0.9**2)
    square = (0.999 * 0.001 * 4**2 + 0.001 * 2**2) / (1 - 0.999**2)
    assert table["x"].ravel().tolist() == pytest.approx([1, 1.9 - 0.1 * mean / square**0.5, 3], abs=1e-6)


class Drifting:
    """A network whose validation losses are given beforehand, and whose parameter counts the steps."""

    def __init__(self, losses, trained=0.0):
        self.trained = trained
        self.parameters = {"x": np.zeros(1)}
        self.losses = iter(losses)
        self.seen = 0

    def gradients(self, batch):
        if len(batch.given) == 10:
            return Step(next(self.losses), {}, 0.25)
        self.seen += 1
        return Step(self.trained, {"x": Gradient(np.ones(1))}, 0.5)


def test_training_ends_when_patience_does_and_keeps_the_best_parameters(rows):
    network = Drifting([3.0, 1.0, 2.0, 2.5, 0.5])
    batches = Batches(rows, Popular(rows, 60, 0.75), size=40, targets=5, negatives=5)
    curves, best_epoch = trained(network, batches, epochs=9, patience=2, validation=0.25)
    assert network.seen == 4
    assert network.parameters["x"][0] == pytest.approx(-0.1 * 2)
    assert best_epoch == 2
    assert [epoch["held_out_loss"] for epoch in curves] == [3.0, 1.0, 2.0, 2.5]
    assert curves[0] == {"loss": 0.0, "accuracy": 0.5, "held_out_loss": 3.0, "held_out_accuracy": 0.25}


def test_without_a_validation_part_every_epoch_counts(rows):
    network = Drifting([])
    batches = Batches(rows, Popular(rows, 60, 0.75), size=40, targets=5, negatives=5)
    curves, best_epoch = trained(network, batches, epochs=3, patience=1, validation=0)
    assert network.parameters["x"][0] == pytest.approx(-0.1 * 3)
    assert curves == [{"loss": 0.0, "accuracy": 0.5}] * 3
    assert best_epoch == 3


@pytest.mark.parametrize(("losses", "expected"), [([np.nan], 0), ([1.0, 0.5, np.nan], 2), ([1.0, np.inf], 1)])
def test_a_held_out_loss_that_is_not_finite_warns_and_the_best_parameters_are_kept(losses, expected, rows):
    network = Drifting(losses)
    batches = Batches(rows, Popular(rows, 60, 0.75), size=40, targets=5, negatives=5)
    with pytest.warns(UserWarning, match=f"'drifting': the loss is not a finite number in epoch {len(losses)}: .*rate"):
        curves, best_epoch = trained(network, batches, epochs=9, patience=2, validation=0.25)
    assert best_epoch == expected
    assert len(curves) == len(losses)
    assert network.parameters["x"][0] == pytest.approx(-0.1 * expected)


@pytest.mark.parametrize("validation", [0, 0.25])
def test_a_training_loss_that_is_not_finite_ends_the_epoch_and_the_initial_parameters_are_kept(validation, rows):
    network = Drifting([1.0] * 9, trained=np.nan)
    batches = Batches(rows, Popular(rows, 60, 0.75), size=40, targets=5, negatives=5)
    with pytest.warns(UserWarning, match="in epoch 1: training stopped with the initial parameters"):
        curves, best_epoch = trained(network, batches, epochs=9, patience=2, validation=validation)
    assert (best_epoch, network.seen, network.parameters["x"][0]) == (0, 1, 0)
    assert np.isnan(curves[-1]["loss"])


@pytest.mark.parametrize("name", ["neumf", "mean-variance"])
def test_a_diverging_network_warns_and_still_recommends(name, split):
    params = {"learning_rate": 1.0, "factors": 4, "epochs": 3}
    model = create(name, params | ({"mlp_factors": 4, "layers": [4]} if name == "neumf" else {}))
    model.learning_rate = 1e37
    with pytest.warns(UserWarning, match=f"recommender '{name}': the loss is not a finite number"):
        model.fit(split.train, split.challenge)
    lists = model.recommend(split.challenge, 10)
    assert np.isfinite(lists.scores).all()
    assert lists.lengths.max() > 0


def trained(network, batches, **settings):
    return _training.train(network, batches, name="drifting", learning_rate=0.1, seed=0, **settings)
