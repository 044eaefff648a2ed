"""What networks over tracks share: cuts of playlists, negatives, Adam, early stopping, first vectors."""

import numpy as np
import pytest

from harness.types import Ragged
from recommenders import _training
from recommenders._training import Adam, Batches, Gradient, Popular, singular_vectors


@pytest.fixture(scope="module")
def rows():
    """40 playlists of 2 to 30 distinct tracks out of 60."""
    rng = np.random.default_rng(0)
    return Ragged.from_rows([rng.permutation(60)[: rng.integers(2, 31)] for _ in range(40)])


def batch_of(rows, targets=5, negatives=50, seed=0):
    batches = Batches(rows, Popular(rows, 60, 0.75), size=len(rows), targets=targets, negatives=negatives)
    (batch,) = batches.of(np.arange(len(rows)), np.random.default_rng(seed))
    return batch


def test_what_is_given_is_never_a_target_and_both_stand_in_the_playlist(rows):
    for seed in range(10):
        batch = batch_of(rows, seed=seed)
        for row in range(len(rows)):
            given, targets = (set(part.row(row).tolist()) for part in (batch.given, batch.targets))
            assert given
            assert targets
            assert not given & targets
            assert given | targets <= set(rows.row(row).tolist())
            assert len(targets) == min(5, len(rows.row(row)) - len(given))


def test_some_playlists_give_their_first_tracks_and_some_others(rows):
    batch = batch_of(rows)
    first = [
        batch.given.row(row).tolist() == rows.row(row)[: batch.given.lengths[row]].tolist() for row in range(len(rows))
    ]
    assert any(first)
    assert not all(first)


def test_negatives_are_absent_just_where_the_playlist_lacks_them(rows):
    batch = batch_of(rows)
    expected = [[track not in rows.row(row) for track in batch.negatives.tolist()] for row in range(len(rows))]
    assert batch.absent.tolist() == expected


def test_negatives_are_drawn_as_often_as_their_frequency_to_the_exponent_says():
    popular = Popular(Ragged.from_rows([[0, 2]] * 4 + [[2]] * 12), 4, 0.5)
    share = 4**0.5 / (4**0.5 + 16**0.5)
    np.testing.assert_allclose(np.exp(popular.log_q), [share, share, 1 - share, share], rtol=1e-6)
    drawn = np.bincount(popular.draw(np.random.default_rng(0), 10_000), minlength=4) / 10_000
    np.testing.assert_allclose(drawn, [share, 0, 1 - share, 0], atol=0.02)


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
    """A network whose validation losses are told beforehand, and whose parameter counts the steps."""

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


def test_first_vectors_are_singular_vectors(rows):
    held = rows.matrix(60).toarray().astype(np.float64)
    held /= rows.lengths[:, None] ** 0.5 * np.maximum(held.sum(axis=0), 1) ** 0.25
    values, right = np.linalg.svd(held)[1:]
    expected = right[:3].T * np.sqrt(values[:3])
    found = singular_vectors(rows, 60, 3, np.random.default_rng(0)).astype(np.float64)
    found *= np.linalg.norm(expected) / np.linalg.norm(found)
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=2e-3)


def test_directions_beyond_the_rank_are_0():
    vectors = singular_vectors(Ragged.from_rows([[0, 1]] * 6), 3, 4, np.random.default_rng(0))
    assert np.isfinite(vectors).all()
    assert not vectors[2].any()
    assert not vectors[:, 1:].any()
