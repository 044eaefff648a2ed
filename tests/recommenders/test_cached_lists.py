"""Lists of frequent seeds are computed once; the others at each call."""

import numpy as np

import harness
from recommenders import _cached_lists
from recommenders._cached_lists import CachedLists

WIDTH = 2
FREQUENCIES = np.array([5, 1, 9, 2])


def computed(asked):
    """A function that gives seed s the list [10 s, 10 s + 1], and remembers what it was asked."""

    def compute(seeds):
        asked.append(seeds.tolist())
        tracks = (10 * seeds[:, None] + np.arange(WIDTH)).astype(np.int32)
        return harness.Ranked(tracks, tracks.astype(np.float32) / 2)

    return compute


def test_frequent_seeds_are_computed_once_and_lists_stay_in_the_order_of_the_seeds(monkeypatch):
    monkeypatch.setattr(_cached_lists, "MEMORY", 2 * WIDTH * _cached_lists.BYTES_A_TRACK)  # seeds 2 and 0
    cached, asked = CachedLists(FREQUENCIES, WIDTH), []
    for seeds in ([3, 0], [0, 1, 2], [2, 3, 0]):
        lists = cached.of(np.array(seeds, np.int32), computed(asked))
        assert lists.tracks.tolist() == [[10 * seed, 10 * seed + 1] for seed in seeds]
        assert lists.scores.tolist() == [[5 * seed, 5 * seed + 0.5] for seed in seeds]
    assert asked == [[3, 0], [1, 2], [3]]


def test_no_seed_has_no_list():
    lists = CachedLists(FREQUENCIES, WIDTH).of(np.empty(0, np.int32), computed([]))
    assert lists.tracks.shape == (0, WIDTH)
