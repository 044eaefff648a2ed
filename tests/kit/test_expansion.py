"""Expansions equal a count by hand, with and without stored neighbours."""

from collections import Counter

import numpy as np
import pytest

from harness import Ragged
from harness.kit import Expansions, PlaylistIndex, expansion
from harness.ragged import NO_ID


def holders_of(rows):
    """Track -> numbers of the playlists that hold it."""
    holders = {}
    for number, row in enumerate(map(set, rows)):
        for track in row:
            holders.setdefault(track, []).append(number)
    return holders


def by_hand(rows, seeds, k, step):
    """The definition, in plain Python."""
    holders = holders_of(rows)
    listed, waiting = [], list(reversed(seeds))
    while waiting and len(listed) < k:
        track = waiting.pop(0)
        shared = Counter(other for number in holders[track] for other in set(rows[number]))
        free = [other for other in shared if other not in seeds and other not in listed]
        new = sorted(free, key=lambda other: (-shared[other], other))[:step]
        listed += new
        waiting += new
    return listed[:k]


def first_seed_by_hand(rows, seeds, k, step):
    """The rule of the course project: a queue that begins with the first seed; listed tracks are not replaced."""
    holders = holders_of(rows)
    playlist, turn = seeds[:1], 0
    while turn < len(playlist) and len([track for track in playlist if track not in seeds]) < k:
        track = playlist[turn]
        shared = Counter(other for number in holders[track] for other in set(rows[number]) if other != track)
        top = sorted(shared, key=lambda other: (-shared[other], other))[:step]
        playlist += [other for other in top if other not in playlist]
        turn += 1
    return [track for track in playlist if track not in seeds][:k]


@pytest.fixture(scope="module")
def rows():
    """150 playlists of few, frequent tracks: soon more tracks are listed than are cached for one."""
    rng = np.random.default_rng(0)
    return [(560 * rng.random(80)).astype(int).tolist() for _ in range(150)]


@pytest.mark.parametrize("step", [1, 10])
def test_lists_are_those_counted_by_hand(rows, step):
    index = PlaylistIndex.of(Ragged.from_rows(rows), 560)
    seeds = [[0], [5, 3], [39, 17, 2], [0]]
    lists = Expansions(index, step=step, threads=1).of_seeds(Ragged.from_rows(seeds), 555)
    assert (lists != NO_ID).sum(axis=1).min() > expansion._WIDTH
    for row, own in zip(lists, seeds, strict=True):
        found = by_hand(rows, own, 555, step)
        assert row.tolist() == found + [NO_ID] * (555 - len(found))


def test_lists_do_not_depend_on_the_playlists_before_or_on_threads(rows):
    index = PlaylistIndex.of(Ragged.from_rows(rows), 560)
    seeds = Ragged.from_rows([[track] for track in range(60)])
    whole = Expansions(index, step=10, threads=2).of_seeds(seeds, 100)
    for i in (0, 31, 59):
        assert (Expansions(index, step=10, threads=1).of_seeds(seeds.take(np.array([i])), 100) == whole[i]).all()


def test_caches_of_earlier_calls_are_used_and_change_no_list(rows):
    index = PlaylistIndex.of(Ragged.from_rows(rows), 560)
    seeds = Ragged.from_rows([[track] for track in range(60)])
    fresh = Expansions(index, step=10).of_seeds(seeds, 100)
    expansions, cached = Expansions(index, step=10, threads=1), []
    for _ in range(3):
        assert (expansions.of_seeds(seeds, 100) == fresh).all()
        with expansions._cache() as cache:
            cached.append(int(cache.n_lines[0]))
    assert cached[0] >= 60
    assert cached == cached[:1] * 3


def test_stored_neighbours_of_a_track_end_with_its_last_neighbour():
    index = PlaylistIndex.of(Ragged.from_rows([[1, 2]] * expansion._FREQUENT + [[0, 3]]), 4)
    lists = Expansions(index, step=10, threads=1).of_seeds(Ragged.from_rows([[1]] * 2), 3)
    assert lists.tolist() == [[2, NO_ID, NO_ID]] * 2


@pytest.mark.parametrize("step", [1, 10, 600])
def test_expansions_of_the_first_seed_are_those_counted_by_hand(rows, step):
    """A step of 600 is wider than the cache."""
    index = PlaylistIndex.of(Ragged.from_rows(rows), 560)
    seeds = [[0], [5, 3], [39, 17, 2], [0], []]
    lists = Expansions(index, step=step, threads=1).of_first_seed(Ragged.from_rows(seeds), 555)
    for row, own in zip(lists, seeds, strict=True):
        expected = first_seed_by_hand(rows, own, 555, step)
        assert row.tolist() == expected + [NO_ID] * (555 - len(expected))


def test_a_listed_track_is_skipped_by_the_first_seed_rule_and_replaced_otherwise():
    """Two a step. 0 adds 1 and 2. The two most shared with 1 are 0 and 2: both are there; the third is 3."""
    index = PlaylistIndex.of(Ragged.from_rows([[0, 1, 2]] * 3 + [[1, 2]] + [[1, 3], [1, 3]] + [[2, 4]]), 5)
    seeds = Ragged.from_rows([[0]])
    assert Expansions(index, step=2).of_first_seed(seeds, 4).tolist() == [[1, 2, NO_ID, NO_ID]]
    assert Expansions(index, step=2).of_seeds(seeds, 4).tolist() == [[1, 2, 3, 4]]


def test_another_seed_is_expanded_where_it_is_listed_and_is_not_in_the_list():
    index = PlaylistIndex.of(Ragged.from_rows([[0, 1]] * 2 + [[1, 2], [3, 4]]), 5)
    lists = Expansions(index, step=2).of_first_seed(Ragged.from_rows([[0, 1], [0, 3]]), 3)
    assert lists.tolist() == [[2, NO_ID, NO_ID], [1, 2, NO_ID]]
