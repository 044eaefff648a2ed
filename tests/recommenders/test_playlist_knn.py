"""Playlist-based nearest neighbours equal a slow form of the published formula."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import Challenge, Ragged
from harness.kit import title_key
from recommenders.playlist_knn import PUBLISHED, PlaylistKnn

K = 50


def fitted(train, challenge, **params):
    model = PlaylistKnn(**{"metadata": False, **params})
    model.fit(train, challenge)
    return model


def in_categories(challenge, categories):
    return Challenge(challenge.info.with_columns(category=pl.Series(categories)), challenge.seeds, challenge.catalog)


def distinct_known(row, counts):
    """The seeds that occur in train and where they first stood."""
    first = {}
    for position, track in enumerate(row.tolist()):
        first.setdefault(track, position)
    kept = [
        (track, position) for track, position in first.items() if track < counts.shape[1] and counts[:, track].any()
    ]
    return np.array([track for track, _ in kept], int), np.array([position for _, position in kept], int)


def published_scores(train, counts, row, name, neighbours, damping, rise, title=0.067):
    """The formula of one playlist, over all tracks, in dense arrays."""
    seeds, positions = distinct_known(row, counts)
    titled = [title_key(each) == title_key(name) != "" for each in train.info["name"].to_list()]
    by_title = np.sqrt(counts[titled].sum(axis=0))
    if len(seeds) == 0:
        return by_title
    query = np.zeros(counts.shape[1])
    if len(seeds) == 1:
        query[seeds] = 1
        similarity = counts @ query / np.linalg.norm(counts, axis=1)
        nearest = np.argsort(-similarity, kind="stable")[:neighbours]
        return (1 - title) * similarity[nearest] @ counts[nearest] + title * by_title
    popularity = counts[:, seeds].sum(axis=0)
    query[seeds] = (1 + rise * np.maximum(positions, 30)) / np.sqrt(len(seeds)) / ((popularity - 1) ** damping + 1)
    binary = (counts > 0).astype(float)
    similarity = binary @ query / np.linalg.norm(binary, axis=1)
    nearest = np.argsort(-similarity, kind="stable")[:neighbours]
    near = similarity[nearest]
    return ((near - near.min()) / near.max()) ** 2 @ binary[nearest]


def counts_of(train):
    counts = np.zeros((len(train), train.catalog.n_tracks))
    np.add.at(counts, (train.tracks.row_ids, train.tracks.values), 1)
    return counts


OFFICIAL = {
    1: ("first", 0),
    2: ("first", 1),
    3: ("first", 5),
    5: ("first", 10),
    7: ("first", 25),
    9: ("first", 100),
} | {
    8: ("random", 25),
    10: ("random", 100),
}


@pytest.mark.parametrize("neighbours", [None, 20])
def test_scores_equal_the_published_formula(playlists, challenge_with, neighbours):
    long = np.flatnonzero([len(set(playlists.tracks.row(row))) >= 110 for row in range(len(playlists))])[
        : 2 * len(OFFICIAL)
    ]
    train = playlists.take(np.setdiff1d(np.arange(len(playlists)), long[::2]))
    counts = counts_of(train)
    known = [distinct_known(playlists.tracks.row(row), counts)[0] for row in long]
    categories = np.repeat(list(OFFICIAL), 2)
    seeds = [each[: OFFICIAL[category][1]] for each, category in zip(known, categories, strict=True)]
    challenge = in_categories(
        challenge_with(train, seeds, playlists.info["name"].to_numpy()[long].tolist()), categories
    )
    ranked = fitted(train, challenge, neighbours=neighbours, scaling=0).recommend(challenge, K)
    for row, category in enumerate(categories):
        order, n = OFFICIAL[category]
        published, damping, rise = PUBLISHED[order].get(n, (1_500, 0, 0))
        name = challenge.names[row]
        scores = published_scores(train, counts, seeds[row], name, int(neighbours or published), damping, rise)
        scores[seeds[row]] = 0
        expected = np.sort(scores)[::-1][:K]
        found = ranked.tracks[row][ranked.tracks[row] >= 0]
        assert len(found) == np.count_nonzero(expected)
        assert ranked.scores[row, : len(found)] == pytest.approx(expected[: len(found)], rel=1e-5)
        assert scores[found] == pytest.approx(expected[: len(found)], rel=1e-5)


def test_with_few_neighbours_lists_do_not_depend_on_the_number_of_threads(split):
    one, two = (
        fitted(split.train, split.challenge, threads=n, neighbours=7).recommend(split.challenge, K) for n in (1, 2)
    )
    assert np.array_equal(one.tracks, two.tracks)
    assert np.array_equal(one.scores, two.scores)


def test_a_candidate_that_the_training_set_lacks_scores_0(split):
    unknown = Ragged.from_rows([[split.train.catalog.n_tracks + 5]] * len(split.challenge))
    assert not fitted(split.train, split.challenge).score(split.challenge, unknown).any()


def test_unknown_and_repeated_seeds_change_nothing(handmade, challenge_with):
    train = handmade([[0, 1, 2], [0, 1, 3], [2, 4, 5]])
    wider = handmade([[0, 1, 2], [0, 1, 3], [2, 4, 5, 6, 7]])
    plain, odd = challenge_with(wider, [[0, 1], [2], []]), challenge_with(wider, [[0, 7, 1, 0], [6, 2, 2], [7]])
    model = fitted(train, plain)
    assert model.recommend(plain, 4).tracks.tolist() == model.recommend(odd, 4).tracks.tolist()
    assert model.recommend(odd, 4).tracks[2].tolist() == [-1] * 4


def test_without_seeds_the_playlists_of_the_same_title_are_counted(handmade, challenge_with):
    train = handmade([[0, 1, 1], [1, 2], [3]], ["Road Trip!", "road trip", "other"])
    challenge = challenge_with(train, [[], [], []], ["ROAD  TRIP", None, "unheard of"])
    ranked = fitted(train, challenge).recommend(challenge, 4)
    assert ranked.tracks.tolist() == [[1, 0, 2, -1], [-1] * 4, [-1] * 4]
    assert ranked.scores[0].tolist() == pytest.approx([3**0.5, 1, 1, 0])


def test_a_title_blends_into_one_seed_and_can_replace_it(handmade, challenge_with):
    train = handmade([[0, 1], [2, 2, 1], [0, 3, 3]], ["a", "b", "c"])
    challenge = challenge_with(train, [[0]], ["b"])
    blended = fitted(train, challenge, title=0.25).recommend(challenge, 4)
    expected = {1: 0.75 / 2**0.5 + 0.25, 3: 0.75 * 2 / 5**0.5, 2: 0.25 * 2**0.5}
    assert blended.tracks[0].tolist() == [*expected, -1]
    assert blended.scores[0, :3].tolist() == pytest.approx(list(expected.values()))
    assert fitted(train, challenge, title=1).recommend(challenge, 4).tracks[0].tolist() == [2, 1, -1, -1]


def test_of_equally_near_playlists_the_first_is_taken_and_of_equal_tracks_the_lower_id(handmade, challenge_with):
    train = handmade([[0, 5, 4], [0, 2, 3], [0, 1, 6]])
    challenge = challenge_with(train, [[0]])
    assert fitted(train, challenge, neighbours=1).recommend(challenge, 9).tracks[0, :3].tolist() == [4, 5, -1]
    assert fitted(train, challenge).recommend(challenge, 3).tracks[0].tolist() == [1, 2, 3]


def test_playlists_all_equally_near_weigh_alike(handmade, challenge_with):
    train = handmade([[0, 1, 2], [0, 1, 3], [4, 5, 6]])
    challenge = challenge_with(train, [[0, 1]])
    assert fitted(train, challenge, neighbours=2).recommend(challenge, 3).scores[0].tolist() == [1, 1, 0]


def test_the_order_of_seeds_chooses_the_parameters(split):
    rows = np.flatnonzero(split.challenge.categories == 10)
    random = split.challenge.take(rows)
    model = fitted(split.train, random, neighbours=5)
    first = in_categories(random, [9] * len(rows))
    assert not np.array_equal(model.recommend(random, K).scores, model.recommend(first, K).scores)


@given(st.integers(1, 300))
@settings(max_examples=30)
def test_between_published_numbers_of_seeds_parameters_lie_between(n):
    model = PlaylistKnn(metadata=False)
    model.n_playlists_ = 1_000_000
    for order, published in PUBLISHED.items():
        neighbours, damping, rise = model._settings(np.array([n]), np.array([order == "random"]))
        values = np.array(list(published.values()))
        if n > 1:
            assert values[:, 0].min() <= neighbours[0] <= values[:, 0].max()
        assert values[:, 1].min() <= damping[0] <= values[:, 1].max()
        assert 0 <= rise[0] <= values[:, 2].max()
        for at, each in published.items():
            exact = [float(each_[0]) for each_ in model._settings(np.array([at]), np.array([order == "random"]))]
            assert exact == pytest.approx(each)


@pytest.mark.parametrize("params", [{"neighbours": 0}, {"amplification": 0}, {"title": 2}, {"threads": -1}])
def test_values_without_a_meaning_are_refused(params):
    with pytest.raises(ValueError, match=next(iter(params))):
        PlaylistKnn(**params)
