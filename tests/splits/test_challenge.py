"""A local challenge resembles the official one, leaks nothing, and is the same everywhere and for ever."""

from collections import Counter

import numpy as np
import pytest

from harness.errors import DataError
from harness.rules import CATEGORIES
from harness.splits.challenge import draw_challenges
from harness.types import Playlists

BY_NUMBER = {category.number: category for category in CATEGORIES}


def rows_of(ragged):
    return [ragged.row(i).tolist() for i in range(len(ragged))]


def contents(draws, playlists):
    """What each draw holds, told by pid and not by row."""
    pids = playlists.info["pid"].to_numpy()
    return [
        {
            int(pid): (int(category), *parts)
            for pid, category, *parts in zip(
                pids[draw.rows],
                draw.categories,
                *map(rows_of, (draw.seeds, draw.positions, draw.withheld)),
                strict=True,
            )
        }
        for draw in draws.draws
    ]


def test_every_playlist_is_in_train_or_in_one_of_the_draws_and_both_share_train(large, draws):
    first, second = (draws.split(large, number) for number in (1, 2))
    assert first.train.info.equals(second.train.info)
    parts = [first.train.info["pid"].to_list(), first.challenge.pids.tolist(), second.challenge.pids.tolist()]
    assert sorted(pid for part in parts for pid in part) == sorted(large.info["pid"].to_list())
    assert rows_of(first.train.tracks) == [
        row for row, pid in zip(rows_of(large.tracks), large.info["pid"], strict=True) if pid in set(parts[0])
    ]


@pytest.mark.parametrize("number", [1, 2])
def test_seeds_withheld_and_dropped_entries_are_the_playlist(large, draws, number):
    draw = draws.draws[number - 1]
    occurring = set(draws.split(large, number).train.tracks.values.tolist())
    for row, seeds, positions, withheld in zip(
        draw.rows, rows_of(draw.seeds), rows_of(draw.positions), rows_of(draw.withheld), strict=True
    ):
        playlist = large.tracks.row(row).tolist()
        assert [playlist[position] for position in positions] == seeds
        assert positions == sorted(set(positions))
        rest = [track for position, track in enumerate(playlist) if position not in set(positions)]
        kept = [track for track in dict.fromkeys(rest) if track in occurring and track not in seeds]
        assert withheld == kept, "distinct, in playlist order, known to train, no seeds"
        assert withheld


def test_dropped_entries_are_counted_by_reason(large, draws):
    n_entries = sum(int(large.tracks.lengths[draw.rows].sum()) for draw in draws.draws)
    n_shown = sum(len(draw.seeds.values) for draw in draws.draws)
    n_withheld = sum(len(draw.withheld.values) for draw in draws.draws)
    assert sum(draws.dropped.values()) == n_entries - n_shown - n_withheld
    assert set(draws.dropped) == {"not in train", "repeats a seed", "repeats a withheld track"}
    assert min(draws.dropped.values()) > 0, "the corpus shows every reason"


@pytest.mark.parametrize("number", [1, 2])
def test_every_category_has_its_size_seeds_order_title_and_length(large, draws, number):
    draw, challenge = draws.draws[number - 1], draws.split(large, number).challenge
    assert Counter(draw.categories.tolist()) == dict.fromkeys(range(1, 11), 3_000 // 100)
    assert challenge.categories.tolist() == draw.categories.tolist()
    names = dict(zip(large.info["pid"], large.info["name"], strict=True))
    shown = zip(challenge.pids.tolist(), draw.categories.tolist(), rows_of(draw.positions), draw.rows, strict=True)
    scattered = Counter()
    for (pid, number_of_category, positions, row), name in zip(shown, challenge.info["name"], strict=True):
        category = BY_NUMBER[number_of_category]
        assert len(positions) == category.n_seeds
        assert name == (names[pid] if category.titled else None)
        in_order = positions == list(range(category.n_seeds))
        assert in_order or category.order == "random"
        scattered[category.number] += not in_order
        length = int(large.tracks.lengths[row])
        assert any(part.least <= length <= part.most for part in category.lengths)
    assert scattered[8] == scattered[10] == 30


def test_the_number_of_holdouts_is_that_of_the_withheld_tracks(large, draws):
    split = draws.split(large, 1)
    assert split.challenge.info["num_holdouts"].to_list() == split.withheld.lengths.tolist()


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda category: category.number)
def test_mean_and_spread_of_the_lengths_are_near_the_official_ones(large, draws, category):
    lengths = np.concatenate(
        [large.tracks.lengths[draw.rows[draw.categories == category.number]] for draw in draws.draws]
    )
    shares = np.array([float(part.share) for part in category.lengths])
    means = np.array([float(part.mean) for part in category.lengths])
    deviations = np.array([float(part.sd) for part in category.lengths])
    mean = (shares * means).sum()
    sd = np.sqrt((shares * (deviations**2 + means**2)).sum() - mean**2)
    assert abs(lengths.mean() - mean) < 0.04 * mean
    assert abs(lengths.std() - sd) < 0.10 * sd


