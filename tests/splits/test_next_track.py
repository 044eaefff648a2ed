"""The next-track split: one seed, one withheld track, no leak into the training set, equal on every machine."""

import numpy as np
import pytest

from harness.errors import DataError
from harness.identities import Holdout
from harness.splits import next_track, stored
from harness.splits.next_track import NextTrackSplit
from harness.types import Playlists

ROWS = [[1, 7, 27, 28, 43, 51], [9, 10, 15, 17, 22, 26, 30, 31, 34, 36, 37, 48]]
FINGERPRINTS = ["bdeda3700d778fe6e9c00b324deb058b", "2a29129ffc4ad0f569ba8fc925d76060"]


@pytest.fixture(scope="session")
def holdouts(large):
    """Both holdouts from `large`."""
    return NextTrackSplit().cut(large, 0)


def rows_of(ragged):
    return [ragged.row(i).tolist() for i in range(len(ragged))]


def of_two_playlists(playlists):
    """Each playlist without the tracks of no other playlist, computed with Python's sets."""
    rows = rows_of(playlists.tracks)
    holders = {}
    for number, row in enumerate(rows):
        for track in row:
            holders.setdefault(track, set()).add(number)
    return [[track for track in row if len(holders[track]) > 1] for row in rows]


def test_a_tenth_and_a_fifth_are_drawn_and_no_playlist_twice(large, holdouts):
    assert [len(chosen.rows) for chosen in holdouts.both] == [3_000 // 10, 3_000 // 5]
    assert len(set(np.concatenate([chosen.rows for chosen in holdouts.both]).tolist())) == 300 + 600
    assert [holdouts.split_of(large, holdout).challenge.pids.tolist() for holdout in Holdout] == [
        large.info["pid"].to_numpy()[chosen.rows].tolist() for chosen in holdouts.both
    ]


def test_no_more_playlists_are_drawn_than_the_maximum(large, monkeypatch):
    monkeypatch.setattr(next_track, "MOST_VALIDATION", 20)
    monkeypatch.setattr(next_track, "MOST_TEST", 40)
    assert [len(chosen.rows) for chosen in NextTrackSplit().cut(large, 0).both] == [20, 40]


@pytest.mark.parametrize("holdout", Holdout)
def test_the_last_track_is_withheld_and_the_one_before_it_shown(large, holdouts, holdout):
    split, whole = holdouts.split_of(large, holdout), of_two_playlists(large)
    chosen = holdouts.of(holdout)
    for row, (seed,), (position,), (last,) in zip(
        chosen.rows.tolist(), *map(rows_of, (chosen.seeds, chosen.positions, chosen.withheld)), strict=True
    ):
        assert len(whole[row]) > 3
        assert [seed, last] == whole[row][-2:]
        assert large.tracks.row(row)[position] == seed
        assert last not in whole[row][:-1], "what is to be found stands nowhere in the beginning"
    assert split.challenge.categories.tolist() == [0] * len(chosen.rows)
    assert split.challenge.info["name"].to_list() == [None] * len(chosen.rows)
    assert split.challenge.info["num_holdouts"].to_list() == [1] * len(chosen.rows)


def test_both_draws_train_on_the_beginnings_and_on_all_others(large, holdouts):
    expected = of_two_playlists(large)
    for chosen in holdouts.both:
        for row in chosen.rows.tolist():
            expected[row] = expected[row][:-1]
    for holdout in Holdout:
        train = holdouts.split_of(large, holdout).train
        assert train.info.equals(large.info)
        assert rows_of(train.tracks) == expected


def test_every_withheld_track_and_every_seed_is_known_to_train(large, holdouts):
    known = set(holdouts.train(large).tracks.values.tolist())
    for chosen in holdouts.both:
        assert set(chosen.withheld.values.tolist()) | set(chosen.seeds.values.tolist()) <= known


def test_a_draw_depends_on_no_order(large, holdouts):
    shuffled = np.random.default_rng(0).permutation(len(large))
    turned = Playlists(large.info[shuffled], large.tracks.take(shuffled), large.catalog)
    pids, others = (each.info["pid"].to_numpy() for each in (large, turned))
    again = NextTrackSplit().cut(turned, 0)
    for one, other in zip(holdouts.both, again.both, strict=True):
        found, same = (
            list(zip(of[each.rows].tolist(), *map(rows_of, (each.seeds, each.withheld)), strict=True))
            for of, each in ((pids, one), (others, other))
        )
        assert sorted(found) == sorted(same)


def test_another_seed_draws_other_playlists(large, holdouts):
    other = NextTrackSplit().cut(large, 1)
    assert set(other.validation.rows.tolist()) != set(holdouts.validation.rows.tolist())
    assert other.fingerprint(Holdout.validation) != holdouts.fingerprint(Holdout.validation)


def test_the_draws_of_a_handmade_corpus_never_change(tiny):
    holdouts = NextTrackSplit().cut(tiny, 0)
    assert [chosen.rows.tolist() for chosen in holdouts.both] == ROWS
    assert [holdouts.fingerprint(holdout) for holdout in Holdout] == FINGERPRINTS


def test_playlists_that_are_short_or_end_in_a_repeated_track_are_not_drawn(handmade):
    short, ending, sound = [0, 1, 2], [3, 0, 1, 2, 3], [0, 1, 2, 3, 4]
    holdouts = NextTrackSplit().cut(handmade([short] * 20 + [ending] * 20 + [sound] * 20), 0)
    assert min(row for chosen in holdouts.both for row in chosen.rows.tolist()) >= 40
    assert [len(chosen.rows) for chosen in holdouts.both] == [20 // 3, 60 // 5]


def test_a_track_of_one_playlist_alone_neither_counts_nor_is_withheld(handmade):
    rows = [[0, 1, 2, 3 + number % 2, 100 + number] for number in range(30)]
    playlists = handmade(rows)
    holdouts = NextTrackSplit().cut(playlists, 0)
    assert max(max(chosen.withheld.values.tolist()) for chosen in holdouts.both) < 100
    assert max(holdouts.train(playlists).tracks.values.tolist()) < 100
    assert holdouts.dropped == {"tracks of a single playlist": 30}


def test_a_track_that_would_leave_the_training_set_is_not_withheld(handmade):
    rows = [[0, 1, 2, 10 + number // 2] for number in range(60)]
    holdouts = NextTrackSplit().cut(handmade(rows), 0)
    withheld = np.concatenate([chosen.withheld.values for chosen in holdouts.both]).tolist()
    assert len(withheld) == len(set(withheld)), "the other playlist that holds the track trains"


@pytest.mark.parametrize("rows", [[[0, 1, 2, 3]] * 9, [[0, 1, 2]] * 100, [[n, 200, 201, 202] for n in range(2)] * 1])
def test_a_corpus_too_small_is_refused_with_the_number_it_needs(handmade, rows):
    with pytest.raises(DataError, match="too small for the next-track split: it needs 10, of which three have 4"):
        NextTrackSplit().cut(handmade(rows), 0)


def test_stored_draws_come_back_equal_and_train_on_the_same(large, holdouts, tmp_path):
    stored.save(holdouts, tmp_path / "file.parquet")
    read = stored.load(tmp_path / "file.parquet", NextTrackSplit().training)
    assert [read.fingerprint(holdout) for holdout in Holdout] == [holdouts.fingerprint(holdout) for holdout in Holdout]
    assert rows_of(read.train(large).tracks) == rows_of(holdouts.train(large).tracks)
    assert read.split_of(large, Holdout.validation).challenge.info.equals(
        holdouts.split_of(large, Holdout.validation).challenge.info
    )


def test_with_drop_last_all_every_playlist_loses_its_last_entry_in_the_training_set(large):
    holdouts = NextTrackSplit(drop_last="all").cut(large, 0)
    train = holdouts.train(large)
    assert rows_of(train.tracks) == [row[:-1] for row in of_two_playlists(large)]
    assert train.info.equals(large.info)


def test_with_drop_last_all_a_track_that_is_only_last_is_not_withheld(large, handmade):
    rows = [[0, 1, 2, 3, 7], [7, 4, 5, 6], [4, 5, 9, 8]] * 20
    for playlists in (large, handmade(rows)):
        holdouts = NextTrackSplit(drop_last="all").cut(playlists, 0)
        known = set(holdouts.train(playlists).tracks.values.tolist())
        assert {track for chosen in holdouts.both for track in chosen.withheld.values.tolist()} <= known
    withheld = [chosen.withheld.values.tolist() for chosen in holdouts.both]
    assert withheld == [[7] * 6, [7] * 12], "6 and 8 are last wherever they occur"


def test_holdouts_of_both_rules_differ_in_fingerprint_and_are_stored(large, holdouts, tmp_path):
    split = NextTrackSplit(drop_last="all")
    other = split.cut(large, 0)
    assert other.fingerprint(Holdout.validation) != holdouts.fingerprint(Holdout.validation)
    assert (holdouts.params, other.params) == ({}, {"drop_last": "all"})
    stored.save(other, tmp_path / "file.parquet")
    read = stored.load(tmp_path / "file.parquet", split.training)
    assert rows_of(read.train(large).tracks) == rows_of(other.train(large).tracks)
