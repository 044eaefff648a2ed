"""Measures of a course project that need followers: predicted by regression for a continued playlist.

Forms and terms are those of `course`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError
from harness.metrics.course import declare, sound_of, total2, total2_scaled, total2_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.data.engineered import FeatureSpace
    from harness.metrics.evaluation import Evaluation
    from harness.types import Challenge, Playlists

    Values = NDArray[np.float64]

FOLLOWERS = ("train", "challenge", "followers", "audio")


@declare("numf", FOLLOWERS, definition="regression", worst=0.0, digits=2, informative=True)
def numf(
    evaluation: Evaluation, *, train: Playlists, challenge: Challenge, followers: Values, audio: FeatureSpace
) -> Values:
    """Followers that a linear regression on the scaled features predicts for the continued playlist; may be negative.

    Informative: more predicted followers do not make a better continuation. Example: weight 100 for energy, constant
    10, energy 0.4: 100 * 0.4 + 10 = 50. A playlist without an answer scores 0.

    Returns:
        (n,) float64.
    """
    del followers  # those of the challenge; the regression learns from the training playlists'
    return _expected(evaluation, train, challenge, audio)


@declare("diff", FOLLOWERS, digits=2)
def diff(
    evaluation: Evaluation, *, train: Playlists, challenge: Challenge, followers: Values, audio: FeatureSpace
) -> Values:
    """Absolute difference of expected and true followers: |numf - true number|.

    Example: 50 expected, 60 true: 10.

    Returns:
        Values from 0; (n,) float64.
    """
    return np.abs(_expected(evaluation, train, challenge, audio) - followers)


@declare("diff:share", FOLLOWERS)
def diff_share(
    evaluation: Evaluation, *, train: Playlists, challenge: Challenge, followers: Values, audio: FeatureSpace
) -> Values:
    """The difference of followers as a proportion: |p - t| / max(p, t), with p = max(numf, 0) and t the true number.

    Example: 50 expected, 60 true: 10 / 60 = 0.167.

    Returns:
        Values in [0, 1], 0 where both are 0; (n,) float64.
    """
    expected = np.maximum(_expected(evaluation, train, challenge, audio), 0)
    larger = np.maximum(expected, followers)
    return np.divide(np.abs(expected - followers), larger, out=np.zeros_like(larger), where=larger > 0)


@declare("metric", FOLLOWERS, digits=2)
def total(
    evaluation: Evaluation, *, train: Playlists, challenge: Challenge, followers: Values, audio: FeatureSpace
) -> Values:
    """1 / match + distance + diff, all as the project defined them.

    Example: match 3, distance 24.8, diff 10: 1 / 3 + 24.8 + 10 = 35.13.

    Returns:
        Values from 0; (n,) float64.
    """
    expected = _expected(evaluation, train, challenge, audio)
    return total2(evaluation, challenge=challenge, audio=audio) + np.abs(expected - followers)


@declare("metric:scaled", FOLLOWERS, digits=2)
def total_scaled(
    evaluation: Evaluation, *, train: Playlists, challenge: Challenge, followers: Values, audio: FeatureSpace
) -> Values:
    """1 / `course:match:withheld` + `course:distance:scaled` + `course:diff`.

    Example: match 2, scaled distance 0.3, diff 10: 1 / 2 + 0.3 + 10 = 10.8.

    Returns:
        Values from 0; (n,) float64.
    """
    expected = _expected(evaluation, train, challenge, audio)
    return total2_scaled(evaluation, challenge=challenge, audio=audio) + np.abs(expected - followers)


@declare("metric:share", FOLLOWERS)
def total_share(
    evaluation: Evaluation, *, train: Playlists, challenge: Challenge, followers: Values, audio: FeatureSpace
) -> Values:
    """`course:metric2:share` + `course:diff:share`.

    Example: match 2, distance 0.1, diff 0.167 as shares: 1 / 2 / 2 + 0.1 + 0.167 = 0.517.

    Returns:
        Values in [0, 3]; (n,) float64.
    """
    apart = diff_share(evaluation, train=train, challenge=challenge, followers=followers, audio=audio)
    return total2_share(evaluation, challenge=challenge, audio=audio) + apart


@lru_cache(maxsize=1)
def _expected(evaluation: Evaluation, train: Playlists, challenge: Challenge, audio: FeatureSpace) -> Values:
    """Predicted followers of the continued playlists, (n,); 0 without an answer."""
    expected = _with_constant(sound_of(evaluation, challenge, audio).continued) @ regression(train, audio)
    return np.where(evaluation.answered, expected, 0.0)


def regression(train: Playlists, audio: FeatureSpace) -> Values:
    """Least-squares weights from scaled features to followers over the training playlists that have both.

    Returns:
        Weights of the twelve features and the constant, (13,) float64.

    Raises:
        DataError: no training playlist has both.
    """
    from threadpoolctl import threadpool_limits

    followers = train.info["num_followers"].cast(float).to_numpy()
    known = np.isfinite(followers) & audio.known(train.tracks)
    if not known.any():
        raise DataError("no training playlist has both followers and audio features")
    features = _with_constant(audio.scaled(train.tracks)[known])
    with threadpool_limits(1):  # with several threads the last digits depend on their number
        weights: Values = np.linalg.lstsq(features, followers[known])[0]
    return weights


def _with_constant(features: Values) -> Values:
    return np.column_stack([features, np.ones(len(features))])
