"""Visible parts of a challenge in the training set are found, and coincidental copies are ignored."""

import numpy as np
import polars as pl
import pytest

from harness.identities import Holdout
from harness.ragged import Ragged
from harness.splits.draw_like import draw_folds, draw_like
from harness.splits.visible_copies import visible_copies
from harness.types import Challenge, Playlists

N_HIDDEN = 3


@pytest.fixture(scope="module")
def contest(large):
    """Every tenth playlist of at least 13 tracks is continued; its visible part is in the training set too."""
    continued = np.flatnonzero((large.tracks.lengths >= 10 + N_HIDDEN) & (np.arange(len(large)) % 10 == 0))
    ends = np.repeat(large.tracks.indptr[1:], large.tracks.lengths)
    hidden = (ends - np.arange(len(large.tracks.values)) <= N_HIDDEN) & np.isin(large.tracks.row_ids, continued)
    train = Playlists(large.info, large.tracks.keep(~hidden), large.catalog)
    info = pl.DataFrame(
        {
            "pid": 1_000_000 + continued,
            "name": pl.Series([None] * len(continued), dtype=pl.String),
            "num_holdouts": np.full(len(continued), N_HIDDEN),
            "category": np.zeros(len(continued), np.int64),
        }
    )
    return train, Challenge(info, train.tracks.take(continued), large.catalog), continued


def test_copies_are_found_in_any_order(contest):
    train, challenge, continued = contest
    assert (visible_copies(train, challenge) == continued).all()
    reversed_seeds = Ragged.from_rows([challenge.seeds.row(row)[::-1] for row in range(len(challenge))])
    assert (visible_copies(train, Challenge(challenge.info, reversed_seeds, challenge.catalog)) == continued).all()


def test_a_few_equal_playlists_are_ignored_as_coincidence(contest):
    train, challenge, continued = contest
    rest = train.take(np.setdiff1d(np.arange(len(train)), continued[len(continued) // 3 :]))
    assert (visible_copies(rest, challenge) == -1).all()


def test_the_inner_draw_cuts_the_visible_parts_again_and_keeps_their_seeds_in_training(contest):
    train, challenge, continued = contest
    inner = draw_like(train, challenge, 100)
    pids = train.info["pid"].to_numpy()
    rows = [int(np.flatnonzero(pids == pid)[0]) for pid in inner.challenge.pids]
    assert set(rows) <= set(continued.tolist())
    assert len(inner.train) == len(train)
    assert not set(inner.train.info["pid"]) & set(inner.challenge.pids.tolist())
    contents = {tuple(row) for row in (inner.train.tracks.row(i).tolist() for i in range(len(inner.train)))}
    for at, row in enumerate(rows):
        seeds, withheld = inner.challenge.seeds.row(at).tolist(), inner.withheld.row(at).tolist()
        whole = train.tracks.row(row).tolist()
        assert seeds == whole[: len(seeds)]
        assert set(withheld) <= set(whole[len(seeds) :])
        assert tuple(seeds) in contents
        assert tuple(whole) not in contents


def test_folds_are_disjoint_and_each_trains_on_the_others_complete(large, holdouts, contest):
    official = holdouts.split_of(large, Holdout.validation)
    for train, challenge in (contest[:2], (official.train, official.challenge)):
        folds = draw_folds(train, challenge, 120, 3)
        drawn = [set(fold.challenge.pids.tolist()) for fold in folds]
        assert sum(map(len, drawn)) == len(set().union(*drawn))
        for at, fold in enumerate(folds):
            kept = set(fold.train.info["pid"].to_list())
            assert not kept & drawn[at]
            assert drawn[at - 1] <= kept


def test_playlists_sorted_by_a_key_are_cut_at_random(contest):
    train, challenge, _ = contest
    key = np.random.default_rng(0).permutation(train.catalog.n_tracks)

    def by_key(rows):
        return Ragged(rows.indptr, rows.values[np.lexsort((key[rows.values], rows.row_ids))])

    train = Playlists(train.info, by_key(train.tracks), train.catalog)
    inner = draw_like(train, Challenge(challenge.info, by_key(challenge.seeds), challenge.catalog), 100)
    last_shown = [max(key[inner.challenge.seeds.row(row)]) for row in range(len(inner.challenge))]
    first_hidden = [min(key[inner.withheld.row(row)]) for row in range(len(inner.challenge))]
    assert np.mean(np.array(last_shown) > np.array(first_hidden)) > 0.8
