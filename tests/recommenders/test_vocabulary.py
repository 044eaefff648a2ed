"""Tracks with vectors: the most frequent ones, and recommenders that rank these only."""

import numpy as np
import pytest

from harness import ParameterError, Ragged, create
from recommenders._vocabulary import Vocabulary

SMALL = {"factors": 8, "batch": 32, "epochs": 1}


def test_the_most_frequent_tracks_are_numbered_by_rising_id(handmade):
    vocabulary = Vocabulary.of(handmade([[4, 1, 0], [4, 1], [3, 4]]), 2)
    assert vocabulary.tracks.tolist() == [1, 4]
    assert vocabulary.row_of.tolist() == [-1, 0, -1, -1, 1]
    rows = vocabulary.rows(Ragged.from_rows([[4, 0, 1], [2], [1]]))
    assert [rows.row(i).tolist() for i in range(3)] == [[1, 0], [], [0]]


@pytest.mark.parametrize("name", ["neumf", "mean-variance"])
class TestNetworks:
    def test_only_frequent_tracks_are_listed_and_scored(self, name, split):
        model = create(name, {"max_tracks": 60, **SMALL})
        model.fit(split.train, split.challenge)
        frequent = np.argsort(-split.train.track_counts(), kind="stable")[:60]
        lists = model.recommend(split.challenge, 20)
        assert np.isin(lists.tracks[lists.tracks >= 0], frequent).all()
        assert lists.lengths.any()
        n_tracks = split.challenge.catalog.n_tracks
        every_track = Ragged.from_rows([np.arange(n_tracks)] * len(split.challenge))
        scores = model.score(split.challenge, every_track).reshape(-1, n_tracks)
        assert not scores[:, np.setdiff1d(np.arange(n_tracks), frequent)].any()
        for row in np.flatnonzero(lists.lengths):
            n = lists.lengths[row]
            np.testing.assert_allclose(scores[row, lists.tracks[row, :n]], lists.scores[row, :n], rtol=1e-4)

    def test_lists_stay_the_same_after_saving(self, name, split, tmp_path):
        model, loaded = create(name, {"max_tracks": 60, **SMALL}), create(name, {"max_tracks": 60, **SMALL})
        model.fit(split.train, split.challenge)
        model.save(tmp_path)
        loaded.load(tmp_path)
        first, second = model.recommend(split.challenge, 20), loaded.recommend(split.challenge, 20)
        np.testing.assert_array_equal(first.tracks, second.tracks)

    def test_a_corpus_with_fewer_tracks_keeps_all_of_them(self, name, split):
        n_tracks = split.train.catalog.n_tracks
        lists = []
        for max_tracks in (n_tracks, n_tracks + 1):
            model = create(name, {"max_tracks": max_tracks, **SMALL})
            model.fit(split.train, split.challenge)
            assert len(model.vocabulary_) == n_tracks
            lists.append(model.recommend(split.challenge, 20).tracks)
        np.testing.assert_array_equal(*lists)

    def test_a_network_without_tracks_is_refused(self, name):
        with pytest.raises(ParameterError, match="max_tracks=0 does not fit, int, 1 to 2147483647 is needed"):
            create(name, {"max_tracks": 0})
