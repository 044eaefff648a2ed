"""Steps of Adam, and early stopping."""

import numpy as np
import pytest

from recommenders import _training
from recommenders._cuts import Batches, Popular
from recommenders._training import Adam, Gradient


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

    def __init__(self, losses):
        self.parameters = {"x": np.zeros(1)}
        self.losses = iter(losses)
        self.seen = 0

    def gradients(self, batch):
        if len(batch.given) == 10:
            return next(self.losses), {}
        self.seen += 1
        return 0.0, {"x": Gradient(np.ones(1))}


def test_training_ends_when_patience_does_and_keeps_the_best_parameters(rows):
    network = Drifting([3.0, 1.0, 2.0, 2.5, 0.5])
    batches = Batches(rows, Popular(rows, 60, 0.75), size=40, targets=5, negatives=5)
    _training.train(network, batches, epochs=9, patience=2, validation=0.25, learning_rate=0.1, seed=0)
    assert network.seen == 4
    assert network.parameters["x"][0] == pytest.approx(-0.1 * 2)


def test_without_a_validation_part_every_epoch_counts(rows):
    network = Drifting([])
    batches = Batches(rows, Popular(rows, 60, 0.75), size=40, targets=5, negatives=5)
    _training.train(network, batches, epochs=3, patience=1, validation=0, learning_rate=0.1, seed=0)
    assert network.parameters["x"][0] == pytest.approx(-0.1 * 3)
