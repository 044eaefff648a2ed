"""Removal of seeds from lists; membership equals that of sets."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.kit.seeds import in_random_order, is_member, without_seeds
from harness.ragged import NO_ID, Ragged

distinct = st.lists(st.integers(0, 12), unique=True, max_size=8)
lists_and_seeds = st.lists(st.tuples(distinct, st.lists(st.integers(0, 15), max_size=5)), max_size=6)


def table(rows, width=8):
    made = np.full((len(rows), width), NO_ID, np.int32)
    for i, row in enumerate(rows):
        made[i, : len(row)] = row
    return made


@given(lists_and_seeds)
def test_membership_is_what_sets_say(pairs):
    tracks = table([tracks for tracks, _ in pairs])
    seeds = [seeds for _, seeds in pairs]
    expected = [
        [t != NO_ID and t in set(row) for t in listed] for listed, row in zip(tracks.tolist(), seeds, strict=True)
    ]
    assert is_member(tracks, Ragged.from_rows(seeds)).tolist() == expected


def test_a_member_of_the_next_playlist_is_no_member_of_this_one():
    rows = Ragged.from_rows([[5], [0], []])
    assert not is_member(np.array([[0], [5], [NO_ID]], np.int32), rows).any()


def test_ids_and_rows_beyond_32_bits_do_not_run_over():
    n = 70_000
    rows = Ragged.from_rows([[2_000_000]] * n)
    assert is_member(np.full((n, 1), 2_000_000, np.int32), rows).all()
    assert not is_member(np.full((n, 1), 1_999_999, np.int32), rows).any()


@given(lists_and_seeds, st.integers(1, 12))
def test_a_list_without_seeds_keeps_the_order_and_the_scores_of_the_rest(pairs, k):
    tracks = table([tracks for tracks, _ in pairs])
    scores = np.arange(tracks.size, dtype=np.float32).reshape(tracks.shape) + 1
    before = tracks.copy(), scores.copy()
    ranked = without_seeds(tracks, scores, Ragged.from_rows([seeds for _, seeds in pairs]), k)
    assert ranked.tracks.shape == (len(pairs), k)
    for i, (listed, seeds) in enumerate(pairs):
        kept = [(track, scores[i, j]) for j, track in enumerate(listed) if track not in seeds][:k]
        assert ranked.tracks[i].tolist() == [track for track, _ in kept] + [NO_ID] * (k - len(kept))
        assert ranked.scores[i].tolist() == [score for _, score in kept] + [0] * (k - len(kept))
    assert (tracks == before[0]).all()
    assert (scores == before[1]).all()


def test_a_gap_in_a_list_is_closed():
    tracks = np.array([[NO_ID, 3, NO_ID, 4]], np.int32)
    ranked = without_seeds(tracks, np.ones((1, 4), np.float32), Ragged.from_rows([[]]), 3)
    assert ranked.tracks.tolist() == [[3, 4, NO_ID]]


def test_the_seeds_of_the_eighth_and_tenth_category_are_in_random_order(split):
    drawn = in_random_order(split.challenge)
    assert set(split.challenge.categories[drawn].tolist()) == {8, 10}
    assert not set(split.challenge.categories[~drawn].tolist()) & {8, 10}
