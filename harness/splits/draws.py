"""Draws of incomplete playlists from a corpus, and the Split that each of them makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import DataError
from harness.fingerprint import Fingerprint
from harness.rules import CATEGORIES
from harness.types import Challenge, Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Playlists, Ragged


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """Incomplete playlists taken from a corpus.

    Attributes:
        rows: their rows in the corpus, (n,).
        categories: (n,), 1 to 10 or 0.
        seeds: what is shown, in playlist order.
        positions: where each seed stood in its playlist, laid out as `seeds`.
        withheld: what must be found, distinct, in playlist order.
    """

    rows: NDArray[np.int64]
    categories: NDArray[np.int64]
    seeds: Ragged
    positions: Ragged
    withheld: Ragged


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Disjoint draws from one corpus that share one training set: the corpus without any of them.

    Other kinds train on something else, or hide titles: they are classes of their own.

    Attributes:
        kind: how they were drawn, e.g. `challenge`.
        options: what they were drawn with: seed, playlists a category, ...
        draws: the first to choose parameters, the second to judge.
        omitted: category -> why the corpus cannot fill it.
        dropped: what was taken out of the withheld tracks, reason -> number of entries.
    """

    kind: str
    options: dict[str, int | bool]
    draws: tuple[Draw, ...]
    omitted: dict[int, str]
    dropped: dict[str, int]

    def fingerprint(self, draw: int) -> str:
        """The fingerprint of one draw (1 or 2), training set included: equal contents, equal fingerprints."""
        digest = Fingerprint().texts([self.kind, *(f"{key}={self.options[key]}" for key in sorted(self.options))])
        for each in (self.draws[draw - 1], *self.draws):
            digest.array(each.rows.astype(np.int64)).array(each.categories.astype(np.int64))
            for ragged in (each.seeds, each.positions, each.withheld):
                digest.array(ragged.indptr).array(ragged.values)
        return str(digest)

    def split(self, playlists: Playlists, draw: int) -> Split:
        """The training set with one of the draws (1 or 2) as the challenge.

        Raises:
            DataError: there is no such draw.
        """
        if not 1 <= draw <= len(self.draws):
            raise DataError(f"there is no draw {draw}: the split has draws 1 to {len(self.draws)}")
        chosen = self.draws[draw - 1]
        return Split(self.train(playlists), _challenge(playlists, chosen, self.hides_title(chosen)), chosen.withheld)

    def train(self, playlists: Playlists) -> Playlists:
        """What recommenders learn from."""
        in_train = np.ones(len(playlists), np.bool_)
        for each in self.draws:
            in_train[each.rows] = False
        return playlists.take(in_train)

    def hides_title(self, draw: Draw) -> NDArray[np.bool_]:
        """Whether each playlist's title is kept from recommenders, (n,)."""
        return np.isin(draw.categories, [category.number for category in CATEGORIES if not category.titled])


def _challenge(playlists: Playlists, draw: Draw, hidden: NDArray[np.bool_]) -> Challenge:
    import polars as pl

    shown = playlists.info[draw.rows].select("pid", "name")
    info = shown.select(
        "pid",
        pl.when(pl.Series(hidden)).then(None).otherwise(pl.col("name")).alias("name"),
        pl.Series("num_holdouts", draw.withheld.lengths),
        pl.Series("category", draw.categories),
    )
    return Challenge(info, draw.seeds, playlists.catalog)
