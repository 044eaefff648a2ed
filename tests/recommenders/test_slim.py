"""SLIM: one regression per track on its most similar tracks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import ElasticNet, Lasso, Ridge

from harness import ParameterError, Ragged, create
from harness.ragged import NO_ID

N_PLAYLISTS, N_TRACKS = 60, 12


@pytest.fixture(scope="module")
def rows():
    """60 playlists over 12 tracks, each track in about a third of them."""
    held = np.random.default_rng(0).random((N_PLAYLISTS, N_TRACKS)) < 0.3
    held[0] = True
    return [np.flatnonzero(row).tolist() for row in held]


PLAIN = {"l1": 0.0, "l2": 500.0, "dropout": 0.0, "beta": 0.0, "metadata": False}


def fitted(train, **params):
    model = create("slim", PLAIN | params)
    model.fit(train, None)
    return model


def regressed(rows, regression, neighbours):
    """Weights by scikit-learn, track by track on the tracks of highest cosine, (seed, target)."""
    playlist_tracks = np.array([np.isin(np.arange(N_TRACKS), row) for row in rows], np.float64)
    shared = playlist_tracks.T @ playlist_tracks
    cosines = shared / np.sqrt(np.outer(shared.diagonal(), shared.diagonal()))
    np.fill_diagonal(cosines, -1)
    weights = np.zeros((N_TRACKS, N_TRACKS))
    for target in range(N_TRACKS):
        near = np.argsort(-cosines[target], kind="stable")[:neighbours]
        weights[near, target] = regression.fit(playlist_tracks[:, near], playlist_tracks[:, target]).coef_
    return weights


@pytest.mark.parametrize("neighbours", [4, N_TRACKS])
def test_without_l1_the_weights_are_those_of_a_ridge_regression(rows, handmade, neighbours):
    model = fitted(handmade(rows), neighbours=neighbours, l2=5)
    expected = regressed(rows, Ridge(alpha=5, fit_intercept=False), min(neighbours, N_TRACKS - 1))
    np.testing.assert_allclose(model.weights_.toarray(), expected, atol=1e-6)


def test_with_all_neighbours_the_weights_and_lists_are_those_of_ease(rows, handmade, challenge_with):
    """Closed form of Steck 2019 with P the inverse of the regularised Gram matrix: -P(s, t) / P(t, t), 0 if s = t."""
    l2 = 5
    playlist_tracks = np.array([np.isin(np.arange(N_TRACKS), row) for row in rows], np.float64)
    inverse = np.linalg.inv(playlist_tracks.T @ playlist_tracks + l2 * np.eye(N_TRACKS))
    ease = -inverse / inverse.diagonal()
    np.fill_diagonal(ease, 0)
    train = handmade(rows)
    model = fitted(train, neighbours=N_TRACKS, l2=l2)
    np.testing.assert_allclose(model.weights_.toarray(), ease, atol=1e-6)
    seeds = [[0, 5], [1, 2, 7], [11], [3, 4, 6, 8]]
    ranked = model.recommend(challenge_with(train, seeds), N_TRACKS)
    for row, of_row in enumerate(seeds):
        scores = ease[of_row].sum(axis=0)
        positive = [track for track in np.argsort(-scores) if scores[track] > 0 and track not in of_row]
        assert [track for track in ranked.tracks[row].tolist() if track != NO_ID] == positive


@pytest.mark.parametrize("neighbours", [4, N_TRACKS])
def test_with_l1_the_weights_are_those_of_an_elastic_net(rows, handmade, neighbours):
    l1, l2 = 0.7, 5
    scikit = ElasticNet(
        alpha=(l1 + l2) / N_PLAYLISTS, l1_ratio=l1 / (l1 + l2), fit_intercept=False, tol=1e-10, max_iter=10_000
    )
    model = fitted(handmade(rows), neighbours=neighbours, l1=l1, l2=l2)
    expected = regressed(rows, scikit, min(neighbours, N_TRACKS - 1))
    np.testing.assert_allclose(model.weights_.toarray(), expected, atol=1e-4)


@pytest.mark.parametrize(("l1", "dropout"), [(0.0, 0.2), (0.7, 0.5)])
def test_dropout_penalises_each_track_by_its_frequency(rows, handmade, l1, dropout):
    """Equal to a direct solver: one more row for each track, sqrt(penalty) at the track and 0 at the target."""
    l2 = 5
    playlist_tracks = np.array([np.isin(np.arange(N_TRACKS), row) for row in rows], np.float64)
    penalty = l2 + dropout / (1 - dropout) * playlist_tracks.sum(axis=0)
    weights = np.zeros((N_TRACKS, N_TRACKS))
    for target in range(N_TRACKS):
        others = np.delete(np.arange(N_TRACKS), target)
        columns = np.vstack([playlist_tracks[:, others], np.diag(np.sqrt(penalty[others]))])
        values = np.append(playlist_tracks[:, target], np.zeros(len(others)))
        if l1:
            lasso = Lasso(alpha=l1 / len(columns), fit_intercept=False, tol=1e-10, max_iter=10_000)
            weights[others, target] = lasso.fit(columns, values).coef_
        else:
            weights[others, target] = np.linalg.lstsq(columns, values)[0]
    model = fitted(handmade(rows), neighbours=N_TRACKS, l1=l1, l2=l2, dropout=dropout)
    np.testing.assert_allclose(model.weights_.toarray(), weights, atol=1e-4)


def test_beta_reduces_the_scores_of_frequent_tracks(rows, handmade):
    plain, reduced = fitted(handmade(rows)), fitted(handmade(rows), beta=0.3)
    n = np.bincount([track for row in rows for track in row], minlength=N_TRACKS)
    np.testing.assert_allclose(reduced.weights_.toarray(), plain.weights_.toarray() / n**0.3, rtol=1e-5)


def test_a_repeated_entry_counts_once(rows, handmade):
    once, twice = fitted(handmade(rows)), fitted(handmade([row + row[:1] for row in rows]))
    assert (once.weights_.toarray() == twice.weights_.toarray()).all()


def test_the_weights_depend_neither_on_threads_nor_on_how_many_are_solved_at_once(rows, handmade, monkeypatch):
    model = fitted(handmade(rows), neighbours=4, threads=1)
    monkeypatch.setattr("recommenders.slim.GRAM_BYTES", 4 * 4**2 * 5)
    other = fitted(handmade(rows), neighbours=4, threads=2)
    assert (model.weights_.toarray() == other.weights_.toarray()).all()


def test_a_score_is_the_sum_of_the_weights_of_the_distinct_seeds(handmade, challenge_with):
    """Track 1 stands with 0 in 3 playlists of 0's 4, with 2 in 2 of 2's 3; 0 and 2 never share one."""
    train = handmade([[0, 1], [0, 1], [0, 1], [0], [2, 1], [2, 1], [2]])
    model = fitted(train, l2=1)
    challenge = challenge_with(train, [[0, 2, 0], [2], []])
    ranked = model.recommend(challenge, 2)
    from_0, from_2 = 3 / (4 + 1), 2 / (3 + 1)
    assert ranked.tracks.tolist() == [[1, NO_ID], [1, NO_ID], [NO_ID, NO_ID]]
    np.testing.assert_allclose(ranked.scores[:2, 0], [from_0 + from_2, from_2], rtol=1e-6)
    np.testing.assert_allclose(model.score(challenge, Ragged.from_rows([[1], [1], [1]])), [1.1, 0.5, 0], rtol=1e-6)


def test_tracks_that_are_no_targets_are_neither_listed_nor_of_use_as_seeds(handmade, challenge_with):
    train = handmade([[0, 1, 2], [0, 1], [0, 1], [2]])
    model = fitted(train, max_targets=2)
    challenge = challenge_with(train, [[2], [0, 2]])
    assert model.recommend(challenge, 3).tracks.tolist() == [[NO_ID] * 3, [1, NO_ID, NO_ID]]
    assert model.score(challenge, Ragged.from_rows([[0, 1, 2], [2]])).tolist() == [0, 0, 0, 0]


@settings(max_examples=25)
@given(st.lists(st.lists(st.integers(0, 9), min_size=1), min_size=1, max_size=20), st.floats(0, 2))
def test_any_playlists_give_finite_weights_and_none_on_the_diagonal(handmade, rows, l1):
    weights = fitted(handmade(rows), neighbours=3, l1=l1).weights_.toarray()
    assert np.isfinite(weights).all()
    assert not weights.diagonal().any()


@pytest.mark.parametrize("params", [{"neighbours": 0}, {"max_targets": 0}, {"l1": -1}, {"l2": 0}, {"dropout": 1}])
def test_values_without_a_meaning_are_refused(params):
    with pytest.raises(ParameterError, match=next(iter(params))):
        create("slim", params)
