"""Blend and second stage equal or exceed their best member on unusual corpora, such as those without titles."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import harness
from harness.identities import Holdout
from harness.ragged import Ragged
from harness.splits.challenge import ChallengeSplit
from harness.synthetic import Model, generate
from harness.types import Challenge, Playlists, Split
from recommenders._verdicts import objective

MEMBERS = {"title": "title", "cosine": "item-knn", "rp3beta": "item-knn"}
PARAMS = {
    "members": ["title", "cosine=item-knn", "rp3beta=item-knn"],
    "member_params": {"cosine": {"similarity": "cosine", "threads": 1}, "rp3beta": {"threads": 1}},
}
TREES = {"member_params": {"blend": PARAMS}, "rounds": 15, "min_rows": 30, "candidates": 800, "threads": 1}
N_HIDDEN = 6


@pytest.fixture(scope="module")
def corpus():
    return generate(900, seed=2, model=Model.small())


def with_order(split, key):
    """The same split, its playlists sorted by a key of (track, playlist)."""

    def ordered(rows):
        return Ragged(rows.indptr, rows.values[np.lexsort((key(rows), rows.row_ids))])

    train = Playlists(split.train.info, ordered(split.train.tracks), split.train.catalog)
    challenge = Challenge(split.challenge.info, ordered(split.challenge.seeds), split.challenge.catalog)
    return Split(train, challenge, split.withheld)


def without(split, **columns):
    """The same split with other columns of the catalog."""
    catalog = replace(split.train.catalog, **columns)
    train = Playlists(split.train.info, split.train.tracks, catalog)
    return Split(train, Challenge(split.challenge.info, split.challenge.seeds, catalog), split.withheld)


def categories(corpus):
    return ChallengeSplit().cut(corpus, 0).split_of(corpus, Holdout.validation)


def random_tenth(corpus, *, at_random=True):
    """Every sixth playlist is continued, titles and categories hidden: six tracks are withheld, random or the last."""
    rows = np.flatnonzero((corpus.tracks.lengths >= 16) & (np.arange(len(corpus)) % 6 == 0))
    entries = corpus.tracks.take(rows)
    shown = np.random.default_rng(0).random(len(entries.values)) if at_random else -entries.places
    rank = np.empty(len(shown), np.int64)
    rank[np.lexsort((shown, entries.row_ids))] = entries.places
    hidden = rank < N_HIDDEN
    rest = corpus.take(np.setdiff1d(np.arange(len(corpus)), rows))
    known = np.isin(entries.values, rest.tracks.values)
    seeds = entries.keep(~hidden)
    withheld = entries.keep(hidden & known & ~np.isin(entries.pairs, seeds.pairs))
    withheld = withheld.keep(~withheld.is_repeat)
    info = corpus.info[rows].select(
        "pid", name=pl.lit(None, pl.String), num_holdouts=pl.Series(withheld.lengths), category=pl.lit(0, pl.Int64)
    )
    kept = withheld.lengths > 0
    return Split(rest, Challenge(info, seeds, corpus.catalog).take(kept), withheld.take(kept))


def sorted_by_id(corpus):
    return with_order(random_tenth(corpus), lambda rows: rows.values)


def shuffled(corpus):
    return with_order(categories(corpus), lambda rows: np.random.default_rng(0).random(len(rows.values)))


def untitled(corpus):
    split = categories(corpus)
    train = Playlists(split.train.info.with_columns(name=pl.lit("")), split.train.tracks, split.train.catalog)
    kept = split.challenge.seeds.lengths > 0
    info = split.challenge.info.with_columns(name=pl.lit(None, pl.String))
    challenge = Challenge(info, split.challenge.seeds, split.challenge.catalog).take(kept)
    return Split(train, challenge, split.withheld.take(kept))


def without_artists(corpus):
    split = categories(corpus)
    return without(split, artist_of=np.full(split.train.catalog.n_tracks, -1, np.int32))


def without_albums(corpus):
    split = categories(corpus)
    return without(split, album_of=np.full(split.train.catalog.n_tracks, -1, np.int32))


def visible_parts_in_training(corpus):
    split = random_tenth(corpus, at_random=False)
    info = pl.concat([split.train.info, split.train.info[: len(split.challenge)].with_columns(name=pl.lit(""))])
    tracks = Ragged.from_rows(
        [rows.row(at) for rows in (split.train.tracks, split.challenge.seeds) for at in range(len(rows))]
    )
    numbered = info.with_columns(pid=pl.int_range(len(info), dtype=pl.Int64) + 2_000_000)
    return Split(Playlists(numbered, tracks, corpus.catalog), split.challenge, split.withheld)


SLOW = (shuffled, untitled, without_artists, without_albums, visible_parts_in_training, random_tenth)
"""What a corpus or a challenge may lack; each case fits two stages, so most run with the slow tests."""


@pytest.mark.parametrize(
    "made",
    [
        sorted_by_id,
        *(pytest.param(make, marks=pytest.mark.slow, id=make.__name__) for make in SLOW),
    ],
)
def test_blend_and_second_stage_lose_nothing_against_their_best_member(corpus, made):
    split = made(corpus)
    worth = {}
    for name, params in {
        **{alias: (name, PARAMS["member_params"].get(alias)) for alias, name in MEMBERS.items()},
        "blend": ("blend", PARAMS),
        "two-stage": ("two-stage", TREES),
    }.items():
        model = harness.create(*params)
        model.fit(split.train, split.challenge)
        worth[name] = objective(model.recommend(split.challenge, 500).tracks, split.challenge, split.withheld)
    best = max(MEMBERS, key=lambda alias: worth[alias].mean())
    for name in ("blend", "two-stage"):
        gain = worth[name] - worth[best]
        assert gain.mean() >= -1.645 * gain.std() / len(gain) ** 0.5, f"{name} {gain.mean():.4f} beside {best}"
    if made is sorted_by_id:
        assert "order" in model.summary
