"""Fixtures of network tests: playlists to cut, and gradients compared with finite differences."""

import numpy as np
import pytest

from harness.ragged import Ragged
from recommenders._cuts import Batch

STEP = 1e-6


@pytest.fixture(scope="session")
def rows():
    """40 playlists of 2 to 30 distinct tracks out of 60."""
    rng = np.random.default_rng(0)
    return Ragged.from_rows([rng.permutation(60)[: rng.integers(2, 31)] for _ in range(40)])


@pytest.fixture(scope="session")
def cut():
    """Three playlists over ten tracks; one negative is drawn twice, two are held after all."""
    absent = [[True, False, True, True], [True, True, False, True], [True, True, True, True]]
    return Batch(
        Ragged.from_rows([[0, 1, 2], [3], [4, 0]]),
        Ragged.from_rows([[5], [6, 7], [1]]),
        np.array([8, 5, 6, 8], np.int32),
        np.array(absent),
    )


@pytest.fixture(scope="session")
def differs():
    """The largest difference of a network's gradients from finite differences, by parameter; float64."""
    return largest_differences


def largest_differences(network, batch):
    found = {}
    for name, gradient in network.gradients(batch).gradients.items():
        values = network.parameters[name]
        dense = np.zeros_like(values)
        dense[slice(None) if gradient.rows is None else gradient.rows] = gradient.values
        assert dense.any(), f"{name} has no gradient"
        found[name] = max(abs(dense[at] - slope(network, batch, values, at)) for at in np.ndindex(*values.shape))
    assert found.keys() == network.parameters.keys()
    return found


def slope(network, batch, values, at):
    """The symmetric difference of the loss by one number."""
    before = values[at]
    losses = []
    for moved in (before + STEP, before - STEP):
        values[at] = moved
        losses.append(network.gradients(batch).loss)
    values[at] = before
    return (losses[0] - losses[1]) / (2 * STEP)
