import numpy as np
import pytest

from harness.rules import CATEGORIES
from harness.synthetic import calibration
from harness.synthetic.calibration import PARTS, Line, calibrate
from harness.synthetic.targets import BANDS, TARGETS, Target


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


def test_every_target_is_measured_somewhere(monkeypatch, corpus):
    monkeypatch.setattr(
        calibration, "PARTS", {name: (lambda each: each, measures) for name, (_, measures) in PARTS.items()}
    )
    unmeasured = [line.name for line in calibrate(corpus) if line.value is None]
    assert all("growth" in name or "slope" in name or "distinct titles of" in name for name in unmeasured)


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
