"""Seeds in order are told from random ones by the artists of neighbours."""

import numpy as np
import pytest

from harness.splits.seed_order import halves_at_random
from harness.types import Ragged

ARTIST_OF = (np.arange(2_000) // 4).astype(np.int32)


def playlists(n, *, shuffled, seed):
    """Ten tracks each: runs of artists, or the same tracks in any order."""
    generator = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        row = (4 * generator.integers(500, size=5)[:, None] + generator.permutation(4)[None, :2]).ravel()
        rows.append(generator.permutation(row) if shuffled else row)
    return rows


@pytest.mark.parametrize(("n_shuffled", "halves"), [(0, 0), (200, 1), (400, 2)])
def test_to_the_nearest_half(n_shuffled, halves):
    rows = playlists(n_shuffled, shuffled=True, seed=0) + playlists(400 - n_shuffled, shuffled=False, seed=1)
    references = [Ragged.from_rows(playlists(400, shuffled=each, seed=2)) for each in (False, True)]
    assert halves_at_random(Ragged.from_rows(rows), *references, ARTIST_OF) == halves


def test_where_order_tells_nothing_seeds_count_as_the_first():
    rows = Ragged.from_rows(playlists(400, shuffled=True, seed=0))
    references = [Ragged.from_rows(playlists(400, shuffled=True, seed=each)) for each in (1, 2)]
    assert halves_at_random(rows, *references, ARTIST_OF) == 0
    assert halves_at_random(rows, *references, np.full(2_000, -1, np.int32)) == 0
