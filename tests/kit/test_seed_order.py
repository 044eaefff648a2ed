"""The artists of adjacent seeds distinguish first seeds from random ones."""

import numpy as np
import pytest

from harness.kit.seed_order import halves_at_random, order_of
from harness.ragged import Ragged

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


def test_without_evidence_of_order_seeds_count_as_first_tracks():
    rows = Ragged.from_rows(playlists(400, shuffled=True, seed=0))
    references = [Ragged.from_rows(playlists(400, shuffled=True, seed=each)) for each in (1, 2)]
    assert halves_at_random(rows, *references, ARTIST_OF) == 0
    assert halves_at_random(rows, *references, np.full(2_000, -1, np.int32)) == 0


def shuffled_rows(n, n_tracks, seed):
    generator = np.random.default_rng(seed)
    return [generator.permutation(n_tracks)[:10] for _ in range(n)]


def test_playlists_sorted_by_any_key_are_recognised():
    key = np.random.default_rng(3).permutation(60)
    rows = [row[np.argsort(key[row])] for row in shuffled_rows(300, 60, 0)]
    artist_of = (np.arange(60) // 4).astype(np.int32)
    assert order_of(Ragged.from_rows(rows), artist_of) == "sorted"
    assert order_of(Ragged.from_rows(shuffled_rows(300, 60, 0)), artist_of) == "random"


def test_real_order_is_seen_in_neighbours_of_one_artist():
    assert order_of(Ragged.from_rows(playlists(400, shuffled=False, seed=0)), ARTIST_OF) == "real"
    assert order_of(Ragged.from_rows(playlists(400, shuffled=True, seed=0)), ARTIST_OF) == "random"


def test_without_artists_nothing_can_be_said_of_the_order():
    rows = Ragged.from_rows(playlists(400, shuffled=False, seed=0))
    assert order_of(rows, np.full(2_000, -1, np.int32)) == "unknown"
