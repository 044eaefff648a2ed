"""What a second stage needs of the first, and what it asks the first stage's members again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

import harness

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from harness import Candidates, Challenge, Playlists, Ragged, Split

    Floats = NDArray[np.float32]

LAST = 3
"""Seeds that stand for the end of a playlist."""


@runtime_checkable
class FirstStage(Protocol):
    """A recommender that can propose candidates, as `blend` does."""

    aliases_: list[str]

    def learn_on(self, folds: Sequence[Split]) -> None:
        """Learn from inner draws what its members weigh; they are left fitted on the last inner training set."""

    def fit_again(self, train: Playlists, challenge: Challenge) -> None:
        """Fit the members, and leave their weights as they are."""

    def refuse_seen(self, challenge: Challenge) -> None:
        """Raise ContractError if it was fitted on any of these playlists."""

    def candidates(self, challenge: Challenge, k: int) -> Candidates:
        """The k best tracks, and what each member says of them."""

    def score_by(self, alias: str, challenge: Challenge, candidates: Ragged) -> Floats:
        """One member's scores, (total,); NaN where it scores no given candidates."""

    def save(self, folder: Path) -> None:
        """Keep it."""

    def load(self, folder: Path) -> None:
        """Read it back."""


def asked_again(
    first: FirstStage, members: Sequence[str], challenge: Challenge, tracks: NDArray[np.int32], *, ordered: bool
) -> dict[str, Floats]:
    """What members say of the candidates to the title alone and to the last seeds alone, (n, c) each.

    Args:
        first: the first stage.
        members: aliases; those it does not have are passed over.
        challenge: n playlists.
        tracks: their candidates, (n, c), -1 where there is none.
        ordered: whether the order of seeds means something: there are last seeds only then.
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
    found: dict[str, Floats] = {}
    for alias in [each for each in members if each in first.aliases_]:
        for name in shapes if ordered else ["to_title"]:
            shape = shapes[name]
            values = np.full(tracks.shape, np.nan, np.float32)
            if len(shape.seeds.values) or any(shape.names):
                values[held] = first.score_by(alias, shape, candidates)
            found[f"{alias}_{name}"] = values
    return found
