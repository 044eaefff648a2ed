"""Measures of a course project: tracks matched and distance in sound; `course_followers` has the others.

Below, the continued playlist is the seeds followed by T, the first |G| tracks of the list; the true playlist is the
seeds followed by G. Both have the twelve features of `FeatureSpace`. There are three forms:

- without a suffix, as the project defined it: the seeds count as matched, features keep their own units (so that
  duration in milliseconds outweighs the others), differences of followers are plain numbers;
- `:withheld` and `:scaled`: only withheld tracks are matched, and each feature is scaled to 0-1;
- `:share`: each term is in 0-1, so that all have equal weight.
- `course:distance:standardised`: features in standard deviations. On the scale of 0-1 a feature that is often at
  either end outweighs the others: time_signature has 57 % of the variance between synthetic playlists
  (benchmarks/feature_scaling.py).

The project always began with one seed, which counted as a match, so 1 / match was always defined. Here a challenge may
have no seeds, and `:withheld` does not count them: without a match, 1 / match is replaced by 2.

Source: a course project on the Million Playlist Dataset.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from harness.data.engineered import engineered
from harness.metrics.metric import metric
from harness.ragged import NO_ID, Ragged

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.data.engineered import FeatureSpace
    from harness.metrics.evaluation import Evaluation
    from harness.types import Challenge

    Values = NDArray[np.float64]

INVERSE_OF_NO_MATCH = 2.0
"""Value of 1 / match without a match; its distance to 1 / 1 equals that of 1 / 1 to 1 / infinity."""

SOUND = ("challenge", "audio")

Function = TypeVar("Function", bound="Callable[..., NDArray[np.float64]]")


def declare(
    name: str, needs: tuple[str, ...], *, definition: str = "", **traits: Any
) -> Callable[[Function], Function]:
    """Declare `course:NAME`; by default lower is better and `compute` returns the worst value itself."""
    measure, _, form = name.partition(":")
    known: dict[str, Any] = {"higher_is_better": False, "worst": None, **traits}
    return metric(
        f"course:{name}",
        title=f"{measure} ({form})" if form else measure,
        family=f"course:{measure}",
        definition=definition or form or "literal",
        needs=needs,
        **known,
    )


@declare("match", ("challenge",), higher_is_better=True, worst=0.0, digits=2)
def match(evaluation: Evaluation, *, challenge: Challenge) -> Values:
    """Tracks that the continued and the true playlist share, seeds included: distinct seeds + |T and G|.

    A playlist without an answer scores 0. Example: one seed and 2 hits among the first |G| tracks: 1 + 2 = 3.

    Returns:
        Whole numbers; (n,) float64.
    """
    seeds = challenge.seeds
    n_seeds = np.bincount(seeds.row_ids[~seeds.is_repeat], minlength=len(evaluation))
    return np.where(evaluation.answered, n_seeds + match_withheld(evaluation), 0.0)


@declare("match:withheld", (), higher_is_better=True, worst=0.0, digits=2)
def match_withheld(evaluation: Evaluation) -> Values:
    """Withheld tracks among the first |G| of the list: |T and G|.

    Example: |G| = 5, hits at ranks 1, 6 and 13: 1.

    Returns:
        Whole numbers; (n,) float64.
    """
    matched: Values = np.count_nonzero(evaluation.hits & evaluation.opening, axis=1).astype(np.float64)
    return matched


@declare("match:share", (), higher_is_better=True, worst=0.0)
def match_share(evaluation: Evaluation) -> Values:
    """Share of the withheld tracks that are matched: |T and G| / |G|.

    Example: |G| = 5, hits at ranks 1, 6 and 13: 1 / 5 = 0.2.

    Returns:
        Values in [0, 1]; (n,) float64.
    """
    return match_withheld(evaluation) / evaluation.n_withheld


@declare("distance", SOUND, digits=2)
def distance(evaluation: Evaluation, *, challenge: Challenge, audio: FeatureSpace) -> Values:
    """Euclidean distance between the features of the continued and of the true playlist, in their own units.

    Example: mean durations of 200,000 and 203,000 ms, all else equal: 3000. A playlist without an answer scores the
    diagonal of the training playlists' ranges. The project's average of 24.8 is not on this scale: lists of
    `audio-clusters` on 10,000 synthetic playlists average 10,000 with the duration in milliseconds, 21 with seconds,
    16 without it.

    Returns:
        Values from 0; (n,) float64.
    """
    sound = sound_of(evaluation, challenge, audio)
    apart = np.linalg.norm(sound.continued_units - sound.true_units, axis=1)
    return np.where(evaluation.answered, apart, np.linalg.norm(audio.span))


@declare("distance:scaled", SOUND)
def distance_scaled(evaluation: Evaluation, *, challenge: Challenge, audio: FeatureSpace) -> Values:
    """Euclidean distance between the features of the continued and of the true playlist, each scaled to 0-1.

    Example: energy 0.4 and 0.7 on the scale of the training playlists, all else equal: 0.3. A playlist without an
    answer scores the largest distance possible.

    Returns:
        Values in [0, sqrt(12)], less where the corpus lacks features; (n,) float64.
    """
    sound = sound_of(evaluation, challenge, audio)
    apart = np.linalg.norm(sound.continued - sound.true, axis=1)
    return np.where(evaluation.answered, apart, audio.largest_distance)


@declare("distance:share", SOUND)
def distance_share(evaluation: Evaluation, *, challenge: Challenge, audio: FeatureSpace) -> Values:
    """The scaled distance divided by the largest one possible.

    Example: a scaled distance of 0.3 where 9 features differ between training playlists: 0.3 / sqrt(9) = 0.1.

    Returns:
        Values in [0, 1]; (n,) float64.
    """
    return distance_scaled(evaluation, challenge=challenge, audio=audio) / (audio.largest_distance or 1.0)


@declare("distance:standardised", SOUND)
def distance_standardised(evaluation: Evaluation, *, challenge: Challenge, audio: FeatureSpace) -> Values:
    """Euclidean distance between the features of the continued and of the true playlist, in standard deviations.

    The deviations are those of the training playlists; a feature that is constant among them does not count.
    Example: energy 0.4 and 0.7, all else equal, where energy deviates by 0.2: 0.3 / 0.2 = 1.5. A playlist without an
    answer scores the diagonal of the training playlists' ranges.

    Returns:
        Values from 0; (n,) float64.
    """
    sound = sound_of(evaluation, challenge, audio)
    per_deviation = np.divide(1, audio.deviation, out=np.zeros_like(audio.deviation), where=audio.deviation > 0)
    apart = np.linalg.norm((sound.continued - sound.true) * per_deviation, axis=1)
    return np.where(evaluation.answered, apart, np.linalg.norm(per_deviation))


@declare("metric2", SOUND, digits=2)
def total2(evaluation: Evaluation, *, challenge: Challenge, audio: FeatureSpace) -> Values:
    """1 / match + distance, both as the project defined them.

    Example: match 3, distance 24.8: 1 / 3 + 24.8 = 25.13.

    Returns:
        Values from 0; (n,) float64.
    """
    matched = match(evaluation, challenge=challenge)
    return _inverse(matched) + distance(evaluation, challenge=challenge, audio=audio)


@declare("metric2:scaled", SOUND)
def total2_scaled(evaluation: Evaluation, *, challenge: Challenge, audio: FeatureSpace) -> Values:
    """1 / `course:match:withheld` + `course:distance:scaled`.

    Example: match 2, scaled distance 0.3: 1 / 2 + 0.3 = 0.8.

    Returns:
        Values from 0; (n,) float64.
    """
    return _inverse(match_withheld(evaluation)) + distance_scaled(evaluation, challenge=challenge, audio=audio)


@declare("metric2:share", SOUND)
def total2_share(evaluation: Evaluation, *, challenge: Challenge, audio: FeatureSpace) -> Values:
    """1 / `course:match:withheld` divided by 2, its value without a match, + `course:distance:share`.

    Example: match 2, distance 0.1 as a share: 1 / 2 / 2 + 0.1 = 0.35.

    Returns:
        Values in [0, 2]; (n,) float64.
    """
    inverse = _inverse(match_withheld(evaluation)) / INVERSE_OF_NO_MATCH
    return inverse + distance_share(evaluation, challenge=challenge, audio=audio)


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Features of the continued and of the true playlists, (n, 12) each: scaled to 0-1, and in their own units."""

    continued: Values
    true: Values
    continued_units: Values
    true_units: Values


