"""Summary of the weights between seeds and candidates: by its definition, from an item model, in the second stage."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import harness
from harness.ragged import Ragged
from recommenders.two_stage.seed_weights import NAMES, ORDERED, Weights, seed_weights

N_TRACKS = 12


@pytest.fixture(scope="module")
def weights():
    dense = np.random.default_rng(0).normal(size=(N_TRACKS, N_TRACKS)).astype(np.float32)
    dense[np.random.default_rng(1).random(dense.shape) < 0.3] = 0
    return dense


def rows_of(lists):
    return Ragged.from_lengths(
        np.array([len(row) for row in lists]), np.array([track for row in lists for track in row], np.int32)
    )


def summary_of(weights, seeds, track):
    """The same by its definition, one candidate."""
    of_seeds = weights[seeds, track]
    largest = np.sort(np.append(np.maximum(of_seeds, 0), [0, 0]))[::-1]
    total, n = of_seeds.sum(), (of_seeds > 0).sum()
    share = largest[0] / total if total > 0 else 0
    lasts = [of_seeds[-last:].sum() for last in (1, 3, 10)]
    return [largest[0], largest[1], share, (of_seeds**2).sum(), n, n / len(seeds), *lasts]


def test_the_summary_follows_the_definition(weights):
    seeds, tracks = [[0, 3, 5, 1], [7]], np.array([[2, 4, 6, 8], [9, 0, -1, -1]], np.int32)
    found = seed_weights(Weights.of(csr_array(weights)), rows_of(seeds), tracks, 1, ordered=True)
    assert list(found) == [*NAMES, *ORDERED]
    for row, column in ((0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1)):
        expected = summary_of(weights, seeds[row], tracks[row, column])
        np.testing.assert_allclose([values[row, column] for values in found.values()], expected, rtol=1e-5, atol=1e-6)
    assert all(np.isnan(values[1, 2:]).all() for values in found.values()), "no candidate has no value"


def test_a_playlist_without_a_known_seed_has_no_values(weights):
    found = seed_weights(
        Weights.of(csr_array(weights)), rows_of([[], [N_TRACKS]]), np.ones((2, 1), np.int32), 1, ordered=False
    )
    assert list(found) == list(NAMES)
    assert all(np.isnan(values).all() for values in found.values())


def test_the_weights_of_slim_sum_to_its_scores(split):
    slim = harness.create("slim", {"neighbours": 20, "threads": 1, "metadata": False})
    slim.fit(split.train, split.challenge)
    dense = slim.item_weights().toarray()
    lists = slim.recommend(split.challenge, 5)
    rows = np.flatnonzero(lists.tracks[:, 0] >= 0)
    assert len(rows)
    for row in rows[:20]:
        seeds = np.unique(split.challenge.seeds.row(row))
        assert dense[seeds[seeds < len(dense)], lists.tracks[row, 0]].sum() == pytest.approx(
            lists.scores[row, 0], rel=1e-4
        )


def test_trees_learn_from_the_weights_of_slim(split):
    params = {"blend.members": ["slim", "title"], "rounds": 5, "min_rows": 20, "candidates": 100, "threads": 1}
    model = harness.create("two-stage", {**params, "blend.slim.threads": 1, "blend.slim.neighbours": 20})
    model.fit(split.train, split.challenge)
    assert set(NAMES) <= set(model.trees_[0].feature_name())
