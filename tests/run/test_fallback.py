"""Short lists are completed; their own tracks stay unchanged."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.ragged import NO_ID
from harness.run.fallback import complete
from harness.types import Ranked

distinct = st.lists(st.integers(0, 9), unique=True, max_size=6)


def table(rows, width):
    made = np.full((len(rows), width), NO_ID, np.int32)
    for i, row in enumerate(rows):
        made[i, : len(row)] = row
    return made


@given(st.lists(st.tuples(distinct, distinct), max_size=5), st.integers(6, 9))
def test_a_list_is_completed_with_the_tracks_of_the_fallback_that_it_lacks(pairs, k):
    tracks = table([own for own, _ in pairs], k)
    other = table([other for _, other in pairs], 6)
    before = tracks.copy()
    completed = complete(tracks, Ranked(other, np.zeros(other.shape, np.float32)))
    expected = [own + [track for track in other if track not in own] for own, other in pairs]
    assert completed.tolist() == [(row + [NO_ID] * k)[:k] for row in expected]
    assert completed.dtype == np.int32
    assert (tracks == before).all()


def test_a_full_list_stays_as_it_is():
    full = np.array([[4, 2, 0]], np.int32)
    assert complete(full, Ranked(full + 5, np.zeros((1, 3), np.float32))).tolist() == [[4, 2, 0]]


def test_an_empty_fallback_changes_nothing():
    short = np.array([[4, NO_ID]], np.int32)
    assert complete(short, Ranked.empty(1, 0)).tolist() == short.tolist()
    assert complete(short, Ranked.empty(1, 3)).tolist() == short.tolist()
