"""Measures of corpora that are small enough to compute by hand."""

import numpy as np
import polars as pl
import pytest

from harness.ragged import Ragged
from harness.synthetic.measures import audible, figures, likeness, order, shape, texts
from harness.types import Catalog, Playlists

DAY = 86_400
OCTOBER_31 = 1_509_494_400 - DAY


def corpus_of(rows, artist_of, album_of=None, **columns):
    n_tracks = len(artist_of)
    album_of = artist_of if album_of is None else album_of
    catalog = Catalog(
        tracks=pl.DataFrame({"uri": [f"t{i}" for i in range(n_tracks)], "name": [f"n{i}" for i in range(n_tracks)]}),
        artists=pl.DataFrame({"uri": [f"a{i}" for i in range(max(artist_of) + 1)]}),
        albums=pl.DataFrame({"uri": [f"b{i}" for i in range(max(album_of) + 1)]}),
        artist_of=np.array(artist_of, np.int32),
        album_of=np.array(album_of, np.int32),
        duration_ms=np.full(n_tracks, 1_000, np.int32),
    )
    info = pl.DataFrame({"pid": range(len(rows)), "name": [""] * len(rows)}).with_columns(
        **{name: pl.Series(values) for name, values in columns.items()}
    )
    return Playlists(info, Ragged.from_rows(rows), catalog)


def test_lengths():
    rows = [[0] * 5, [0] * 12, [0] * 12, [0] * 31]
    values = shape.measure_lengths(corpus_of(rows, [0]))
    assert values["length: mean"] == (5 + 12 + 12 + 31) / 4
    assert values["length: median"] == 12
    assert (values["length: least"], values["length: most"]) == (5, 31)
    assert values["share of length 12"] == 2 / 4
    assert values["share of length 20"] == 0


def test_broken_rules_are_counted_once_a_playlist():
    rows = [[0, 1, 2, 0, 1], [0, 1, 2, 3], [0, 0, 0, 1, 1], [0]]
    values = shape.measure_rules(corpus_of(rows, [0, 1, 2, 3], [0, 1, 1, 1]))
    assert values["playlists that break a rule"] == 3


def test_top_tracks_and_artists():
    rows = [[0, 1], [0, 2], [0], [0, 1]]
    corpus = corpus_of(rows, [0, 1, 1], [0, 0, 0])
    assert shape.measure_albums(corpus) == {"albums a playlist: mean": 1, "albums a playlist: median": 1}
    corpus = corpus_of([list(range(20))] * 2 + [[0]], list(range(20)))
    values = shape.measure_top_tracks(corpus)
    assert values == {
        "playlists with track 1": 3 / 3,
        "playlists with track 10": 2 / 3,
        "playlists with track 20": 2 / 3,
    }


def test_popularity_shares_and_rarity():
    counts = [990] + [1] * 999
    rows = [np.repeat(np.arange(1_000), counts)]
    values = shape.measure_popularity(corpus_of(rows, [0] * 1_000))
    assert values["4,000: entries"] == 990 + 999
    assert values["4,000: tracks that occur once"] == 999 / 1_000
    assert values["4,000: tracks that occur up to 5 times"] == 999 / 1_000
    assert values["4,000: entries in the top 0.1 %"] == 990 / (990 + 999)
    assert values["4,000: entries in the top 1 %"] == (990 + 9) / (990 + 999)
    assert np.isnan(values["4,000: slope, ranks 1,000 to 10,000"])


def test_the_slope_of_a_power_law_is_its_exponent():
    counts = np.arange(1.0, 1_001) ** -0.5 * 1e6
    assert shape._slope(counts, 10, 1_000) == pytest.approx(-0.5)


def test_growth_is_an_exponent_of_entries():
    corpus = corpus_of([[0, 1], [0, 2], [3, 1], [1, 2]], [0] * 4)
    assert shape.growth(corpus, 1, 4) == pytest.approx(np.log(4 / 2) / np.log(8 / 2))


def test_artists_within_a_playlist():
    corpus = corpus_of([[0, 1, 2, 3], [0, 2, 3, 2]], [0, 0, 1, 2])
    values = order.measure_artists(corpus)
    assert values["artists / length: mean"] == (3 / 4 + 3 / 4) / 2
    assert values["two tracks by one artist: mean"] == pytest.approx((1 / 6 + 1 / 6) / 2)
    assert values["neighbours by one artist: mean"] == pytest.approx((1 / 3 + 0) / 2)
    assert values["one artist at distance 1"] == pytest.approx(1 / 6)
    assert values["one artist at distance 2"] == pytest.approx(1 / 4)
    entropy = -(1 / 2 * np.log(1 / 2) + 2 * 1 / 4 * np.log(1 / 4))
    assert values["effective artists"] == pytest.approx(np.exp(entropy))


def test_albums_next_to_each_other():
    values = order.measure_albums_in_order(corpus_of([[0, 1, 2]], [0, 1, 2], [0, 0, 1]))
    assert values == {"two tracks of one album": pytest.approx(1 / 3), "neighbours of one album": 1 / 2}


def test_repeated_tracks():
    values = order.measure_repeats(corpus_of([[0, 0, 0, 1], [0, 1]], [0, 1]))
    assert values == {"a track twice: playlists": 1 / 2, "a track twice: entries": 2 / 6}


