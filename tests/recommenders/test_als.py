"""Alternating least squares: fold-in equal to that of implicit, titles, and invariance of the vectors."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from harness.ragged import Ragged
from recommenders.als import Als


def fitted(train, **params):
    model = Als(**{"factors": 16, "iterations": 3, "metadata": 0.0, **params})
    model.fit(train, None)
    return model


@pytest.fixture(scope="module")
def model(split):
    return fitted(split.train)


def test_without_frequency_scaling_the_fold_in_is_implicits_own(split):
    from implicit.cpu.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix, hstack

    model = fitted(split.train, nu=0.0)
    seeds = split.challenge.seeds.matrix(split.train.catalog.n_tracks)
    title = csr_matrix(np.full((len(split.challenge), 1), model.title, np.float32))
    matrix = hstack([seeds, title, csr_matrix((len(split.challenge), len(model.titles_) - 1))], format="csr")
    theirs = AlternatingLeastSquares(model.factors, regularization=model.regularization, alpha=model.alpha)
    theirs.item_factors = model.vectors_
    expected = theirs.recalculate_user(np.arange(len(split.challenge)), csr_matrix(matrix))
    ours = model.fold_in(Ragged(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32)))
    np.testing.assert_allclose(ours, expected, atol=1e-4)
    assert np.abs(ours).max() > 0.01


def test_without_frequency_scaling_the_vectors_are_implicits_own(split):
    """The same start, objective and steps, so the same products but for rounding; untitled as there."""
    from implicit.cpu.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix

    train = replace(split.train, info=split.train.info.with_columns(name=pl.lit("")))
    model = fitted(train, alpha=20.0, regularization=5.0, nu=0.0, iterations=15, seed=3)
    theirs = AlternatingLeastSquares(16, regularization=5.0, alpha=20.0, iterations=15, random_state=3)
    matrix = csr_matrix(train.tracks.matrix(train.catalog.n_tracks))
    rng = np.random.default_rng(3)
    theirs.user_factors, theirs.item_factors = (rng.random((n, 16), np.float32) * 0.01 for n in matrix.shape)
    theirs.fit(matrix, show_progress=False)
    ours, expected = (vectors @ vectors.T for vectors in (model.vectors_, theirs.item_factors))
    assert np.linalg.norm(ours - expected) < 0.02 * np.linalg.norm(expected)
    lists = [np.argsort(-products[:200], axis=1)[:, :50] for products in (ours, expected)]
    shared = [np.isin(*pair).mean() for pair in zip(*lists, strict=True)]
    assert np.mean(shared) > 0.97


@pytest.mark.parametrize("nu", [0.0, 1.0])
def test_converged_vectors_satisfy_the_normal_equations_of_the_objective(handmade, nu):
    """(Y'CY + penalty) x = Y'c for each track, with the penalty of its frequency."""
    rows = [[0, 1, 2], [0, 2, 4], [0, 3], [1, 3, 4], [0, 4]]
    train = handmade(rows, [""] * 5)
    model = fitted(train, factors=3, alpha=4.0, regularization=0.5, nu=nu, iterations=200)
    held = np.array([np.isin(np.arange(5), row) for row in rows])
    lengths, counts = held.sum(axis=1), held.sum(axis=0)
    playlists = np.array(
        [
            _solved(model.vectors_[:5], row, 0.5 * (n / lengths.mean()) ** nu, 4.0)
            for row, n in zip(held, lengths, strict=True)
        ]
    )
    tracks = np.array(
        [_solved(playlists, row, 0.5 * (n / counts.mean()) ** nu, 4.0) for row, n in zip(held.T, counts, strict=True)]
    )
    np.testing.assert_allclose(model.vectors_[:5], tracks, atol=1e-3)


def test_rows_of_artists_and_albums_satisfy_them_with_their_own_confidence(handmade):
    """All tracks have one artist and one album; the artist has a column of its own."""
    rows = [[0, 1, 2], [0, 2, 4], [0, 3], [1, 3, 4], [0, 4], [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4]]
    model = fitted(
        handmade(rows[:5], [""] * 5), factors=3, alpha=4.0, regularization=0.5, nu=0.0, iterations=300, metadata=2.0
    )
    held = np.array([np.isin(np.arange(6), row) for row in rows])
    confidence = np.array([4.0] * 5 + [8.0] * 2)
    playlists = np.array([_solved(model.vectors_, row, 0.5, c) for row, c in zip(held, confidence, strict=True)])
    columns = np.array([_solved(playlists, column, 0.5, confidence) for column in held.T])
    assert np.abs(columns).max() > 0.1
    np.testing.assert_allclose(model.vectors_, columns, atol=1e-3)


def _solved(others, held, penalty, alpha):
    c = np.where(held, alpha, 1.0)
    return np.linalg.solve((others.T * c) @ others + penalty * np.eye(others.shape[1]), others.T @ (alpha * held))


def test_the_vectors_are_the_same_to_the_last_bit_for_any_number_of_threads(model, split):
    for threads in (1, 2, 4):
        np.testing.assert_array_equal(fitted(split.train, threads=threads).vectors_, model.vectors_)
    assert not np.array_equal(fitted(split.train, seed=1).vectors_, model.vectors_)


def test_rare_tracks_get_no_vector(handmade, challenge_with):
    train = handmade([[0, 1, 2], [0, 1, 2], [0, 1, 3]])
    model = fitted(train, factors=2, min_count=2)
    assert not model.vectors_[3].any()
    assert set(model.recommend(challenge_with(train, [[0, 3]]), 3).tracks[0].tolist()) == {1, 2, -1}


def test_unknown_seeds_are_ignored_and_a_playlist_without_any_gets_an_empty_list(handmade, challenge_with):
    model = fitted(handmade([[0, 1, 2], [3, 4, 5], [7]]).take(np.array([0, 1])), factors=2)
    more = handmade([[99]])
    lists = model.recommend(challenge_with(more, [[0], [0, 99, 6, 0], [99, 6], []]), 3).tracks
    np.testing.assert_array_equal(lists[0], lists[1])
    assert (lists[0] >= 0).all()
    assert (lists[2:] == -1).all()


def test_a_track_that_no_training_playlist_holds_is_in_no_list(handmade, challenge_with):
    train = handmade([[0, 1, 2], [0, 2, 4]])
    assert set(fitted(train, factors=2).recommend(challenge_with(train, [[0]]), 6).tracks[0].tolist()) == {1, 2, 4, -1}


def test_a_title_without_seeds_is_answered_by_playlists_of_that_title(handmade, challenge_with):
    train = handmade([[0, 1, 2], [0, 1, 3], [4, 5, 6], [4, 5, 7]], ["Rock!", "rock", "jazz", "Jazz"])
    model = fitted(train, factors=2, alpha=40.0, regularization=0.1, iterations=15)
    lists = model.recommend(challenge_with(train, [[], [], [], []], ["ROCK", " jazz ", "never seen", None]), 2).tracks
    assert set(lists[0].tolist()) == {0, 1}
    assert set(lists[1].tolist()) == {4, 5}
    assert (lists[2:] == -1).all()


def test_a_title_draws_the_list_of_a_seed_towards_it(handmade, challenge_with):
    train = handmade([[0, 1], [0, 1], [0, 2], [0, 2]], ["rock", "rock", "jazz", "jazz"])
    model = fitted(train, factors=3, regularization=0.1, iterations=15, title=1.0)
    assert model.recommend(challenge_with(train, [[0], [0]], ["rock", "jazz"]), 1).tracks.tolist() == [[1], [2]]


def test_a_training_set_without_titles_is_served(handmade, challenge_with):
    train = handmade([[0, 1, 2], [0, 2, 4]], ["", ""])
    lists = fitted(train, factors=2).recommend(challenge_with(train, [[0], []], ["rock", "rock"]), 3).tracks
    assert set(lists[0].tolist()) == {1, 2, 4}
    assert (lists[1] == -1).all()


@pytest.mark.parametrize(
    "params",
    [
        {"factors": 0},
        {"iterations": 0},
        {"regularization": 0.0},
        {"alpha": -1.0},
        {"title": -1.0},
        {"min_count": 0},
        {"nu": -1.0},
        {"metadata": -1.0},
    ],
)
def test_values_without_a_meaning_are_refused(params):
    with pytest.raises(ValueError, match=next(iter(params))):
        Als(**params)
