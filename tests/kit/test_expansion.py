"""Expansions equal a count by hand, with and without stored neighbours."""

from collections import Counter

import numpy as np
import pytest

from harness import Ragged
from harness.kit import PlaylistIndex, expansion
from harness.kit.expansion import expand
from harness.types import NO_ID


def by_hand(rows, seeds, k, step):
    """The definition, in plain Python."""
    holders = {}
    for number, row in enumerate(map(set, rows)):
        for track in row:
            holders.setdefault(track, []).append(number)
    listed, waiting = [], list(reversed(seeds))
    while waiting and len(listed) < k:
        track = waiting.pop(0)
        shared = Counter(other for number in holders[track] for other in set(rows[number]))
        free = [other for other in shared if other not in seeds and other not in listed]
        new = sorted(free, key=lambda other: (-shared[other], other))[:step]
        listed += new
        waiting += new
    return listed[:k]


@pytest.fixture(scope="module")
def rows():
    """300 playlists of few, frequent tracks: soon more tracks are listed than are remembered beside one."""
    rng = np.random.default_rng(0)
    return [(400 * rng.random(30) ** 2).astype(int).tolist() for _ in range(300)]


@pytest.mark.parametrize("step", [1, 10])
def test_lists_are_those_counted_by_hand(rows, step):
    index = PlaylistIndex.of(Ragged.from_rows(rows), 400)
    seeds = [[0], [5, 3], [39, 17, 2], [0]]
    lists = expand(index, Ragged.from_rows(seeds), 300, step=step, threads=1)
    assert (lists != NO_ID).sum(axis=1).min() > expansion._WIDTH
    for row, own in zip(lists, seeds, strict=True):
        found = by_hand(rows, own, 300, step)
        assert row.tolist() == found + [NO_ID] * (300 - len(found))


def test_lists_do_not_depend_on_the_playlists_before_or_on_threads(rows):
    index = PlaylistIndex.of(Ragged.from_rows(rows), 400)
    seeds = Ragged.from_rows([[track] for track in range(60)])
    whole = expand(index, seeds, 100, step=10, threads=2)
    for i in (0, 31, 59):
        assert (expand(index, seeds.take(np.array([i])), 100, step=10, threads=1) == whole[i]).all()


def test_stored_neighbours_of_a_track_end_with_its_last_neighbour():
    index = PlaylistIndex.of(Ragged.from_rows([[1, 2]] * expansion._FREQUENT + [[0, 3]]), 4)
    lists = expand(index, Ragged.from_rows([[1]] * 2), 3, step=10, threads=1)
    assert lists.tolist() == [[2, NO_ID, NO_ID]] * 2
