"""Confidence of a recommender on a corpus: from the validation holdout alone, kept, and checked on test."""

import numpy as np
import pytest

from harness.identities import Holdout
from harness.run import confidence as module
from harness.run import pipeline
from harness.run.confidence import check_confidence, confidence_of
from harness.task.split_options import SplitOptions
from harness.task.tasks import local_task

MORE = SplitOptions(params={"per_category": 15})


@pytest.fixture
def holdouts(monkeypatch):
    """Names of the holdouts that were run."""
    names = []

    def noted(corpus, options):
        names.append(options.holdout)
        return local_task(corpus, options)

    monkeypatch.setattr(module, "local_task", noted)
    return names


def test_it_is_fitted_on_validation_and_checked_on_test(corpus, holdouts):
    confidence = confidence_of(corpus, "playlist-knn", {}, split=MORE)
    assert holdouts == [Holdout.validation]
    assert confidence.curves.shape[1] == 500
    assert (np.diff(confidence.curves, axis=1) <= 0).all()
    assert confidence.n_playlists.sum() == len(local_task(corpus, MORE).challenge)
    found = check_confidence(confidence, corpus, "playlist-knn", {}, split=MORE)
    assert holdouts == [Holdout.validation, Holdout.test]
    assert sum(each.n_tracks for each in found.bins) % 500 == 0
    assert found.calibration_error < 0.02
    assert found.brier < found.brier_of_mean


def test_estimates_of_another_recommender_are_seen_to_be_off(corpus):
    other = confidence_of(corpus, "popularity", {}, split=MORE)
    own = confidence_of(corpus, "playlist-knn", {}, split=MORE)
    errors = [check_confidence(each, corpus, "playlist-knn", {}, split=MORE).calibration_error for each in (own, other)]
    assert errors[1] > 1.5 * errors[0]


def refused(*_):
    raise AssertionError("lists are made")


def test_lists_are_kept_by_everything_that_can_change_them(corpus, monkeypatch, home):
    first = confidence_of(corpus, "popularity", {})
    (run,) = (home / "confidence").glob("popularity-*")
    monkeypatch.setattr(pipeline, "make_lists", refused)
    again = confidence_of(corpus, "popularity", {})
    assert np.array_equal(first.curves, again.curves)
    with pytest.raises(AssertionError, match="lists are made"):
        confidence_of(corpus, "popularity", {}, split=SplitOptions(seed=1))
    (run / "run.json").unlink()
    with pytest.raises(AssertionError, match="lists are made"):
        confidence_of(corpus, "popularity", {})
