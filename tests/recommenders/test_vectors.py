"""Initial vectors are singular vectors."""

import numpy as np

from harness.ragged import Ragged
from recommenders._vectors import singular_vectors


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
