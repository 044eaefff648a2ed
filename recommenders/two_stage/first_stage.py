"""Interface of a first stage, and scores of its members for parts of a playlist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Challenge, Playlists, Ragged, Split
    from harness.kit import Candidates

    Floats = NDArray[np.float32]

LAST = 3
"""Number of last seeds."""


@runtime_checkable
class FirstStage(Protocol):
    """A recommender that can propose candidates, as `blend` does."""

    aliases_: list[str]

    def begin(self, train: Playlists) -> None:
        """Adapt to a training set, before inner playlists are taken from it."""

    def learn_on(self, folds: Sequence[Split]) -> None:
        """Train on inner draws; its members stay fitted on the last inner training set."""

    def preparations_on(
        self, folds: Sequence[Split], train: Playlists, challenge: Challenge, *, refit: bool
    ) -> dict[str, Callable[[], object]]:
        """Independent parts of `learn_on`, and of `fit_again` on the whole training set if `refit`."""

    def fit_again(self, train: Playlists, challenge: Challenge) -> None:
        """Fit the members; their weights are unchanged."""

    def refuse_seen(self, challenge: Challenge) -> None:
        """Raise ContractError if it was fitted on any of these playlists."""

    def candidates(self, challenge: Challenge, k: int) -> Candidates:
        """The k highest-scoring tracks, with the terms of each member."""

    def score_by(self, alias: str, challenge: Challenge, candidates: Ragged) -> Floats:
        """Scores of the candidates by one member, (total,); NaN if it does not implement `score`."""

    def item_weights(self) -> csr_array | None:
        """Weights between tracks of a member that is an item model, row: seed, column: track; None without one."""

    def save(self, folder: Path) -> None:
        """Save it."""

    def load(self, folder: Path) -> None:
        """Load it."""


def repeated_scores(
    first: FirstStage, members: Sequence[str], challenge: Challenge, tracks: NDArray[np.int32], *, ordered: bool
) -> dict[str, Floats]:
    """Scores of the candidates by members for the title alone and for the last seeds alone, (n, c) each.

    Args:
        first: the first stage.
        members: aliases; unknown ones are ignored.
        challenge: n playlists.
        tracks: their candidates, (n, c), -1 where there is none.
        ordered: whether the order of seeds is informative; only then are there last seeds.
    """
    import polars as pl

    held = tracks >= 0
    candidates = harness.Ragged.from_lists(tracks)
    untitled = challenge.info.with_columns(name=pl.lit(None, pl.String))
    to_end = np.repeat(challenge.seeds.lengths, challenge.seeds.lengths) - challenge.seeds.places
    shapes = {
        "to_title": harness.Challenge(challenge.info, harness.Ragged.empty(len(challenge)), challenge.catalog),
        "to_last": harness.Challenge(untitled, challenge.seeds.keep(to_end <= LAST), challenge.catalog),
    }
    scores: dict[str, Floats] = {}
    for alias in [member for member in members if member in first.aliases_]:
        for name in shapes if ordered else ["to_title"]:
            shape = shapes[name]
            values = np.full(tracks.shape, np.nan, np.float32)
            if len(shape.seeds.values) or any(shape.names):
                values[held] = first.score_by(alias, shape, candidates)
            scores[f"{alias}_{name}"] = values
    return scores
