"""Lists -> scores: a value a playlist and metric, kept as one file."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.atomic import new_file
from harness.errors import DataError
from harness.fingerprint import Fingerprint
from harness.metrics.evaluation import judge
from harness.types import read_only

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.metrics.catalogue import Metric
    from harness.metrics.followers import Audience
    from harness.types import Challenge, Ids, Ragged

_MANIFEST = "harness.scores"


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What lists are worth, playlist by playlist.

    Attributes:
        pids: the playlists' numbers, (n,) int64, at least one.
        categories: 1 to 10, or 0 for any other kind, (n,) int64.
        values: metric -> its value for each playlist, (n,) float64, free of NaN.
        definitions: metric -> the definition behind its values, in the same order.
    """

    pids: NDArray[np.int64]
    categories: NDArray[np.int64]
    values: dict[str, NDArray[np.float64]]
    definitions: dict[str, str]

    def __post_init__(self) -> None:
        """Check that rows and names agree; raises DataError."""
        pids = read_only(self.pids, np.int64, 1, "pids")
        categories = read_only(self.categories, np.int64, 1, "categories")
        values = {name: read_only(each, np.float64, 1, name) for name, each in self.values.items()}
        if not len(pids):
            raise DataError("there is no playlist to score")
        if list(values) != list(self.definitions):
            raise DataError("every metric needs its definition, in the same order")
        for name, each in (("categories", categories), *values.items()):
            if len(each) != len(pids) or np.isnan(each).any():
                raise DataError(f"{name} must have one number for each of {len(pids)} playlists")
        object.__setattr__(self, "pids", pids)
        object.__setattr__(self, "categories", categories)
        object.__setattr__(self, "values", values)

    def mean(self, name: str) -> float:
        """The plain mean of a metric over all playlists.

        The sum is exact before it is rounded, so neither order nor threads can change a digit.
        """
        return _mean(self.values[name])

    def by_category(self, name: str) -> dict[int, float]:
        """The mean of a metric over the playlists of each category, by the category's number."""
        values = self.values[name]
        return {int(each): _mean(values[self.categories == each]) for each in np.unique(self.categories)}

    def save(self, path: Path) -> None:
        """Write a Parquet file, a row a playlist and a column a metric; definitions lie in its metadata."""
        import pyarrow as pa
        from pyarrow import parquet

        manifest = json.dumps({"definitions": self.definitions, "fingerprint": self._fingerprint()})
        table = pa.table({"pid": self.pids, "category": self.categories, **self.values})
        with new_file(path) as partial:
            parquet.write_table(table.replace_schema_metadata({_MANIFEST: manifest}), partial, compression="zstd")

    @classmethod
    def load(cls, path: Path) -> Scores:
        """Read what `save` wrote.

        pyarrow answers damage with an error, where polars panics and writes to stderr; but numbers come by way of
        polars, since pyarrow's own way imports pandas, where it is installed.

        Raises:
            DataError: there is no such file, or it is damaged.
        """
        import polars as pl
        import pyarrow as pa
        from pyarrow import parquet

        damaged = f"{path} is damaged: delete its folder and run again"
        try:
            table = parquet.ParquetFile(path).read()
            manifest = json.loads(table.schema.metadata[_MANIFEST.encode()])
            columns = {name: pl.Series(table[name]).to_numpy() for name in table.column_names}
            scores = cls(columns.pop("pid"), columns.pop("category"), columns, manifest["definitions"])
        except FileNotFoundError as error:
            raise DataError(f"no scores {path}: delete its folder and run again") from error
        except (pa.ArrowException, DataError, OSError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise DataError(damaged) from error
        if scores._fingerprint() != manifest.get("fingerprint"):
            raise DataError(damaged)
        return scores

    def _fingerprint(self) -> str:
        digest = Fingerprint().texts(text for pair in self.definitions.items() for text in pair)
        for array in (self.pids, self.categories, *self.values.values()):
            digest.array(array)
        return str(digest)


def score(
    tracks: Ids,
    challenge: Challenge,
    withheld: Ragged,
    metrics: Iterable[Metric],
    audience: Audience | None = None,
) -> Scores:
    """What each list is worth; a playlist without an answer gets each metric's worst value.

    Args:
        tracks: (n, k) int32, best first, distinct, -1 where there is no track.
        challenge: the n playlists.
        withheld: what was withheld from each, n rows.
        metrics: what is measured, each name once.
        audience: what metrics of followers need.

    Raises:
        DataError: a playlist has no withheld track, or rows or ids do not agree.
    """
    judged = judge(tracks, challenge, withheld, audience)
    chosen = tuple(metrics)
    return Scores(
        challenge.pids,
        challenge.categories,
        {each.name: each.values(judged) for each in chosen},
        {each.name: each.definition for each in chosen},
    )


def _mean(values: NDArray[np.float64]) -> float:
    return math.fsum(values) / len(values)
