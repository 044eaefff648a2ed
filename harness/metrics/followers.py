"""How a continued playlist sounds beside the true one, and how many would follow it by how it sounds.

Everywhere below the continued playlist is the seeds and then T, the first |G| tracks of the list; the true one is
the seeds and then G. Both sound as `FeatureSpace` has it: twelve audio features, each in 0-1.

Source: a course project on the Million Playlist Dataset, whose features were not scaled, so that numbers of followers
outweighed all else; and which divided by zero where no track matched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from harness.data.engineered import FeatureSpace
from harness.errors import DataError
from harness.types import NO_ID, Ragged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.metrics.evaluation import Judged
    from harness.types import Playlists

    Values = NDArray[np.float64]

INVERSE_OF_NO_MATCH = 2.0
"""What 1 / match counts where no track matches: as much worse than one match as one is than infinitely many."""


@dataclass(frozen=True, slots=True, eq=False)
class Audience:
    """A linear regression from the features of playlists to their followers, beside the challenge's true numbers.

    Attributes:
        space: the features of the training set.
        weights: of the twelve features, (12,), and behind them the constant, (13,) float64.
        seeds: of the n playlists of the challenge.
        followers: their true numbers of followers, (n,) float64.
    """

    space: FeatureSpace
    weights: NDArray[np.float64]
    seeds: Ragged
    followers: NDArray[np.float64]

    @classmethod
    def of(cls, train: Playlists, seeds: Ragged, followers: NDArray[np.float64]) -> Self:
        """Least squares over the training playlists whose followers and features are known.

        Raises:
            DataError: the corpus has no audio features, or no numbers of followers.
        """
        from threadpoolctl import threadpool_limits

        space = FeatureSpace.of(train)
        told = train.info["num_followers"].cast(float).to_numpy()
        known = np.isfinite(told) & space.known(train.tracks)
        if not known.any():
            raise DataError("followers and audio features are known of no training playlist together")
        features = _with_constant(space.scaled(train.tracks)[known])
        with threadpool_limits(1):  # with several threads the last digits depend on their number
            weights = np.linalg.lstsq(features, told[known])[0]
        return cls(space, weights, seeds, followers)

    def predicted(self, features: NDArray[np.float64]) -> Values:
        """The followers of playlists with these scaled features, (n, 12); (n,), below 0 too."""
        predicted: Values = _with_constant(features) @ self.weights
        return predicted


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """The continued playlists beside the true ones, made once.

    Attributes:
        distance: Euclidean distance of their features, (n,) float64.
        largest_distance: the largest that any two playlists can have; a playlist without an answer has it.
        predicted: followers that the regression expects of the continued playlist, (n,); 0 without an answer.
        true: the true playlist's, (n,).
    """

    distance: Values
    largest_distance: float
    predicted: Values
    true: Values

    @classmethod
    def of(cls, judged: Judged, audience: Audience) -> Self:
        """Compare lists with what was withheld."""
        listed = Ragged.from_lists(np.where(judged.opening, judged.tracks, NO_ID))
        continued = audience.space.scaled(_joined(audience.seeds, listed))
        true = audience.space.scaled(_joined(audience.seeds, judged.withheld))
        largest = audience.space.largest_distance
        return cls(
            np.where(judged.answered, np.linalg.norm(continued - true, axis=1), largest),
            largest,
            np.where(judged.answered, audience.predicted(continued), 0.0),
            audience.followers,
        )


def match(judged: Judged) -> Values:
    """Tracks guessed: |T and G|, (n,)."""
    matched: Values = np.count_nonzero(judged.hits & judged.opening, axis=1).astype(np.float64)
    return matched


def distance(judged: Judged) -> Values:
    """Euclidean distance between the features of the continued and of the true playlist.

    Returns:
        Values in [0, sqrt(12)], (n,); less where the corpus lacks features.
    """
    return _followed(judged).distance


def distance_scaled(judged: Judged) -> Values:
    """The distance over the largest one possible, (n,) in [0, 1]."""
    followed = _followed(judged)
    return followed.distance / (followed.largest_distance or 1.0)


def numf(judged: Judged) -> Values:
    """Followers that the regression expects of the continued playlist, (n,)."""
    return _followed(judged).predicted


def diff(judged: Judged) -> Values:
    """|numf - the true number of followers|, (n,)."""
    followed = _followed(judged)
    return np.abs(followed.predicted - followed.true)


def diff_scaled(judged: Judged) -> Values:
    """The difference as a proportion, (n,) in [0, 1]: |p - t| / max(p, t), p = max(numf, 0) and t the true number."""
    followed = _followed(judged)
    predicted = np.maximum(followed.predicted, 0)
    larger = np.maximum(predicted, followed.true)
    return np.divide(np.abs(predicted - followed.true), larger, out=np.zeros_like(larger), where=larger > 0)


def metric(judged: Judged) -> Values:
    """1 / match + distance + diff, where 1 / 0 counts as 2, (n,)."""
    return metric2(judged) + diff(judged)


def metric2(judged: Judged) -> Values:
    """1 / match + distance, where 1 / 0 counts as 2, (n,)."""
    return _inverse_match(judged) + distance(judged)


def metric_scaled(judged: Judged) -> Values:
    """`metric2:scaled` + `diff:scaled`, (n,) in [0, 3]."""
    return metric2_scaled(judged) + diff_scaled(judged)


def metric2_scaled(judged: Judged) -> Values:
    """1 / match over 2, its value without a match, + `distance:scaled`, (n,) in [0, 2]."""
    return _inverse_match(judged) / INVERSE_OF_NO_MATCH + distance_scaled(judged)


def _inverse_match(judged: Judged) -> Values:
    matched = match(judged)
    return np.divide(1, matched, out=np.full_like(matched, INVERSE_OF_NO_MATCH), where=matched > 0)


def _followed(judged: Judged) -> Followed:
    if judged.followed is None:
        raise DataError("followers and audio features were not given to this scoring: pass `audience`")
    return judged.followed


def _with_constant(features: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([features, np.ones(len(features))])


def _joined(one: Ragged, other: Ragged) -> Ragged:
    """Each row of one with that of the other behind it."""
    order = np.argsort(np.concatenate([one.row_ids, other.row_ids]), kind="stable")
    return Ragged.from_lengths(one.lengths + other.lengths, np.concatenate([one.values, other.values])[order])
