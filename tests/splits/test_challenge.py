"""Local challenges resemble the official one, leak nothing, and are equal on every machine."""

from collections import Counter

import numpy as np
import pytest

from harness.errors import DataError, ParameterError
from harness.identities import Holdout
from harness.rules import CATEGORIES
from harness.splits.challenge import ChallengeSplit
from harness.types import Playlists

BY_NUMBER = {category.number: category for category in CATEGORIES}


def rows_of(ragged):
    return [ragged.row(i).tolist() for i in range(len(ragged))]


def contents(holdouts, playlists):
    """What each chosen holds, by pid and not by row."""
    pids = playlists.info["pid"].to_numpy()
    return [
        {
            int(pid): (int(category), *parts)
            for pid, category, *parts in zip(
                pids[chosen.rows],
                chosen.categories,
                *map(rows_of, (chosen.seeds, chosen.positions, chosen.withheld)),
                strict=True,
            )
        }
        for chosen in holdouts.both
    ]


def test_every_playlist_is_in_train_or_in_one_of_the_draws_and_both_share_train(large, holdouts):
    first, second = (holdouts.split_of(large, holdout) for holdout in Holdout)
    assert first.train.info.equals(second.train.info)
    parts = [first.train.info["pid"].to_list(), first.challenge.pids.tolist(), second.challenge.pids.tolist()]
    assert sorted(pid for part in parts for pid in part) == sorted(large.info["pid"].to_list())
    assert rows_of(first.train.tracks) == [
        row for row, pid in zip(rows_of(large.tracks), large.info["pid"], strict=True) if pid in set(parts[0])
    ]


@pytest.mark.parametrize("holdout", Holdout)
def test_seeds_withheld_and_dropped_entries_are_the_playlist(large, holdouts, holdout):
    chosen = holdouts.of(holdout)
    occurring = set(holdouts.split_of(large, holdout).train.tracks.values.tolist())
    for row, seeds, positions, withheld in zip(
        chosen.rows, rows_of(chosen.seeds), rows_of(chosen.positions), rows_of(chosen.withheld), strict=True
    ):
        playlist = large.tracks.row(row).tolist()
        assert [playlist[position] for position in positions] == seeds
        assert positions == sorted(set(positions))
        rest = [track for position, track in enumerate(playlist) if position not in set(positions)]
        kept = [track for track in dict.fromkeys(rest) if track in occurring and track not in seeds]
        assert withheld == kept, "distinct, in playlist order, known to train, no seeds"
        assert withheld


def test_dropped_entries_are_counted_by_reason(large, holdouts):
    n_entries = sum(int(large.tracks.lengths[chosen.rows].sum()) for chosen in holdouts.both)
    n_shown = sum(len(chosen.seeds.values) for chosen in holdouts.both)
    n_withheld = sum(len(chosen.withheld.values) for chosen in holdouts.both)
    assert sum(holdouts.dropped.values()) == n_entries - n_shown - n_withheld
    assert set(holdouts.dropped) == {"not in train", "repeats a seed", "repeats a withheld track"}
    assert min(holdouts.dropped.values()) > 0, "the corpus shows every reason"


@pytest.mark.parametrize("holdout", Holdout)
def test_every_category_has_its_size_seeds_order_title_and_length(large, holdouts, holdout):
    chosen, challenge = holdouts.of(holdout), holdouts.split_of(large, holdout).challenge
    assert Counter(chosen.categories.tolist()) == dict.fromkeys(range(1, 11), 3_000 // 100)
    assert challenge.categories.tolist() == chosen.categories.tolist()
    names = dict(zip(large.info["pid"], large.info["name"], strict=True))
    shown = zip(
        challenge.pids.tolist(), chosen.categories.tolist(), rows_of(chosen.positions), chosen.rows, strict=True
    )
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


def test_the_number_of_holdouts_is_that_of_the_withheld_tracks(large, holdouts):
    split = holdouts.split_of(large, Holdout.validation)
    assert split.challenge.info["num_holdouts"].to_list() == split.withheld.lengths.tolist()


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda category: category.number)
def test_mean_and_spread_of_the_lengths_are_near_the_official_ones(large, holdouts, category):
    lengths = np.concatenate(
        [large.tracks.lengths[chosen.rows[chosen.categories == category.number]] for chosen in holdouts.both]
    )
    shares = np.array([float(part.share) for part in category.lengths])
    means = np.array([float(part.mean) for part in category.lengths])
    deviations = np.array([float(part.sd) for part in category.lengths])
    mean = (shares * means).sum()
    sd = np.sqrt((shares * (deviations**2 + means**2)).sum() - mean**2)
    assert abs(lengths.mean() - mean) < 0.04 * mean
    assert abs(lengths.std() - sd) < 0.10 * sd


def test_random_seeds_are_spread_over_the_whole_playlist(large, holdouts):
    chosen = holdouts.validation
    lengths = large.tracks.lengths[chosen.rows]
    drawn = np.isin(chosen.categories, [8, 10])[chosen.positions.row_ids]
    places = ((chosen.positions.values + 0.5) / lengths[chosen.positions.row_ids])[drawn]
    assert np.abs(np.quantile(places, [0.25, 0.5, 0.75]) - [0.25, 0.5, 0.75]).max() < 0.04