@lru_cache(maxsize=1)  # a dozen metrics of one evaluation share it
def sound_of(evaluation: Evaluation, challenge: Challenge, audio: FeatureSpace) -> Sound:
    """Features of the seeds with the first recommended tracks, and of the seeds with the withheld tracks."""
    listed = Ragged.from_lists(np.where(evaluation.opening, evaluation.tracks, NO_ID))
    continued, true = _joined(challenge.seeds, listed), _joined(challenge.seeds, evaluation.withheld)
    return Sound(audio.scaled(continued), audio.scaled(true), _in_units(audio, continued), _in_units(audio, true))


def _in_units(audio: FeatureSpace, rows: Ragged) -> Values:
    """The features of playlists unscaled, (n, 12); the training mean where a feature is unknown."""
    values = engineered(audio.tracks, rows)
    return np.where(np.isnan(values), audio.least + audio.span * audio.middle, values)


def _inverse(matched: Values) -> Values:
    return np.divide(1, matched, out=np.full_like(matched, INVERSE_OF_NO_MATCH), where=matched > 0)


def _joined(one: Ragged, other: Ragged) -> Ragged:
    """Concatenate the two rows of each playlist."""
    order = np.argsort(np.concatenate([one.row_ids, other.row_ids]), kind="stable")
    return Ragged.from_lengths(one.lengths + other.lengths, np.concatenate([one.values, other.values])[order])
