import unicodedata
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from harness.kit.randomness import generator
from harness.kit.titles import normalise
from harness.synthetic.names import album_names, artist_names, track_names
from harness.synthetic.titles import make_titles, write_titles
from harness.synthetic.words import NASTY, TOP_TITLES
from harness.synthetic.world import make_world

N_TITLES = 5_000


@pytest.fixture(scope="module")
def titles(model):
    return make_titles(make_world(replace(model, n_titles=N_TITLES)))


def test_titles_differ_even_when_normalised(titles):
    assert len({normalise(title) for title in titles} - {""}) == N_TITLES


def test_the_commonest_titles_are_the_official_ones(titles):
    assert tuple(titles[:20]) == TOP_TITLES


def test_no_word_is_in_far_more_titles_than_the_next(model):
    world = make_world(replace(model, n_titles=N_TITLES, n_genres=60, n_themes=600))
    shares = np.diff(world.vocabulary.cumulative, prepend=0) / world.vocabulary.cumulative[-1]
    of_word = Counter()
    for title, share in zip(make_titles(world), shares, strict=True):
        of_word.update(dict.fromkeys(normalise(title).split(), share))
    (_, first), (_, second) = of_word.most_common(2)
    assert first < 0.05
    assert first < 1.7 * second


def test_titles_hold_what_breaks_careless_programs(titles):
    text = "\n".join(titles)
    assert set(NASTY) <= set(titles)
    assert "<script>" in text
    assert all(sign in text for sign in ("'", '"', ",", "&", "é"))
    assert any("\U0001f300" <= sign <= "\U0001faff" for sign in text), "emoji"
    assert len({unicodedata.name(sign).split()[0] for sign in text if sign.isalpha()} - {"LATIN"}) >= 3, "scripts"


def test_a_title_is_written_in_many_ways_that_mean_the_same(titles):
    written = write_titles(titles, np.zeros(500, np.int64), generator(0, "test"))
    assert {normalise(title) for title in written} == {titles[0]}
    assert len(set(written)) > 20
    assert any(title != title.strip() for title in written)
    assert any(title.isupper() for title in written)


def test_names_of_tracks_hold_other_scripts_quotes_and_commas():
    tracks = np.arange(20_000)
    names = track_names(tracks, follows=tracks % 10 > 0)
    text = "\n".join(names)
    assert all(sign in text for sign in ("'", '"', ",", "(feat. ", "(with "))
    assert not text.isascii()


def test_a_twin_has_the_name_of_the_track_before_it():
    tracks = np.arange(20_000)
    names = track_names(tracks, follows=tracks % 10 > 0)
    same = [i for i in range(1, len(names)) if names[i] == names[i - 1]]
    assert 0.02 < len(same) / len(names) < 0.04
    assert all(i // 10 == (i - 1) // 10 for i in same), "a twin is by the same artist"


def test_names_do_not_depend_on_their_company():
    numbers = np.arange(100)
    assert artist_names(numbers)[7] == artist_names(np.array([7]))[0]
    assert album_names(numbers)[7] == album_names(np.array([7]))[0]