def test_a_draw_depends_on_no_order(large, holdouts):
    shuffled = np.random.default_rng(0).permutation(len(large))
    turned = Playlists(large.info[shuffled], large.tracks.take(shuffled), large.catalog)
    assert contents(ChallengeSplit().cut(turned, 0), turned) == contents(holdouts, large)


def test_equal_options_give_equal_draws_and_another_seed_gives_others(playlists):
    one, again, other = (ChallengeSplit().cut(playlists, seed) for seed in (0, 0, 1))
    assert contents(one, playlists) == contents(again, playlists)
    assert one.fingerprint(Holdout.validation) == again.fingerprint(Holdout.validation)
    assert contents(one, playlists)[0].keys() != contents(other, playlists)[0].keys()
    assert len({each.fingerprint(holdout) for each in (one, other) for holdout in Holdout}) == 4


def test_the_draws_of_a_handmade_corpus_never_change(tiny):
    holdouts = ChallengeSplit(per_category=1).cut(tiny, 0)
    first = contents(holdouts, tiny)[0]
    assert {pid: category for pid, (category, *_) in first.items()} == {116: 1, 111: 2, 145: 3, 148: 4, 149: 5, 150: 6}
    assert [holdouts.fingerprint(holdout) for holdout in Holdout] == [
        "07d6220cebaa6f00821e44f103028bdc",
        "a9ca59d4ea3c73237e5e891f257e1cf6",
    ]


def test_random_seeds_of_a_handmade_corpus_never_change(handmade):
    playlists = handmade([[(i + j) % 400 for j in range(110)] for i in range(40)])
    holdouts = ChallengeSplit(per_category=1).cut(playlists, 0)
    assert holdouts.validation.categories.tolist() == [7, 8]
    assert [chosen.rows.tolist() for chosen in holdouts.both] == [[17, 25], [33, 14]]
    assert holdouts.validation.positions.row(1).tolist() == [
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
    holdouts = ChallengeSplit(per_category=2).cut(tiny, 0)
    assert set(holdouts.validation.categories.tolist()) | set(holdouts.omitted) == set(BY_NUMBER)
    assert (
        holdouts.omitted[10] == "category 10 (random 100) needs 2 x 2 playlists of 150 to 250 tracks, the corpus has 0"
    )
    assert set(holdouts.omitted) == {7, 8, 9, 10}


def test_a_playlist_stands_in_one_category_only_even_where_they_are_scarce(tiny):
    holdouts = ChallengeSplit(per_category=4).cut(tiny, 0)
    rows = np.concatenate([chosen.rows for chosen in holdouts.both])
    assert len(set(rows.tolist())) == len(rows)
    assert [len(chosen.rows) for chosen in holdouts.both] == [4 * (10 - len(holdouts.omitted))] * 2


def test_a_corpus_too_small_for_the_default_is_refused_with_the_number_it_needs(tiny):
    words = "a corpus of 60 playlists is too small for a challenge of the default size, which needs 100: pass `per_cat"
    with pytest.raises(DataError, match=words):
        ChallengeSplit().cut(tiny, 0)


@pytest.mark.parametrize("per_category", [0, -1])
def test_a_number_per_category_below_1_is_refused(tiny, per_category):
    with pytest.raises(ParameterError, match=f"^`per_category` {per_category} is no number of playlists: pass 1 or"):
        ChallengeSplit(per_category=per_category).cut(tiny, 0)


def test_a_corpus_that_fills_no_category_is_refused(handmade):
    with pytest.raises(DataError, match=r"cannot fill any category: category 1 \(title only\) needs 2 x 1"):
        ChallengeSplit(per_category=1).cut(handmade([[0, 1, 2]] * 5), 0)


def test_withheld_entries_that_repeat_a_seed_are_dropped_unless_kept(handmade):
    playlists = handmade([[0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 9, 9]] * 40)
    dropped, kept = (ChallengeSplit(per_category=1, keep_repeats=keep).cut(playlists, 0) for keep in (False, True))
    (row,) = np.flatnonzero(dropped.validation.categories == 2)
    assert dropped.validation.withheld.row(row).tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert kept.validation.withheld.row(row).tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 0, 9]
    assert (dropped.dropped["repeats a seed"] > 0, kept.dropped["repeats a seed"]) == (True, 0)
    assert dropped.fingerprint(Holdout.validation) != kept.fingerprint(Holdout.validation)


def test_a_playlist_without_withheld_tracks_is_replaced(handmade):
    ordinary = [[(i + j) % 30 for j in range(12)] for i in range(30)]
    unique = [[1_000 + 12 * i + j for j in range(12)] for i in range(30)]
    playlists = handmade(ordinary + unique)
    holdouts = ChallengeSplit(per_category=3).cut(playlists, 0)
    assert len(holdouts.validation.rows) == 3 * (10 - len(holdouts.omitted))
    assert max(max(chosen.rows) for chosen in holdouts.both) < 30, "no playlist of tracks that stand nowhere else"
