import numpy as np
import polars as pl

from harness.ragged import Ragged
from harness.synthetic.audio import WITHIN, audio_features
from harness.synthetic.measures.audible import intraclass
from harness.types import Catalog, Playlists


def test_every_track_has_features_of_spotify_s_ranges(corpus):
    features = audio_features(corpus)
    assert features["track_uri"].equals(corpus.catalog.tracks["uri"])
    assert features["duration_ms"].to_list() == corpus.catalog.duration_ms.tolist()
    for name in set(WITHIN) - {"loudness", "tempo", "key", "mode"}:
        assert features[name].is_between(0, 1).all(), name
    assert features["key"].is_between(0, 11).all()
    assert features["mode"].is_in([0, 1]).all()
    assert features["time_signature"].is_in([1, 3, 4, 5]).all()
    assert features["tempo"].min() > 0


def test_features_are_the_same_every_time_and_others_for_another_seed(corpus):
    assert audio_features(corpus).equals(audio_features(corpus))
    assert not audio_features(corpus).equals(audio_features(corpus, seed=1))


def test_tracks_of_one_artist_sound_alike_and_their_keys_do_not(corpus):
    features = audio_features(corpus)
    artists = corpus.catalog.artist_of
    assert 0.3 < intraclass(artists, features["energy"].to_numpy()) < 0.6
    assert abs(intraclass(artists, features["key"].to_numpy().astype(float))) < 0.05


def test_a_corpus_of_unknown_artists_has_features_too():
    n = 6
    catalog = Catalog(
        tracks=pl.DataFrame({"uri": [f"t{i}" for i in range(n)], "name": [""] * n}),
        artists=pl.DataFrame({"uri": ["a"], "name": ["a"]}),
        albums=pl.DataFrame({"uri": [], "name": []}),
        artist_of=np.array([-1, -1, 0, 0, -1, 0], np.int32),
        album_of=np.full(n, -1, np.int32),
        duration_ms=np.zeros(n, np.int32),
    )
    info = pl.DataFrame({"pid": [0, 1], "name": ["", ""]})
    features = audio_features(Playlists(info, Ragged.from_rows([[0, 1, 2], [3, 4, 5]]), catalog))
    assert features.height == n
    assert features.null_count().sum_horizontal()[0] == 0
    assert np.isfinite(features["energy"].to_numpy()).all()
