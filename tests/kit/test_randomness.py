"""Randomness depends only on seed, purpose and numbers, and never changes."""

from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kit.randomness import generator, hashes, row_hashes
from harness.ragged import Ragged

int64s = st.integers(-(2**63), 2**63 - 1)


def split_mix(seed, purpose, *numbers):
    """The same in Python's own integers."""
    state = int.from_bytes(blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest(), "little")
    for number in numbers:
        state = ((state ^ number % 2**64) + 0x9E3779B97F4A7C15) % 2**64
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        state = (state ^ state >> 27) * 0x94D049BB133111EB % 2**64
        state ^= state >> 31
    return state


def test_the_values_never_change():
    numbers = np.array([0, 1, 999_999, -1])
    assert hashes(0, "playlists", numbers).tolist() == [
        7645289151673640938,
        11044395863442241544,
        1422058352464130678,
        1655154884203994307,
    ]
    assert int(hashes(7, "seeds", numbers, numbers[::-1])[0]) == 10762575988756053792
    assert int(generator(0, "purpose").integers(0, 2**63)) == 4951411373329893062
    assert int(generator(0, "purpose", 1).integers(0, 2**63)) == 1832464930618147232


@given(int64s, st.sampled_from(["playlists", "seeds"]), st.lists(int64s, min_size=1, max_size=3))
def test_a_hash_is_what_split_mix_makes_of_the_numbers(seed, purpose, numbers):
    columns = [np.array([number]) for number in numbers]
    assert int(hashes(seed, purpose, *columns)[0]) == split_mix(seed, purpose, *numbers)


@given(st.lists(st.tuples(int64s, int64s), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_a_hash_does_not_depend_on_other_hashed_values(pairs, random):
    order = list(range(len(pairs)))
    random.shuffle(order)
    first, second = np.array(pairs, np.int64).T
    together = hashes(3, "seeds", first, second)
    assert hashes(3, "seeds", first[order], second[order]).tolist() == together[order].tolist()
    assert [int(hashes(3, "seeds", first[[i]], second[[i]])[0]) for i in order] == together[order].tolist()


def test_another_seed_purpose_or_order_of_numbers_gives_unrelated_hashes():
    one, two = np.arange(1_000), np.arange(1_000) + 5
    made = [
        hashes(0, "a", one, two),
        hashes(1, "a", one, two),
        hashes(0, "b", one, two),
        hashes(0, "a", two, one),
        hashes(0, "a", one),
    ]
    assert len(np.unique(np.concatenate(made))) == 5 * 1_000


def test_hashes_are_spread_evenly_over_all_64_bits():
    bits = np.unpackbits(hashes(0, "a", np.arange(4_096)).view(np.uint8)).reshape(4_096, 64).mean(axis=0)
    assert np.abs(bits - 0.5).max() < 5 * 0.5 / np.sqrt(4_096), "five standard deviations"


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.int64])
def test_the_type_of_a_number_does_not_matter(dtype):
    assert hashes(0, "a", np.arange(9, dtype=dtype)).tolist() == hashes(0, "a", np.arange(9)).tolist()


def test_hashing_leaves_its_numbers_alone():
    numbers = np.arange(3)
    numbers.flags.writeable = False
    hashes(0, "a", numbers)
    assert numbers.tolist() == [0, 1, 2]


def test_generators_of_one_seed_purpose_and_number_agree_and_others_do_not():
    draws = {
        key: tuple(generator(*key).integers(0, 2**63, 3))
        for key in [(0, "a", 0), (1, "a", 0), (0, "b", 0), (0, "a", 1)]
    }
    assert len(set(draws.values())) == 4
    assert tuple(generator(0, "a").integers(0, 2**63, 3)) == draws[0, "a", 0]


def test_equal_rows_have_equal_hashes_in_any_order_or_in_theirs():
    rows = Ragged.from_rows([[3, 1, 2], [1, 2, 3], [1, 2], [1, 2, 2], [], [3, 1, 2], []])
    by_content, in_order = (row_hashes(rows, in_order=each).tolist() for each in (False, True))
    assert by_content[0] == by_content[1] == by_content[5]
    assert in_order[0] == in_order[5] != in_order[1]
    assert len(set(by_content)) == 4
    assert len(set(in_order)) == 5
