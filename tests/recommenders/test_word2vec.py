"""Skip-gram vectors: both poolings, reproducible fits, and tracks without a vector."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from harness import registry
from harness.ragged import Ragged
from recommenders.word2vec import Word2Vec, usual_epochs

K = 50


def fitted(train, **params):
    model = Word2Vec(**{"vector_size": 8, "epochs": 2, "window": 5, "min_count": 1, **params})
    model.fit(train, None)
    return model


@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_checkerboard_the_withheld_track_ranks_first(pooling, handmade, challenge_with):
    rows = [[track for track in range(50) if track % 2 == row % 2 and track != row] for row in range(50)]
    train = handmade(rows)
    model = fitted(train, window=None, sample=0.0, epochs=30, pooling=pooling)
    assert model.recommend(challenge_with(train, rows), 1).tracks[:, 0].tolist() == list(range(50))


def test_two_fits_agree_to_the_last_bit_with_one_worker(split):
    first, second, other = (fitted(split.train, epochs=1, seed=seed).vectors_ for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


@pytest.mark.slow
def test_vectors_do_not_depend_on_how_python_hashes():
    code = (
        "import hashlib\n"
        "from conftest import playlists_of\n"
        "from recommenders.word2vec import Word2Vec\n"
        "model = Word2Vec(vector_size=8, epochs=2)\n"
        "model.fit(playlists_of([[(row * 7 + at * at) % 40 for at in range(12)] for row in range(60)]), None)\n"
        "print(hashlib.sha256(model.vectors_.tobytes()).hexdigest())"
    )
    tests = str(Path(__file__).parent.parent)
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": tests},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


def test_more_than_one_worker_declares_that_fits_differ():
    assert registry.is_deterministic(Word2Vec())
    assert not registry.is_deterministic(Word2Vec(workers=2))


def test_with_pooling_by_maximum_scores_are_those_of_the_lists(split):
    model = fitted(split.train, pooling="max")
    ranked = model.recommend(split.challenge, K)
    held = ranked.tracks >= 0
    candidates = Ragged.from_lengths(held.sum(axis=1), ranked.tracks[held])
    np.testing.assert_array_equal(model.score(split.challenge, candidates), ranked.scores[held])


def test_scores_are_cosines_and_what_popularity_adds(handmade, challenge_with):
    model = Word2Vec(pooling="mean")
    model.vectors_ = np.array([[1, 0, 9], [0, 1, 9], [0.6, 0.8, 0.25]], np.float32)  # the last: popularity
    challenge = challenge_with(handmade([[2]]), [[0, 1]])
    candidate = Ragged.from_rows([[2]])
    np.testing.assert_allclose(model.score(challenge, candidate), [(0.6 + 0.8) / 2**0.5 + 0.25], rtol=1e-6)
    model.pooling = "max"
    np.testing.assert_allclose(model.score(challenge, candidate), [0.8 + 0.25], rtol=1e-6)


def test_rare_and_unknown_tracks_are_ignored_and_without_other_seeds_lists_are_empty(handmade, challenge_with):
    model = fitted(handmade([[0, 1, 2], [0, 1, 2, 3]]), min_count=2)
    lists = model.recommend(challenge_with(handmade([[9]]), [[0, 9, 3, 4], [3, 4, 9], []]), 4).tracks
    assert set(lists[0].tolist()) == {1, 2, -1}
    assert (lists[1:] == -1).all()


def test_a_track_that_one_playlist_repeats_has_no_vector_with_two_playlists_at_least(handmade):
    train = handmade([[0, 1, 2, 2, 2], [0, 1]])
    has_vector = [fitted(train, min_playlists=n).vectors_[:, :-1].any(axis=1).tolist() for n in (1, 2)]
    assert has_vector == [[True, True, True], [True, True, False]]


def test_without_frequent_tracks_all_lists_are_empty(handmade, challenge_with):
    train = handmade([[0, 1], [2, 3]])
    assert (fitted(train, min_count=2).recommend(challenge_with(train, [[0]]), 3).tracks == -1).all()


@pytest.mark.parametrize("exponent", [-0.5, 0.0])
def test_the_exponent_may_be_0_or_below(exponent, split):
    assert np.isfinite(fitted(split.train, epochs=1, ns_exponent=exponent).vectors_).all()


@pytest.mark.parametrize(("n_entries", "epochs"), [(0, 20), (1_200_000, 20), (6_600_000, 5), (66_000_000, 1)])
def test_the_number_of_epochs_falls_with_the_size_of_the_corpus(n_entries, epochs):
    assert usual_epochs(n_entries) == epochs


def test_a_small_corpus_is_read_twenty_times(split):
    usual, given = (fitted(split.train, epochs=epochs).vectors_ for epochs in (None, 20))
    np.testing.assert_array_equal(usual, given)


@pytest.mark.parametrize("params", [{"vector_size": 0}, {"epochs": 0}, {"workers": 0}, {"pooling": "sum"}])
def test_values_without_a_meaning_are_refused(params):
    with pytest.raises(ValueError, match=next(iter(params))):
        Word2Vec(**params)


def test_a_tracks_popularity_is_the_logarithm_of_its_entries(handmade, challenge_with):
    train = handmade([[0, 1, 2], [0, 1], [0, 1], [0, 2]])
    model = Word2Vec(vector_size=4, min_count=2, popularity=0.5)
    model.fit(train, challenge_with(train, [[0]]))
    assert model.vectors_[:3, -1] == pytest.approx(0.5 * np.log(1 + np.array([4, 3, 2])))