def test_random_seeds_are_spread_over_the_whole_playlist(large, draws):
    draw = draws.draws[0]
    lengths = large.tracks.lengths[draw.rows]
    drawn = np.isin(draw.categories, [8, 10])[draw.positions.row_ids]
    places = ((draw.positions.values + 0.5) / lengths[draw.positions.row_ids])[drawn]
    assert np.abs(np.quantile(places, [0.25, 0.5, 0.75]) - [0.25, 0.5, 0.75]).max() < 0.04


def test_a_draw_depends_on_no_order(large, draws):
    shuffled = np.random.default_rng(0).permutation(len(large))
    turned = Playlists(large.info[shuffled], large.tracks.take(shuffled), large.catalog)
    assert contents(draw_challenges(turned), turned) == contents(draws, large)


def test_equal_options_give_equal_draws_and_another_seed_gives_others(playlists):
    one, again, other = (draw_challenges(playlists, seed=seed) for seed in (0, 0, 1))
    assert contents(one, playlists) == contents(again, playlists)
    assert one.fingerprint(1) == again.fingerprint(1)
    assert contents(one, playlists)[0].keys() != contents(other, playlists)[0].keys()
    assert len({each.fingerprint(number) for each in (one, other) for number in (1, 2)}) == 4


def test_the_draws_of_a_handmade_corpus_never_change(tiny):
    draws = draw_challenges(tiny, per_category=1)
    first = contents(draws, tiny)[0]
    assert {pid: category for pid, (category, *_) in first.items()} == {116: 1, 111: 2, 145: 3, 148: 4, 149: 5, 150: 6}
    assert [draws.fingerprint(number) for number in (1, 2)] == [
        "07d6220cebaa6f00821e44f103028bdc",
        "a9ca59d4ea3c73237e5e891f257e1cf6",
    ]


def test_random_seeds_of_a_handmade_corpus_never_change(handmade):
    playlists = handmade([[(i + j) % 400 for j in range(110)] for i in range(40)])
    draws = draw_challenges(playlists, per_category=1)
    assert draws.draws[0].categories.tolist() == [7, 8]
    assert [draw.rows.tolist() for draw in draws.draws] == [[17, 25], [33, 14]]
    assert draws.draws[0].positions.row(1).tolist() == [
        3,
        4,
        6,
        14,
        17,
        20,
        21,
        23,
        25,
        31,
        33,
        37,
        42,
        46,
        53,
        61,
        63,
        76,
        77,
        83,
        89,
        91,
        95,
        99,
        104,
    ]


def test_categories_that_cannot_be_filled_are_named_and_left_out(tiny):
    draws = draw_challenges(tiny, per_category=2)
    assert set(draws.draws[0].categories.tolist()) | set(draws.omitted) == set(BY_NUMBER)
    assert draws.omitted[10] == "category 10 (random 100) needs 2 x 2 playlists of 150 to 250 tracks, 0 are there"
    assert set(draws.omitted) == {7, 8, 9, 10}


def test_a_playlist_stands_in_one_category_only_even_where_they_are_scarce(tiny):
    draws = draw_challenges(tiny, per_category=4)
    rows = np.concatenate([draw.rows for draw in draws.draws])
    assert len(set(rows.tolist())) == len(rows)
    assert [len(draw.rows) for draw in draws.draws] == [4 * (10 - len(draws.omitted))] * 2


@pytest.mark.parametrize("per_category", [None, 0, -1])
def test_a_corpus_too_small_is_refused_and_told_what_it_takes(tiny, per_category):
    with pytest.raises(DataError, match="a corpus of 60 playlists is too small for a challenge: it takes 100"):
        draw_challenges(tiny, per_category=per_category)


def test_a_corpus_that_fills_no_category_is_refused(handmade):
    with pytest.raises(DataError, match=r"cannot fill any category: category 1 \(title only\) needs 2 x 1"):
        draw_challenges(handmade([[0, 1, 2]] * 5), per_category=1)


def test_withheld_entries_that_repeat_a_seed_are_dropped_unless_kept(handmade):
    playlists = handmade([[0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 9, 9]] * 40)
    dropped, kept = (draw_challenges(playlists, per_category=1, keep_repeats=keep) for keep in (False, True))
    (row,) = np.flatnonzero(dropped.draws[0].categories == 2)
    assert dropped.draws[0].withheld.row(row).tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert kept.draws[0].withheld.row(row).tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 0, 9]
    assert (dropped.dropped["repeats a seed"] > 0, kept.dropped["repeats a seed"]) == (True, 0)
    assert dropped.fingerprint(1) != kept.fingerprint(1)


def test_a_playlist_left_with_nothing_to_find_is_drawn_anew(handmade):
    ordinary = [[(i + j) % 30 for j in range(12)] for i in range(30)]
    unique = [[1_000 + 12 * i + j for j in range(12)] for i in range(30)]
    playlists = handmade(ordinary + unique)
    draws = draw_challenges(playlists, per_category=3)
    assert len(draws.draws[0].rows) == 3 * (10 - len(draws.omitted))
    assert max(max(draw.rows) for draw in draws.draws) < 30, "no playlist of tracks that stand nowhere else"


def test_there_is_no_third_draw(tiny):
    draws = draw_challenges(tiny, per_category=1)
    for number in (0, 3):
        with pytest.raises(DataError, match=f"there is no draw {number}: the split has draws 1 to 2"):
            draws.split(tiny, number)
