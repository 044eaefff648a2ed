"""Exploration of a corpus: titles, dates, correlations, clusters, audio features."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from harness.data.clusters import clusters_of, typical_titles
from harness.data.correlations import correlations_of
from harness.data.exploration import explore
from harness.data.titles_and_dates import LEAST_GROUP, TitleGroup, months_of, titles_of
from harness.types import Playlists


def with_info(playlists, **columns):
    series = [pl.Series(name, values, dtype=pl.Int64) for name, values in columns.items()]
    return Playlists(playlists.info.with_columns(series), playlists.tracks, playlists.catalog)


@pytest.fixture
def grouped(handmade):
    """100 playlists `Rock!` with 1 to 100 followers, the last unknown; 99 `jazz`, one without a title."""
    names = ["Rock!", "rock"] * (LEAST_GROUP // 2) + ["jazz"] * (LEAST_GROUP - 1) + [""]
    followers = [*range(1, LEAST_GROUP), None] + [1] * LEAST_GROUP
    return with_info(handmade([[0]] * len(names), names), num_followers=followers)


def test_titles_of_a_hundred_playlists_are_groups(grouped):
    titles = titles_of(grouped, 10)
    assert titles.groups == [TitleGroup("rock", LEAST_GROUP, (1 + 99) / 2, 99)]
    assert titles.top == [("rock", LEAST_GROUP), ("jazz", LEAST_GROUP - 1)]
    assert (titles.n_distinct, titles.n_normalised) == (3, 2)


def test_groups_without_known_followers(handmade):
    titles = titles_of(handmade([[0]] * LEAST_GROUP, ["x"] * LEAST_GROUP), 10)
    assert titles.groups == [TitleGroup("x", LEAST_GROUP, None, None)]


def test_months_of_the_last_modification(handmade):
    seconds = [1_509_494_399, 1_509_494_400, 1_509_494_401, None, 2**62, -(2**62)]  # 2017-10-31 23:59:59 and after
    assert months_of(with_info(handmade([[0]] * 6), modified_at=seconds)) == {"2017-10": 1, "2017-11": 2}
    assert months_of(handmade([[0]])) == {}


def test_correlations_use_the_rows_that_have_both_values():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 50))
    missing = np.where(np.arange(50) < 20, np.nan, a + b)
    found = correlations_of(pl.DataFrame({"a": a, "b": b, "missing": missing, "constant": np.ones(50)}))
    assert found.matrix[0][1] == found.matrix[1][0] == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert found.matrix[0][2] == pytest.approx(np.corrcoef(a[20:], missing[20:])[0, 1])
    assert found.matrix[2][2] == pytest.approx(1)
    assert found.matrix[3] == [None] * 4


def test_clusters_are_found_with_their_centres_the_largest_first():
    features = np.repeat([[0.1, 0.9], [0.8, 0.2]], [30, 20], axis=0) + np.random.default_rng(0).normal(0, 0.01, (50, 2))
    clusters = clusters_of(features, ["calm"] * 30 + ["loud"] * 20, n_clusters=2)
    assert [cluster.n_playlists for cluster in clusters] == [30, 20]
    assert clusters[0].centre == pytest.approx(features[:30].mean(axis=0))
    assert [cluster.titles for cluster in clusters] == [[("calm", 30)], [("loud", 20)]]
    assert clusters == clusters_of(features, ["calm"] * 30 + ["loud"] * 20, n_clusters=2)


def test_equal_playlists_are_one_cluster():
    assert [cluster.n_playlists for cluster in clusters_of(np.ones((5, 3)), [None] * 5)] == [5]


def test_typical_titles_are_more_frequent_in_the_cluster_than_elsewhere():
    names = ["party"] * 40 + ["sleep"] * 10 + ["party"] * 49 + ["once"]
    found = typical_titles(np.repeat([0, 1], 50), names, 2)
    assert found == [[("sleep", 10)], [("party", 49)]]


def test_the_most_typical_title_is_first_not_the_most_frequent():
    names = ["sleep"] * 10 + ["rain"] * 20 + [""] * 20 + ["rain"] * 10 + ["party"] * 20
    found = typical_titles(np.repeat([0, 1], [50, 30]), names, 2)  # expected: sleep 10 / 2, rain 30 / 2
    assert found[0] == [("sleep", 10), ("rain", 20)]


def test_the_exploration_of_a_corpus_with_audio_features(playlists):
    found = explore(playlists).audio
    assert found.described["energy"]["mean"] == pytest.approx(playlists.catalog.audio["energy"].mean(), rel=1e-5)
    assert sum(found.histograms["tempo"].counts) == playlists.catalog.audio["tempo"].count()
    assert sum(component.share for component in found.components) == pytest.approx(1)
    assert sum(cluster.n_playlists for cluster in found.clusters) == len(playlists)
    assert len(found.centres[0]) == len(found.clusters[0].centre) == len(found.features)
    tempo = [centre[found.features.index("tempo")] for centre in found.centres]
    assert all(50 < value < 300 for value in tempo)
    assert {"entries", "followers"} < set(found.playlist_correlations.names)


def test_a_corpus_without_audio_features_or_with_one_playlist(handmade):
    alone = handmade([[0, 1, 2]])
    assert explore(alone).audio.components == explore(alone).audio.clusters == []
    without = replace(alone.catalog, audio=None)
    assert explore(Playlists(alone.info, alone.tracks, without)).audio is None


def test_albums_and_artists_are_counted_by_entries(handmade):
    found = explore(handmade([[0, 1, 1], [2]]))
    assert found.top_albums == found.top_artists == [("x", 4)]
