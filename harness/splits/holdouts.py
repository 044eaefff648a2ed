"""Holdouts of a split: two local challenges, and the training set that they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import DataError
from harness.fingerprint import Fingerprint
from harness.identities import Holdout
from harness.notebook import Shown
from harness.ragged import read_only
from harness.types import Challenge, Split

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.identities import SplitParams
    from harness.ragged import Ragged
    from harness.types import Playlists

    TrainingRule = Callable[["Playlists", tuple["LocalChallenge", "LocalChallenge"]], "Playlists"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LocalChallenge(Shown):
    """Incomplete playlists cut from those of a corpus, n of them.

    Attributes:
        rows: rows in the corpus, (n,) int64.
        categories: 1 to 10, or 0 for any other kind, (n,) int64.
        seeds: the tracks that are shown, in playlist order.
        positions: position of each seed in its playlist, from 0, laid out as `seeds`.
        withheld: the distinct withheld tracks, in playlist order.
        untitled: whether the title is hidden, (n,) bool.
    """

    rows: NDArray[np.int64]
    categories: NDArray[np.int64]
    seeds: Ragged
    positions: Ragged
    withheld: Ragged
    untitled: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Check that rows agree; raises DataError."""
        for name, dtype in (("rows", np.int64), ("categories", np.int64), ("untitled", np.bool_)):
            object.__setattr__(self, name, read_only(getattr(self, name), dtype, 1, name))
        n = len(self.rows)
        for name in ("categories", "seeds", "positions", "withheld", "untitled"):
            if len(getattr(self, name)) != n:
                raise DataError(f"{name} has {len(getattr(self, name))} rows for {n} playlists")

    def facts(self) -> dict[str, Any]:
        """Numbers of playlists, seeds and withheld tracks, never the tracks."""
        return {
            "n_playlists": len(self.rows),
            "n_seeds": len(self.seeds.values),
            "n_withheld": len(self.withheld.values),
        }

    def challenge(self, playlists: Playlists) -> Challenge:
        """The challenge as a recommender sees it: without the withheld tracks."""
        import polars as pl

        shown = playlists.info[self.rows].select("pid", "name")
        info = shown.select(
            "pid",
            pl.when(pl.Series(self.untitled)).then(None).otherwise(pl.col("name")).alias("name"),
            pl.Series("num_holdouts", self.withheld.lengths),
            pl.Series("category", self.categories),
        )
        return Challenge(info, self.seeds, playlists.catalog)


def without_held_out(playlists: Playlists, both: tuple[LocalChallenge, LocalChallenge]) -> Playlists:
    """The corpus without the playlists of either holdout."""
    in_train = np.ones(len(playlists), np.bool_)
    for holdout in both:
        in_train[holdout.rows] = False
    return playlists.take(in_train)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Holdouts(Shown):
    """The two holdouts of one cut of a corpus.

    Attributes:
        split: registered name of the split.
        seed: seed of the split.
        params: resolved parameters of the split, e.g. the number of playlists in a category.
        validation: local challenge to choose hyper-parameters on.
        test: local challenge for the final comparison.
        omitted: category -> reason why the corpus cannot fill it.
        dropped: reason -> number of entries taken out of the withheld tracks.
        training: (corpus, both holdouts) -> the training set.
    """

    split: str
    seed: int
    params: SplitParams
    validation: LocalChallenge
    test: LocalChallenge
    omitted: dict[int, str]
    dropped: dict[str, int]
    training: TrainingRule = without_held_out

    def facts(self) -> dict[str, Any]:
        """Split, seed and the number of playlists in each holdout."""
        sizes = {"n_validation": len(self.validation.rows), "n_test": len(self.test.rows)}
        return {"split": self.split, "seed": self.seed} | sizes

    @property
    def both(self) -> tuple[LocalChallenge, LocalChallenge]:
        """Validation, then test."""
        return self.validation, self.test

    def of(self, holdout: Holdout) -> LocalChallenge:
        """The local challenge of this name."""
        return self.validation if holdout == Holdout.validation else self.test

    def train(self, playlists: Playlists) -> Playlists:
        """The training set of both holdouts."""
        return self.training(playlists, self.both)

    def split_of(self, playlists: Playlists, holdout: Holdout) -> Split:
        """Training set, challenge and withheld tracks of one holdout.

        Raises:
            DataError: a playlist of the challenge is in the training set with a track withheld from it.
        """
        chosen = self.of(holdout)
        return Split(self.train(playlists), chosen.challenge(playlists), chosen.withheld)

    def fingerprint(self, holdout: Holdout) -> str:
        """Fingerprint of one holdout and of the entries that both remove from the training set."""
        options = {**self.params, "seed": self.seed}
        digest = Fingerprint().texts([self.split, *(f"{key}={options[key]}" for key in sorted(options))])
        for local in (self.of(holdout), *self.both):
            digest.array(local.rows).array(local.categories)
            for ragged in (local.seeds, local.positions, local.withheld):
                digest.array(ragged.indptr).array(ragged.values)
        return str(digest)
