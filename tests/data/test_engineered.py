"""The twelve features of playlists: means, maxima, scales, and what is unknown."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import ENGINEERED, DataError, FeatureSpace, Playlists, Ragged
from harness.data.components import principal_components
from harness.data.engineered import engineered
from harness.types import Catalog

ENERGY, KEY = ENGINEERED.index("energy"), ENGINEERED.index("key")


@pytest.fixture(scope="module")
def heard(handmade):
    """Four tracks in four playlists: energy 0, .5, 1 and unknown; key 3, 7, unknown, unknown."""
    made = handmade([[0, 1], [0, 2, 2], [3], [2, 3]])
    audio = pl.DataFrame(
        {"energy": [0.0, 0.5, 1.0, None], "key": [3.0, 7.0, None, None]},
        schema={"energy": pl.Float32, "key": pl.Float32},
    )
    old = made.catalog
    catalog = Catalog(old.tracks, old.artists, old.albums, old.artist_of, old.album_of, old.duration_ms, audio)
    return Playlists(made.info, made.tracks, catalog)


def test_features_are_means_and_maxima_of_known_values(heard):
    values = engineered(FeatureSpace.of(heard).tracks, heard.tracks)
    np.testing.assert_allclose(values[:, ENERGY], [(0 + 0.5) / 2, (0 + 1 + 1) / 3, np.nan, 1])
    np.testing.assert_allclose(values[:, KEY], [max(3, 7), 3, np.nan, np.nan])
    assert np.isnan(np.delete(values, [ENERGY, KEY], axis=1)).all()


def test_scales_are_those_of_the_training_set_and_values_outside_are_clipped(heard):
    space = FeatureSpace.of(heard)
    scaled = space.scaled(Ragged.from_rows([[1], [2], [0], [], [9]]))
    expected = [(0.5 - 0.25) / (1 - 0.25), 1, 0]
    middle = (0 + (2 / 3 - 0.25) / 0.75 + 1) / 3
    np.testing.assert_allclose(scaled[:, ENERGY], [*expected, middle, middle])
    np.testing.assert_allclose(scaled[:, KEY], [(7 - 3) / (7 - 3), 0.5, 0, 0.5, 0.5])
    assert space.largest_distance == pytest.approx(2**0.5)
    assert space.known(heard.tracks).tolist() == [True, True, False, True]


def test_a_corpus_without_features_is_refused_with_the_remedy(heard):
    old = heard.catalog
    bare = Catalog(old.tracks, old.artists, old.albums, old.artist_of, old.album_of, old.duration_ms)
    with pytest.raises(DataError, match="`harness data features FILE --data NAME`"):
        FeatureSpace.of(Playlists(heard.info, heard.tracks, bare))


@given(rows=st.lists(st.lists(st.integers(0, 300), max_size=5), max_size=6))
def test_scaled_features_of_any_playlist_lie_between_0_and_1(space, rows):
    scaled = space.scaled(Ragged.from_rows(rows))
    assert scaled.shape == (len(rows), 12)
    assert ((scaled >= 0) & (scaled <= 1)).all()


@pytest.fixture(scope="module")
def space(playlists):
    return FeatureSpace.of(playlists)


def test_principal_components_explain_all_variance(playlists):
    components = principal_components(playlists)
    assert sum(each.share for each in components) == pytest.approx(1)
    shares = [each.share for each in components]
    assert shares == sorted(shares, reverse=True)
    for each in components:
        assert sum(weight**2 for weight in each.loadings.values()) == pytest.approx(1)
        assert next(iter(each.loadings.values())) > 0


def test_constant_features_have_no_component(heard):
    assert [set(each.loadings) for each in principal_components(heard)] == [{"energy", "key"}] * 2


def test_components_need_two_playlists(handmade):
    with pytest.raises(DataError, match="two playlists with different audio features"):
        principal_components(handmade([[0, 1]]))


def test_deviations_are_those_of_the_scaled_training_playlists(heard):
    energies = np.array([0, (2 / 3 - 0.25) / 0.75, 1])
    deviation = np.sqrt(((energies - energies.mean()) ** 2).mean())
    np.testing.assert_allclose(FeatureSpace.of(heard).deviation[[ENERGY, KEY]], [deviation, 0.5])


def test_a_reliable_feature_is_alike_in_both_halves_of_a_playlist(handmade):
    """Energy belongs to the playlist, valence alternates between its tracks, key is constant."""
    n = 40
    rows = np.arange(4 * n).reshape(n, 4)
    tracks = np.arange(4 * n)
    rng = np.random.default_rng(0)
    audio = pl.DataFrame(
        {"energy": tracks // 4 / n, "valence": rng.random(4 * n), "key": np.full(4 * n, 5.0)},
        schema=dict.fromkeys(("energy", "valence", "key"), pl.Float32),
    )
    made = handmade(rows.tolist())
    playlists = replace(made, catalog=replace(made.catalog, audio=audio))
    space = FeatureSpace.of(playlists)
    valence = ENGINEERED.index("valence")
    halves = audio["valence"].to_numpy().astype(float).reshape(n, 4)
    expected = np.corrcoef(halves[:, ::2].mean(axis=1), halves[:, 1::2].mean(axis=1))[0, 1]
    reliability = space.reliability(playlists.tracks)
    np.testing.assert_allclose(reliability[[ENERGY, valence, KEY]], [1, max(expected, 0), 0], atol=1e-6)
    assert np.delete(reliability, [ENERGY, valence, KEY]).tolist() == [0] * 9


def test_entries_without_features_do_not_count_in_the_halves(handmade):
    """Track 0 has no features: without it, even and odd places of each row hold 1 and 2, or 3 and 4."""
    made = handmade([[1, 0, 2], [0, 3, 4]])
    audio = pl.DataFrame({"energy": [None, 0.1, 0.2, 0.5, 0.7]}, schema={"energy": pl.Float32})
    playlists = replace(made, catalog=replace(made.catalog, audio=audio))
    assert FeatureSpace.of(playlists).reliability(playlists.tracks)[ENERGY] == pytest.approx(1)


def test_weights_scale_each_feature_by_name(heard):
    space = FeatureSpace.of(heard)
    energy, key = (space.deviation[column] for column in (ENERGY, KEY))
    constant = np.delete(np.arange(12), [ENERGY, KEY])
    by_name = {name: space.weights(heard.tracks, name) for name in ("none", "range", "standard", "reliability")}
    np.testing.assert_allclose(by_name["none"][[ENERGY, KEY]], [1 - 0.25, 7 - 3])
    assert by_name["range"].tolist() == [1] * 12
    np.testing.assert_allclose(by_name["standard"][[ENERGY, KEY]], [1 / energy, 1 / key])
    assert (by_name["standard"][constant] == 0).all()


def test_reliable_weights_are_the_standard_ones_where_no_feature_is_reliable(handmade):
    """One entry per playlist leaves a half empty."""
    made = handmade([[0], [1], [2]])
    audio = pl.DataFrame({"energy": [0.1, 0.2, 0.4]}, schema={"energy": pl.Float32})
    playlists = replace(made, catalog=replace(made.catalog, audio=audio))
    space = FeatureSpace.of(playlists)
    weights = [space.weights(playlists.tracks, name) for name in ("standard", "reliability")]
    assert weights[0].tolist() == weights[1].tolist()
    assert weights[0][ENERGY] > 0


def test_reliable_weights_are_standard_ones_times_the_reliability(playlists, space):
    standard, reliable = (space.weights(playlists.tracks, name) for name in ("standard", "reliability"))
    np.testing.assert_allclose(reliable, standard * space.reliability(playlists.tracks))
    assert reliable.any()
