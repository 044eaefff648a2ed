from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from harness.ragged import Ragged
from harness.rules import CATEGORIES
from harness.synthetic import calibration
from harness.synthetic.calibration import PARTS, Line, calibrate
from harness.synthetic.targets import BANDS, TARGETS, Target
from harness.types import Playlists


@pytest.fixture(scope="module")
def lines(corpus):
    return calibrate(corpus)


def test_a_line_stands_for_every_target_in_order(lines):
    assert [(line.corpus, line.name) for line in lines] == [(target.corpus, target.name) for target in TARGETS]


def test_what_a_small_corpus_cannot_measure_has_no_value(lines):
    for line in lines:
        if line.corpus == "any":
            assert line.value is not None, line
        else:
            assert line.value is None
            assert line.ok is None


@pytest.fixture
def uncut(monkeypatch):
    """Every part is the whole corpus, so that a small one has every measure."""
    parts = {name: (lambda each: each, measures) for name, (_, measures) in PARTS.items()}
    monkeypatch.setattr(calibration, "PARTS", parts)


@pytest.mark.usefixtures("uncut")
def test_every_target_is_measured_somewhere(corpus):
    unmeasured = [line.name for line in calibrate(corpus) if line.value is None]
    assert all("growth" in name or "slope" in name or "distinct titles of" in name for name in unmeasured)


LACKING = {
    "artists": ("artist", "a rule", "with a twin"),
    "albums": ("album", "a rule"),
    "durations": ("track duration",),
    "titles": ("title",),
    "track names": ("track names", "with a twin"),
    "columns": ("followers:", "edits", "modified", "descriptions"),
}
"""What a corpus may lack -> words of the lines that need it."""


def without(playlists, what):
    """The same playlists, but their artists, albums, durations, titles, track names or columns are unknown."""
    catalog, info = playlists.catalog, playlists.info
    unknown = np.full(catalog.n_tracks, -1, np.int32)
    changes = {
        "artists": {"artists": catalog.artists.clear(), "artist_of": unknown},
        "albums": {"albums": catalog.albums.clear(), "album_of": unknown},
        "durations": {"duration_ms": np.zeros(catalog.n_tracks, np.int32)},
        "track names": {"tracks": catalog.tracks.with_columns(name=pl.lit(""))},
    }
    infos = {"titles": info.with_columns(name=pl.lit("")), "columns": info.select("pid", "name")}
    return replace(playlists, info=infos.get(what, info), catalog=replace(catalog, **changes.get(what, {})))


@pytest.mark.usefixtures("uncut")
@pytest.mark.parametrize("what", LACKING)
def test_exactly_what_a_corpus_lacks_is_not_measured(corpus, what):
    for known, line in zip(calibrate(corpus), calibrate(without(corpus, what)), strict=True):
        lacks = known.value is None or any(word in line.name for word in LACKING[what])
        assert (line.value is None) == lacks, line


@pytest.mark.usefixtures("uncut")
@pytest.mark.parametrize("rows", [[[0]], [[]], [[], []], [[0, 1], [0]], [[0], [1], [2]], [[0, 0], []]])
def test_the_smallest_corpora_are_calibrated(handmade, rows):
    made = handmade(rows)
    columns = {"num_followers": 1, "num_edits": 2, "modified_at": 1_500_000_000, "description": None}
    for info in (made.info, made.info.with_columns(**{name: pl.lit(value) for name, value in columns.items()})):
        lines = {line.name: line.value for line in calibrate(replace(made, info=info))}
        assert lines["length: mean"] == sum(map(len, rows)) / len(rows)
        assert lines["playlists that break a rule"] == len(rows)


@pytest.mark.usefixtures("uncut")
def test_unknown_values_are_not_taken_for_real_ones(corpus):
    """A playlist of unknown tracks, without numbers and title, changes no mean of what is known."""
    catalog, n = corpus.catalog, corpus.catalog.n_tracks
    longer = replace(
        catalog,
        tracks=pl.concat([catalog.tracks, pl.DataFrame({"uri": ["x"], "name": [""]})]),
        audio=None,
        **{name: np.append(getattr(catalog, name), np.int32(-1)) for name in ("artist_of", "album_of")},
        duration_ms=np.append(catalog.duration_ms, np.int32(0)),
    )
    info = pl.concat([corpus.info, pl.DataFrame({"pid": [10**9], "name": [""]})], how="diagonal")
    tracks = Ragged.from_lengths(np.append(corpus.tracks.lengths, 120), np.append(corpus.tracks.values, [n] * 120))
    mixed = {line.name: line.value for line in calibrate(Playlists(info, tracks, longer))}
    kinds = ("artist", "album", "edits", "duration", "title", "track names", "twin")
    for line in calibrate(corpus):
        is_drawn = "within an artist" in line.name  # the features of all tracks are drawn at once
        if any(word in line.name for word in kinds) and not is_drawn:
            assert mixed[line.name] == pytest.approx(line.value), line


def test_ok_means_within_the_tolerance():
    relative, absolute = Target("any", "a", -2.0, 0.1, "relative", ""), Target("any", "b", 2.0, 0.1, "absolute", "")
    assert (relative.allowed, absolute.allowed) == (0.1 * 2, 0.1)
    assert calibration._line(relative, -2.2).ok is True
    assert calibration._line(relative, -2.21).ok is False
    assert calibration._line(absolute, 2.11).ok is False
    assert calibration._line(absolute, float("nan")) == Line("b", "any", 2.0, 0.1, None, None)


def test_names_of_targets_are_distinct_within_their_part():
    assert len({(target.corpus, target.name) for target in TARGETS}) == len(TARGETS)
    assert {target.corpus for target in TARGETS} == set(PARTS)


def test_bands_name_categories_of_the_challenge():
    assert {number for band in BANDS for number in band.categories} <= {each.number for each in CATEGORIES}
    assert all(band.low < band.high for band in BANDS)


def test_the_frequent_part_is_cut_to_frequent_tracks_and_short_lists(corpus, monkeypatch):
    monkeypatch.setattr(calibration, "_CUT_PLAYLISTS", 1_000)
    monkeypatch.setattr(calibration, "_CUT_TRACKS", 100)
    monkeypatch.setattr(calibration, "_CUT_LENGTH", 10)
    cut = calibration.frequent(corpus)
    assert cut.tracks.lengths.max() == 10
    assert len(np.unique(cut.tracks.values)) <= 100


def test_the_followed_part_has_ten_followers_or_more(corpus, monkeypatch):
    assert calibration.followed(corpus) is None
    monkeypatch.setattr(calibration, "FOLLOWED", 3)
    assert calibration.followed(corpus).info["num_followers"].min() >= 10
