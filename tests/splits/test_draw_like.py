"""Inner draws have the shape of the challenge, and the inner training set lacks them."""

import numpy as np
import polars as pl
import pytest

from harness.errors import DataError
from harness.identities import Holdout
from harness.splits.draw_like import draw_like
from harness.types import Challenge


@pytest.fixture(scope="module")
def official(large, holdouts):
    return holdouts.split_of(large, Holdout.validation)


def cut(large, is_seed, *, titled=True):
    """1,500 of 3,000 playlists as training set; the others, each entry a seed where `is_seed(places, lengths)`."""
    rows = np.arange(1, len(large), 2)
    entries = large.tracks.take(rows)
    places = np.arange(len(entries.values)) - entries.indptr[entries.row_ids]
    seeds = entries.keep(is_seed(places, entries.lengths[entries.row_ids]))
    info = large.info[rows].select(
        "pid",
        pl.col("name") if titled else pl.lit(None, pl.String).alias("name"),
        pl.Series("num_holdouts", entries.lengths - seeds.lengths),
        pl.lit(0, pl.Int64).alias("category"),
    )
    return large.take(rows - 1), Challenge(info, seeds, large.catalog)


def in_order(train, inner):
    """Whether the seeds of each inner playlist are its first tracks, (n,)."""
    row_of = {pid: row for row, pid in enumerate(train.info["pid"].to_list())}
    rows = [row_of[pid] for pid in inner.challenge.pids.tolist()]
    seeds = inner.challenge.seeds
    return np.array([(train.tracks.row(row)[: len(seeds.row(i))] == seeds.row(i)).all() for i, row in enumerate(rows)])


def test_drawn_playlists_leave_the_inner_training_set_and_withheld_tracks_occur_there(official):
    inner = draw_like(official.train, official.challenge, 200)
    pids = official.train.info["pid"].to_list()
    assert sorted([*inner.train.info["pid"], *inner.challenge.pids]) == sorted(pids)
    assert not set(inner.challenge.pids.tolist()) & set(official.challenge.pids.tolist())
    occurring = set(inner.train.tracks.values.tolist())
    for row in range(len(inner.challenge)):
        withheld, seeds = inner.withheld.row(row).tolist(), inner.challenge.seeds.row(row).tolist()
        assert len(withheld) == len(set(withheld)) > 0
        assert not set(withheld) & set(seeds)
        assert set(withheld) <= occurring
    assert inner.challenge.info["num_holdouts"].to_list() == inner.withheld.lengths.tolist()


def test_every_category_is_copied_in_its_share_with_seeds_order_and_title(official):
    inner = draw_like(official.train, official.challenge, 200)
    of_first = in_order(official.train, inner)
    for category in range(1, 11):
        of_category = official.challenge.take(official.challenge.categories == category)
        at = inner.challenge.categories == category
        assert at.sum() == 20
        assert set(inner.challenge.seeds.lengths[at]) == set(of_category.seeds.lengths)
        assert inner.challenge.info["name"].is_null().to_numpy()[at].all() == (category in (4, 6))
        assert of_first[at].mean() == (category not in (8, 10))


def test_the_last_track_alone_is_withheld_where_the_challenge_does_so(large):
    train, challenge = cut(large, lambda places, lengths: places < lengths - 1)
    inner = draw_like(train, challenge, 100)
    assert set(inner.withheld.lengths) == {1}
    assert in_order(train, inner).all()
    assert abs(inner.challenge.seeds.lengths.mean() / challenge.seeds.lengths.mean() - 1) < 0.1


def test_a_random_fifth_is_withheld_where_the_challenge_does_so(large):
    hidden = np.random.default_rng(0)
    train, challenge = cut(large, lambda places, _: hidden.random(len(places)) < 0.8)
    inner = draw_like(train, challenge, 300)
    shares = inner.withheld.lengths / (inner.withheld.lengths + inner.challenge.seeds.lengths)
    assert 0.14 < shares.mean() < 0.25
    assert not in_order(train, inner).all()


def test_the_last_fifth_is_withheld_where_the_challenge_does_so(large):
    train, challenge = cut(large, lambda places, lengths: places < 0.8 * lengths)
    assert in_order(train, draw_like(train, challenge, 300)).all()


def test_titles_are_hidden_where_the_challenge_has_none(large):
    train, challenge = cut(large, lambda places, _: places < 4, titled=False)
    inner = draw_like(train, challenge, 100)
    assert inner.challenge.info["name"].is_null().all()
    assert set(inner.challenge.seeds.lengths) == {4}


def test_the_same_seed_gives_the_same_draw_and_another_seed_another(official):
    one, again, other = (draw_like(official.train, official.challenge, 50, seed) for seed in (0, 0, 1))
    assert one.challenge.info.equals(again.challenge.info)
    assert (one.withheld.values == again.withheld.values).all()
    assert (one.challenge.seeds.values == again.challenge.seeds.values).all()
    assert set(one.challenge.pids.tolist()) != set(other.challenge.pids.tolist())


def test_an_impossible_inner_draw_is_refused(official):
    with pytest.raises(DataError, match=r"an inner draw of 2940 playlists cannot be taken"):
        draw_like(official.train, official.challenge, 2940)
    with pytest.raises(DataError, match="this one has no playlist"):
        draw_like(official.train, official.challenge.take(np.zeros(len(official.challenge), np.bool_)), 10)
