"""The last track is found from the one before it, which tells nothing else of it; the split never changes."""

import numpy as np
import pytest

from harness.errors import DataError
from harness.splits import next_track, stored
from harness.splits.next_track import draw_next_tracks
from harness.types import Playlists

ROWS = [[1, 7, 27, 28, 43, 51], [9, 10, 15, 17, 22, 26, 30, 31, 34, 36, 37, 48]]
FINGERPRINTS = ["bdeda3700d778fe6e9c00b324deb058b", "2a29129ffc4ad0f569ba8fc925d76060"]


@pytest.fixture(scope="session")
def draws(large):
    """Both draws from `large`."""
    return draw_next_tracks(large)


def rows_of(ragged):
    return [ragged.row(i).tolist() for i in range(len(ragged))]


def of_two_playlists(playlists):
    """Each playlist without the tracks of no other playlist, told by Python's sets."""
    rows = rows_of(playlists.tracks)
    holders = {}
    for number, row in enumerate(rows):
        for track in row:
            holders.setdefault(track, set()).add(number)
    return [[track for track in row if len(holders[track]) > 1] for row in rows]


def test_a_tenth_and_a_fifth_are_drawn_and_no_playlist_twice(large, draws):
    assert [len(draw.rows) for draw in draws.draws] == [3_000 // 10, 3_000 // 5]
    assert len(set(np.concatenate([draw.rows for draw in draws.draws]).tolist())) == 300 + 600
    assert [draws.split(large, number).challenge.pids.tolist() for number in (1, 2)] == [
        large.info["pid"].to_numpy()[draw.rows].tolist() for draw in draws.draws
    ]


def test_no_more_are_drawn_than_asked_for(large, monkeypatch):
    monkeypatch.setattr(next_track, "MOST_VALIDATION", 20)
    monkeypatch.setattr(next_track, "MOST_TEST", 40)
    assert [len(draw.rows) for draw in draw_next_tracks(large).draws] == [20, 40]


@pytest.mark.parametrize("number", [1, 2])
def test_the_last_track_is_withheld_and_the_one_before_it_shown(large, draws, number):
    split, whole = draws.split(large, number), of_two_playlists(large)
    draw = draws.draws[number - 1]
    for row, (seed,), (position,), (last,) in zip(
        draw.rows.tolist(), *map(rows_of, (draw.seeds, draw.positions, draw.withheld)), strict=True
    ):
        assert len(whole[row]) > 3
        assert [seed, last] == whole[row][-2:]
        assert large.tracks.row(row)[position] == seed
        assert last not in whole[row][:-1], "what is to be found stands nowhere in the beginning"
    assert split.challenge.categories.tolist() == [0] * len(draw.rows)
    assert split.challenge.info["name"].to_list() == [None] * len(draw.rows)
    assert split.challenge.info["num_holdouts"].to_list() == [1] * len(draw.rows)


def test_both_draws_train_on_the_beginnings_and_on_all_others(large, draws):
    expected = of_two_playlists(large)
    for draw in draws.draws:
        for row in draw.rows.tolist():
            expected[row] = expected[row][:-1]
    for number in (1, 2):
        train = draws.split(large, number).train
        assert train.info.equals(large.info)
        assert rows_of(train.tracks) == expected


def test_every_withheld_track_and_every_seed_is_known_to_train(large, draws):
    known = set(draws.train(large).tracks.values.tolist())
    for draw in draws.draws:
        assert set(draw.withheld.values.tolist()) | set(draw.seeds.values.tolist()) <= known


def test_a_draw_depends_on_no_order(large, draws):
    shuffled = np.random.default_rng(0).permutation(len(large))
    turned = Playlists(large.info[shuffled], large.tracks.take(shuffled), large.catalog)
    pids, others = (each.info["pid"].to_numpy() for each in (large, turned))
    again = draw_next_tracks(turned)
    for one, other in zip(draws.draws, again.draws, strict=True):
        found, same = (
            dict(zip(of[draw.rows].tolist(), zip(*map(rows_of, (draw.seeds, draw.withheld)), strict=True), strict=True))
            for of, draw in ((pids, one), (others, other))
        )
        assert found == same


def test_another_seed_draws_other_playlists(large, draws):
    other = draw_next_tracks(large, seed=1)
    assert set(other.draws[0].rows.tolist()) != set(draws.draws[0].rows.tolist())
    assert other.fingerprint(1) != draws.fingerprint(1)


def test_the_draws_of_a_handmade_corpus_never_change(tiny):
    draws = draw_next_tracks(tiny)
    assert [draw.rows.tolist() for draw in draws.draws] == ROWS
    assert [draws.fingerprint(number) for number in (1, 2)] == FINGERPRINTS


def test_playlists_that_are_short_or_end_in_what_they_hold_are_not_drawn(handmade):
    short, ending, sound = [0, 1, 2], [3, 0, 1, 2, 3], [0, 1, 2, 3, 4]
    draws = draw_next_tracks(handmade([short] * 20 + [ending] * 20 + [sound] * 20))
    assert min(row for draw in draws.draws for row in draw.rows.tolist()) >= 40
    assert [len(draw.rows) for draw in draws.draws] == [20 // 3, 60 // 5]


def test_a_track_of_one_playlist_alone_neither_counts_nor_is_asked_for(handmade):
    rows = [[0, 1, 2, 3 + number % 2, 100 + number] for number in range(30)]
    playlists = handmade(rows)
    draws = draw_next_tracks(playlists)
    assert max(max(draw.withheld.values.tolist()) for draw in draws.draws) < 100
    assert max(draws.train(playlists).tracks.values.tolist()) < 100
    assert draws.dropped == {"tracks of a single playlist": 30}


def test_what_all_that_hold_it_would_withhold_is_not_asked_for(handmade):
    rows = [[0, 1, 2, 10 + number // 2] for number in range(60)]
    draws = draw_next_tracks(handmade(rows))
    withheld = np.concatenate([draw.withheld.values for draw in draws.draws]).tolist()
    assert len(withheld) == len(set(withheld)), "the other playlist that holds the track trains"


@pytest.mark.parametrize("rows", [[[0, 1, 2, 3]] * 9, [[0, 1, 2]] * 100, [[n, 200, 201, 202] for n in range(2)] * 1])
def test_a_corpus_too_small_is_refused_and_told_what_it_takes(handmade, rows):
    with pytest.raises(DataError, match="too small to ask for next tracks: it takes 10, three of which have 4"):
        draw_next_tracks(handmade(rows))


def test_stored_draws_come_back_equal_and_train_on_the_same(large, draws, tmp_path):
    stored.save(draws, tmp_path / "file.parquet")
    read = stored.load(tmp_path / "file.parquet")
    assert [read.fingerprint(number) for number in (1, 2)] == [draws.fingerprint(number) for number in (1, 2)]
    assert rows_of(read.train(large).tracks) == rows_of(draws.train(large).tracks)
    assert read.split(large, 1).challenge.info.equals(draws.split(large, 1).challenge.info)
