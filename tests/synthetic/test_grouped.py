import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.kit.randomness import generator
from harness.synthetic.grouped import Grouped, on_curve, pick

GROUPS = np.array([1, 0, 1, 1, 0])
WEIGHTS = np.array([1.0, 1.0, 6.0, 3.0, 3.0])


def test_items_are_drawn_by_weight_within_their_group():
    drawn = Grouped(GROUPS, WEIGHTS, 2).draw(np.ones(20_000, np.int64), generator(0, "test"))
    shares = np.bincount(drawn, minlength=5) / len(drawn)
    assert np.allclose(shares, [1 / 10, 0, 6 / 10, 3 / 10, 0], atol=0.02)


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(1e-9, 1e9)), min_size=1), st.integers(0, 99))
def test_a_draw_never_leaves_its_group(items, seed):
    groups, weights = np.array([group for group, _ in items]), np.array([weight for _, weight in items])
    drawn_groups = np.repeat(np.unique(groups), 20)
    assert np.array_equal(groups[Grouped(groups, weights, 5).draw(drawn_groups, generator(seed, "test"))], drawn_groups)


def test_a_walk_goes_from_the_heaviest_down_and_round():
    grouped = Grouped(GROUPS, WEIGHTS, 2, heaviest_first=True)
    assert grouped.walk(np.ones(4, np.int64), np.arange(4)).tolist() == [2, 3, 0, 2]
    assert grouped.walk(np.zeros(2, np.int64), np.arange(2)).tolist() == [4, 1]


def test_sizes_count_empty_groups_too():
    assert Grouped(GROUPS, WEIGHTS, 4).sizes.tolist() == [2, 3, 0, 0]


def test_picks_follow_their_shares():
    picked = pick(np.cumsum([0.2, 0.0, 0.8]), generator(0, "test"), 20_000)
    assert np.allclose(np.bincount(picked) / len(picked), [0.2, 0, 0.8], atol=0.02)


def test_a_curve_is_straight_on_logarithmic_axes_and_flat_outside():
    knots = ((1, 100.0), (100, 1.0))
    assert np.allclose(on_curve(knots, np.array([1, 10, 100, 1_000])), [100, 10, 1, 1])
