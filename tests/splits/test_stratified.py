"""Each title, and each tenth of a frequent title by followers, gives a tenth to each holdout."""

from collections import Counter

import numpy as np
import polars as pl
import pytest

from harness.errors import DataError
from harness.identities import Holdout
from harness.kit.titles import title_key
from harness.splits import stored
from harness.splits.stratified import StratifiedSplit
from harness.types import Playlists

ROWS = [[9, 10, 25, 33, 42, 53], [8, 16, 22, 32, 43, 58]]
FINGERPRINTS = ["5c8d6d3b6efb53db8019d949c81ecda6", "52aff980b79ffaf4654a624c7bf21803"]


def rows_of(ragged):
    return [ragged.row(i).tolist() for i in range(len(ragged))]


@pytest.fixture(scope="session")
def holdouts(large):
    """Both holdouts from `large`."""
    return StratifiedSplit().cut(large, 0)


@pytest.fixture
def titled(handmade):
    """Ten titles of 40 playlists and one of 1,000, with 1 to 1,000 followers, over 30 tracks."""

    def make(*, followers=True):
        names = [f"title {number % 10}!" for number in range(400)] + ["Common"] * 1_000
        playlists = handmade([[(i + j) % 30 for j in range(5)] for i in range(1_400)], names)
        numbers = pl.Series("num_followers", [(7 * i) % 1_000 + 1 for i in range(1_400)])
        info = playlists.info.with_columns(numbers) if followers else playlists.info
        return Playlists(info, playlists.tracks, playlists.catalog)

    return make


def test_a_tenth_is_drawn_for_either_and_the_rest_trains(large, holdouts):
    first, second = (holdouts.split_of(large, holdout) for holdout in Holdout)
    assert first.train.info.equals(second.train.info)
    parts = [first.train.info["pid"].to_list(), first.challenge.pids.tolist(), second.challenge.pids.tolist()]
    assert sorted(pid for part in parts for pid in part) == sorted(large.info["pid"].to_list())
    assert [len(part) for part in parts[1:]] == [3_000 // 10] * 2


@pytest.mark.parametrize("holdout", Holdout)
def test_the_first_track_and_the_title_are_shown_and_the_rest_withheld(large, holdouts, holdout):
    split, chosen = holdouts.split_of(large, holdout), holdouts.of(holdout)
    known = set(split.train.tracks.values.tolist())
    for row, seeds, withheld in zip(chosen.rows.tolist(), rows_of(chosen.seeds), rows_of(chosen.withheld), strict=True):
        first, *rest = large.tracks.row(row).tolist()
        assert seeds == [first]
        assert withheld == [track for track in dict.fromkeys(rest) if track in known and track != first]
        assert withheld
    assert split.challenge.info["name"].to_list() == large.info["name"].gather(pl.Series(chosen.rows)).to_list()
    assert set(split.challenge.categories.tolist()) == {0}


@pytest.mark.parametrize("holdout", Holdout)
def test_every_title_gives_its_tenth(titled, holdout):
    playlists = titled()
    names = playlists.info["name"].to_list()
    n_of = Counter(title_key(names[row]) for row in StratifiedSplit().cut(playlists, 0).of(holdout).rows.tolist())
    assert n_of == {"common": 100} | {f"title {each}": 4 for each in range(10)}


@pytest.mark.parametrize("holdout", Holdout)
def test_every_tenth_of_a_common_titles_playlists_by_followers_gives_its_tenth(titled, holdout):
    playlists = titled()
    drawn = StratifiedSplit().cut(playlists, 0).of(holdout).rows
    followers = playlists.info["num_followers"].to_numpy()[drawn[drawn >= 400]]
    assert Counter(((followers - 1) // 100).tolist()) == dict.fromkeys(range(10), 10)


def test_without_followers_titles_alone_divide(titled):
    playlists = titled(followers=False)
    names = playlists.info["name"].to_list()
    n_of = Counter(title_key(names[row]) for row in StratifiedSplit().cut(playlists, 0).validation.rows.tolist())
    assert n_of["common"] == 100


def test_a_corpus_without_titles_is_one_stratum(handmade):
    playlists = handmade([[(i + j) % 30 for j in range(5)] for i in range(100)], [""] * 100)
    assert [len(chosen.rows) for chosen in StratifiedSplit().cut(playlists, 0).both] == [10, 10]


def test_a_playlist_without_withheld_tracks_stays_in_train(handmade):
    alone = [[100 + 2 * i, 101 + 2 * i] for i in range(50)] + [[0]] * 50
    playlists = handmade([[(i + j) % 30 for j in range(5)] for i in range(100)] + alone)
    holdouts = StratifiedSplit().cut(playlists, 0)
    assert max(max(chosen.rows.tolist()) for chosen in holdouts.both) < 100
    assert sum(len(chosen.rows) for chosen in holdouts.both) < 40
    n_lost = 40 - sum(len(chosen.rows) for chosen in holdouts.both)
    assert holdouts.omitted[0].startswith(f"{n_lost} playlists with nothing to withhold")


def test_a_draw_depends_on_no_order(large, holdouts):
    shuffled = np.random.default_rng(0).permutation(len(large))
    turned = Playlists(large.info[shuffled], large.tracks.take(shuffled), large.catalog)
    for one, other in zip(holdouts.both, StratifiedSplit().cut(turned, 0).both, strict=True):
        pids, others = large.info["pid"].to_numpy()[one.rows], turned.info["pid"].to_numpy()[other.rows]
        assert sorted(pids.tolist()) == sorted(others.tolist())


def test_another_seed_draws_other_playlists(large, holdouts):
    other = StratifiedSplit().cut(large, 1)
    assert set(other.validation.rows.tolist()) != set(holdouts.validation.rows.tolist())


def test_the_draws_of_a_handmade_corpus_never_change(tiny):
    holdouts = StratifiedSplit().cut(tiny, 0)
    assert [chosen.rows.tolist() for chosen in holdouts.both] == ROWS
    assert [holdouts.fingerprint(holdout) for holdout in Holdout] == FINGERPRINTS


@pytest.mark.parametrize("rows", [[[0, 1]] * 9, [[0]] * 50])
def test_a_corpus_too_small_is_refused(handmade, rows):
    with pytest.raises(DataError, match="too small to be divided 80/10/10"):
        StratifiedSplit().cut(handmade(rows), 0)


def test_stored_draws_come_back_equal(holdouts, tmp_path):
    stored.save(holdouts, tmp_path / "file.parquet")
    assert stored.load(tmp_path / "file.parquet").fingerprint(Holdout.test) == holdouts.fingerprint(Holdout.test)
