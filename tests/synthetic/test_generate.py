import threading
from dataclasses import replace

import numpy as np
import pytest

from harness.errors import ParameterError
from harness.fingerprint import Fingerprint
from harness.splits.challenge import ChallengeSplit
from harness.synthetic import corpus as corpus_module
from harness.synthetic import generate
from harness.synthetic.calibration import calibrate
from harness.synthetic.numbers import MPD_END
from harness.synthetic.playlists import LEAST_ARTISTS
from harness.synthetic.world import make_world


def uris(playlists, n):
    """The entries of the first n playlists as URIs, which mean the same in every corpus."""
    column = playlists.catalog.tracks["uri"]
    return [column[playlists.tracks.row(i).tolist()].to_list() for i in range(n)]


def fingerprint(playlists):
    digest = Fingerprint().array(playlists.tracks.indptr).array(playlists.tracks.values)
    for frame in (playlists.info, *(getattr(playlists.catalog, name) for name in ("tracks", "artists", "albums"))):
        digest.texts([frame.write_csv()])
    return str(digest)


def distinct_of(playlists, group_of):
    return [len(set(group_of[playlists.tracks.row(i)].tolist())) for i in range(len(playlists))]


def test_the_same_numbers_give_the_same_corpus(corpus, model):
    make_world.cache_clear()
    assert fingerprint(generate(1_100, 0, model)) == fingerprint(corpus)


def test_another_seed_gives_other_playlists_of_the_same_music(corpus, model):
    other = generate(300, 1, model)
    assert uris(other, 300) != uris(corpus, 300)
    names = dict(corpus.catalog.tracks[["uri", "name"]].iter_rows())
    common = [(uri, name) for uri, name in other.catalog.tracks[["uri", "name"]].iter_rows() if uri in names]
    assert len(common) > 1_000
    assert all(names[uri] == name for uri, name in common)


def test_another_model_gives_another_corpus(corpus, model):
    assert uris(generate(50, 0, replace(model, drift=0.0)), 50) != uris(corpus, 50)


@pytest.mark.parametrize("n", [1, 499, 500, 501, 777])
def test_a_playlist_is_the_same_in_every_corpus_that_holds_it(corpus, model, n):
    shorter = generate(n, 0, model)
    assert shorter.info.equals(corpus.info[:n])
    assert uris(shorter, n) == uris(corpus, n)


def test_threads_do_not_change_a_corpus(model):
    found = {}

    def make(seed):
        found[seed] = fingerprint(generate(120, seed, model))

    threads = [threading.Thread(target=make, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {seed: fingerprint(generate(120, seed, model)) for seed in range(3)}


def test_every_playlist_obeys_the_rules_of_the_mpd(corpus):
    lengths = corpus.tracks.lengths
    assert 5 <= lengths.min() <= lengths.max() <= 250
    assert min(distinct_of(corpus, corpus.catalog.artist_of)) >= 3
    assert min(distinct_of(corpus, corpus.catalog.album_of)) >= 2


def test_the_figures_of_a_playlist_agree_with_its_tracks(corpus):
    info, catalog = corpus.info, corpus.catalog
    assert info["pid"].to_list() == list(range(1_100))
    assert info["num_tracks"].to_list() == corpus.tracks.lengths.tolist()
    assert info["num_artists"].to_list() == distinct_of(corpus, catalog.artist_of)
    assert info["num_albums"].to_list() == distinct_of(corpus, catalog.album_of)
    durations = [int(catalog.duration_ms[corpus.tracks.row(i)].sum()) for i in range(len(corpus))]
    assert info["duration_ms"].to_list() == durations
    assert info["num_followers"].min() >= 1
    assert info["num_edits"].min() >= 2
    assert info["modified_at"].max() < MPD_END
    assert (info["modified_at"] % 86_400 == 0).all()


def test_the_catalog_holds_the_tracks_that_occur_and_no_other(corpus):
    catalog = corpus.catalog
    assert corpus.track_counts().min() >= 1
    assert np.array_equal(np.unique(catalog.artist_of), np.arange(catalog.n_artists))
    assert np.array_equal(np.unique(catalog.album_of), np.arange(catalog.n_albums))


def test_an_album_is_by_one_artist(corpus):
    pairs = set(zip(corpus.catalog.album_of.tolist(), corpus.catalog.artist_of.tolist(), strict=True))
    assert len(pairs) == corpus.catalog.n_albums


def test_some_playlists_hold_a_track_twice(corpus):
    distinct = distinct_of(corpus, np.arange(corpus.catalog.n_tracks))
    assert 0 < sum(n < length for n, length in zip(distinct, corpus.tracks.lengths, strict=True)) < len(corpus)


def test_a_small_corpus_fills_every_category_of_the_challenge(corpus):
    assert ChallengeSplit(per_category=2).cut(corpus, 0).omitted == {}


def test_nobody_can_ask_for_no_playlists():
    with pytest.raises(ParameterError, match="a corpus needs at least 1 playlist, not 0"):
        generate(0)


def test_without_the_rules_some_playlists_break_them(monkeypatch, model):
    monkeypatch.setattr("harness.synthetic.playlists.LEAST_ARTISTS", 1)
    monkeypatch.setattr("harness.synthetic.playlists.LEAST_ALBUMS", 1)
    lawless = generate(
        500, 0, replace(model, fan_share=1.0, fan_purity=(1e6, 1.0), fan_run=(1e6, 1.0), niche_share=0.0)
    )
    n_broken = sum(n < LEAST_ARTISTS for n in distinct_of(lawless, lawless.catalog.artist_of))
    assert n_broken > 0
    line = next(line for line in calibrate(lawless) if line.name == "playlists that break a rule")
    assert (line.ok, line.value) == (False, n_broken)


def test_a_corpus_is_made_of_chunks_that_do_not_know_of_each_other(corpus, model):
    world = make_world(model)
    second = corpus_module.draw_chunk(world, 0, 1)
    assert second.plans.length.tolist() == corpus.tracks.lengths[500:1_000].tolist()
