"""Interfaces of a recommender: the one that each has, and optional ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from harness.ragged import Ragged
    from harness.types import Challenge, Playlists, Ranked


@runtime_checkable
class Recommender(Protocol):
    """Interface of a recommender; a dataclass whose fields are its hyper-parameters.

    Its decorator declares its traits: see `harness.registry.RecommenderTraits`.
    """

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Learn from the training set; the challenge is public, so its seeds and titles may be used."""

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """At most k tracks per playlist, best first: distinct, no seeds, ids below `train.catalog.n_tracks`."""


@runtime_checkable
class ScoresCandidates(Protocol):
    """Optional: a recommender that can score given tracks."""

    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """Scores of the candidates, (total,), equal to those of `recommend`."""


@runtime_checkable
class Persistent(Protocol):
    """Optional: a recommender whose fitted state can be saved as arrays and text, never as pickles.

    A recommender with components is saved only if every component is persistent as well.
    """

    def save(self, folder: Path) -> None:
        """Save the fitted state in the folder."""

    def load(self, folder: Path) -> None:
        """Load the fitted state; the lists are then the same."""


@runtime_checkable
class Divisible(Protocol):
    """Optional: a recommender whose `fit` has parts that several processes can make before it.

    `fit` gives the same model whether they were made before or not.
    """

    def preparations(self, train: Playlists, challenge: Challenge) -> Sequence[Mapping[str, Callable[[], object]]]:
        """Parts of `fit` by name, in stages; the parts of one stage are independent, and need those of earlier stages.

        Each stores its result by `harness.kit.part`, where `fit` finds it. A name consists of letters, digits, - and _,
        and is distinct among all stages.
        """


class Keepable(Recommender, Persistent, Protocol):
    """A recommender that can be fitted, saved and loaded."""


@runtime_checkable
class HasTrackVectors(Protocol):
    """Optional: a factor model, in which similar tracks have vectors with a high cosine."""

    def track_vectors(self) -> NDArray[np.float32]:
        """Vectors of the tracks, (n_tracks, n_factors); 0 for a track without one."""


@runtime_checkable
class HasSummary(Protocol):
    """Optional: a recommender whose fitted model has a summary for readers, e.g. the weights of a blend."""

    @property
    def summary(self) -> dict[str, Any]:
        """Summary of the fitted model, as JSON; a run's record keeps it."""


@runtime_checkable
class HasTraining(Protocol):
    """Optional: a recommender that trains a network has its layers and learning curves."""

    @property
    def training(self) -> dict[str, Any]:
        """Content of `Training` as JSON; a run's record keeps it.

        `layers`: name -> shape; `epochs`: for each, `loss`, `accuracy`, `held_out_loss` and `held_out_accuracy`, where
        all but the first may be absent; `best_epoch`: number of the epoch whose parameters are used, from 1.
        """