def test_openings_of_long_playlists():
    one_artist_first = [0] * 25 + list(range(1, 101))
    corpus = corpus_of([one_artist_first, [0] * 30], list(range(101)))
    values = order.measure_openings(corpus)
    assert values["one artist, first 25"] == 1
    assert values["one artist, random 25"] < 0.5
    assert order.measure_openings(corpus_of([[0] * 30], [0])) == {}


def test_pairs_and_neighbours():
    rows = [[0, 1, 2, 3]] * 2 + [[10 + 2 * i, 11 + 2 * i] for i in range(120)]
    values = likeness.measure_pairs(corpus_of(rows, [0] * 250))
    n_pairs = 122 * 121
    assert values["pairs: common tracks"] == pytest.approx(2 * 4 / n_pairs)
    assert values["pairs: one or more"] == pytest.approx(2 / n_pairs)
    assert values["pairs: five or more"] == 0
    assert values["pairs: cosine"] == pytest.approx(2 * 1 / n_pairs)
    assert values["neighbour 1: cosine"] == pytest.approx(2 * 1 / 122)


def test_cosines_of_one_title():
    corpus = corpus_of([[0, 1], [0, 2], [3, 4]], [0, 1, 2, 3, 4], name=["Rock", "rock!", "jazz"])
    values = likeness.measure_titles(corpus)
    assert values["same title: cosine of tracks"] == pytest.approx(1 / 2)
    assert values["any pair: cosine of artists"] == pytest.approx((1 / 2) / 3)


def test_titles():
    names = ["ROCK", "rock", "Rock On", "don't", "2017 ", "🔥"]
    values = texts.measure_title_texts(corpus_of([[0]] * 6, [0], name=names))
    assert values["titles: emoji"] == 1 / 6
    assert values["titles: digits"] == 1 / 6
    assert values["titles: quote"] == 1 / 6
    assert values["titles: blanks at an end"] == 1 / 6
    assert [values[f"titles: {case} case"] for case in ("lower", "title", "upper")] == [2 / 4, 1 / 4, 1 / 4]
    counts = texts.measure_title_counts(corpus_of([[0]] * 6, [0], name=names))
    assert counts["titles: raw"] == 6
    assert counts["titles: normalised"] == 5
    assert (counts["titles: the commonest"], counts["titles: the second"]) == (2 / 6, 1 / 6)


def test_words_of_titles_count_once_per_title():
    names = ["Rock rock", "rock!", "new rock", "new", *"abcdefgh"]
    values = texts.measure_title_texts(corpus_of([[0]] * 12, [0], name=names))
    shares = [values[f"title words: the {place}"] for place in ("commonest", "second", "tenth")]
    assert shares == [3 / 12, 2 / 12, 1 / 12]


def test_names_of_tracks():
    corpus = corpus_of([[0, 1, 2, 3]], [0, 0, 1, 1])
    names = ["Fire", "Fire", "Fire, live (feat. Ané)", "夏"]
    catalog = Catalog(
        corpus.catalog.tracks.with_columns(name=pl.Series(names)),
        corpus.catalog.artists,
        corpus.catalog.albums,
        corpus.catalog.artist_of,
        corpus.catalog.album_of,
        corpus.catalog.duration_ms,
    )
    values = texts.measure_track_names(Playlists(corpus.info, corpus.tracks, catalog))
    assert values["tracks with a twin"] == 1 / 4
    assert values["track names: non-ASCII"] == 2 / 4
    assert values["track names: non-Latin"] == 1 / 4
    assert values["track names: comma"] == values["track names: featuring"] == values["track names: version"] == 1 / 4


def test_figures():
    corpus = corpus_of(
        [[0] * 5, [0] * 50],
        [0],
        num_followers=[1, 10],
        num_edits=[2, 20],
        modified_at=[OCTOBER_31, OCTOBER_31 - 40 * DAY],
        description=[None, "mine"],
    )
    followers = figures.measure_followers(corpus)
    assert (followers["followers: 1"], followers["followers: 2"], followers["followers: most"]) == (1, 0, 10)
    edits = figures.measure_edits(corpus)
    assert edits["edits: slope"] == pytest.approx(1)
    assert edits["edits: constant"] == pytest.approx(np.log(2 / 5))
    assert figures.measure_dates(corpus)["modified: the top day"] == 1 / 2
    assert figures.measure_dates(corpus)["modified: top days in October 2017"] == 1 / 2
    assert figures.measure_descriptions(corpus) == {"descriptions a million": 500_000}
    assert figures.measure_durations(corpus) == {"track duration: mean": 1, "track duration: sd": 0}


def test_intraclass_correlation():
    groups = np.array([0, 0, 1, 1])
    assert audible.intraclass(groups, np.array([1.0, 1.0, 3.0, 3.0])) == 1
    between, within = 2 * (1 + 1) / 1, (4 * 1.0) / 2  # group means 1 and 3 about 2; each value 1 from its mean
    correlation = audible.intraclass(groups, np.array([0.0, 2.0, 2.0, 4.0]))
    assert correlation == pytest.approx((between - within) / (between + within))
