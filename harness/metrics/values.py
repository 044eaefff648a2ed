"""`MetricValues`: one value per playlist and metric, and its file."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.atomic import new_file
from harness.errors import DataError
from harness.fingerprint import Fingerprint
from harness.metrics.catalogue import in_order
from harness.metrics.evaluation import evaluate_lists
from harness.metrics.metric import MetricTraits
from harness.notebook import Tabular
from harness.ragged import read_only
from harness.system_errors import is_of_system

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from harness.metrics.metric import Metric
    from harness.ragged import Ids, Ragged
    from harness.types import Challenge

_MANIFEST = "harness.values"

_DECIMALS = 9
"""Decimals of a sum of shares, so that the shares of 3 lists, 1/3 each, add up to 1."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MetricValues(Tabular):
    """Values of metrics for each playlist of a challenge.

    Attributes:
        pids: the playlists' numbers, (n,) int64, at least one.
        categories: 1 to 10, or 0 for any other kind, (n,) int64.
        values: metric -> its value for each playlist, (n,) float64; NaN only outside the group of a metric whose
            aggregate is `group`.
        traits: metric -> its traits when it was computed, in the same order; tables need no plug-in to show it.
    """

    pids: NDArray[np.int64]
    categories: NDArray[np.int64]
    values: dict[str, NDArray[np.float64]]
    traits: dict[str, MetricTraits]

    def __post_init__(self) -> None:
        """Check that rows and names agree; raises DataError."""
        pids = read_only(self.pids, np.int64, 1, "pids")
        categories = read_only(self.categories, np.int64, 1, "categories")
        values = {name: read_only(column, np.float64, 1, name) for name, column in self.values.items()}
        if not len(pids):
            raise DataError("there is no playlist to measure")
        if list(values) != [traits.name for traits in self.traits.values()] or list(values) != list(self.traits):
            raise DataError("every metric needs its traits, in the same order")
        for name, column in (("categories", categories), *values.items()):
            in_group = name in self.traits and self.traits[name].aggregate == "group"
            if len(column) != len(pids) or (np.isnan(column).any() and not in_group):
                raise DataError(f"{name} must have one number for each of {len(pids)} playlists")
        object.__setattr__(self, "pids", pids)
        object.__setattr__(self, "categories", categories)
        object.__setattr__(self, "values", values)

    @property
    def definitions(self) -> dict[str, str]:
        """Metric -> name of its definition."""
        return {name: traits.definition for name, traits in self.traits.items()}

    def has(self, traits: MetricTraits) -> bool:
        """Whether a metric was measured under this definition, and by this source where it is a plug-in's."""
        own = self.traits.get(traits.name)
        return own is not None and own.full_definition == traits.full_definition

    def facts(self) -> dict[str, Any]:
        """Number of playlists, and the mean of each metric."""
        return {"n_playlists": len(self.pids)} | {name: self.overall(name) for name in self.values}

    def to_polars(self) -> pl.DataFrame:
        """One row per playlist: pid, category and the value of each metric."""
        import polars as pl

        return pl.DataFrame({"pid": self.pids, "category": self.categories, **self.values})

    def overall(self, name: str) -> float:
        """The plain mean of a metric over all playlists, or their sum where that is its aggregate.

        The mean is that of the group where the metric has one; NaN if no playlist is in it.

        The sum is exact before it is rounded, so neither order nor threads can change a digit.
        """
        return self._aggregate(name, self.values[name])

    def by_category(self, name: str) -> dict[int, float]:
        """Category -> mean or sum over its playlists, see `overall`; a category without any of a group is absent."""
        values, categories = self.values[name], self.categories[self.measured(name)]
        values = values[self.measured(name)]
        return {
            int(category): self._aggregate(name, values[categories == category]) for category in np.unique(categories)
        }

    def measured(self, name: str) -> NDArray[np.bool_]:
        """Whether a playlist has a value of this metric, (n,): all but those outside its group."""
        return ~np.isnan(self.values[name])

    def with_others(self, other: MetricValues) -> MetricValues:
        """These values and those of metrics that only the other has, if both have the same playlists."""
        if not np.array_equal(self.pids, other.pids):
            return self
        values, traits = other.values | self.values, other.traits | self.traits
        names = in_order(values)
        return MetricValues(
            self.pids,
            self.categories,
            {name: values[name] for name in names},
            {name: traits[name] for name in names},
        )

    def save(self, path: Path) -> None:
        """Write a Parquet file: one row per playlist, one column per metric, traits in its metadata.

        The table is made by polars, since pyarrow imports pandas for it where that is installed.
        """
        import polars as pl
        from pyarrow import parquet

        traits = [_as_in_file(one) for one in self.traits.values()]
        manifest = json.dumps({"traits": traits, "fingerprint": self._fingerprint()})
        table = pl.DataFrame({"pid": self.pids, "category": self.categories, **self.values}).to_arrow()
        with new_file(path) as partial:
            parquet.write_table(table.replace_schema_metadata({_MANIFEST: manifest}), partial, compression="zstd")

    @classmethod
    def load(cls, path: Path) -> MetricValues:
        """Read a file of `save`.

        pyarrow reports damage as an error, where polars panics and writes to stderr; but the numbers are converted by
        polars, since pyarrow's conversion imports pandas where it is installed.

        Raises:
            DataError: there is no such file, or it is damaged.
        """
        import msgspec
        import polars as pl
        import pyarrow as pa
        from pyarrow import parquet

        damaged = f"{path} is damaged: delete its folder and run again"
        try:
            table = parquet.ParquetFile(path).read()
            manifest = json.loads(table.schema.metadata[_MANIFEST.encode()])
            numbers = [column.name for column in table.schema if column.type in (pa.int64(), pa.float64())]
            columns = {name: pl.Series(table[name]).to_numpy() for name in numbers}
            traits = msgspec.convert(manifest["traits"], list[MetricTraits])
            loaded = cls(columns.pop("pid"), columns.pop("category"), columns, {one.name: one for one in traits})
            is_whole = loaded._fingerprint() == manifest["fingerprint"]
        except FileNotFoundError as error:
            raise DataError(f"no values {path}: delete its folder and run again") from error
        except Exception as error:  # pyarrow, polars and json raise many kinds on damaged bytes
            if is_of_system(error):
                raise
            raise DataError(damaged) from error
        if not is_whole:
            raise DataError(damaged)
        return loaded

    def _aggregate(self, name: str, values: NDArray[np.float64]) -> float:
        if self.traits[name].aggregate == "sum":
            return round(math.fsum(values), _DECIMALS)
        values = values[~np.isnan(values)]
        return math.fsum(values) / len(values) if len(values) else math.nan

    def _fingerprint(self) -> str:
        digest = Fingerprint().texts(json.dumps(_as_in_file(traits)) for traits in self.traits.values())
        for array in (self.pids, self.categories, *self.values.values()):
            digest.array(array)
        return str(digest)


def _as_in_file(traits: MetricTraits) -> dict[str, Any]:
    """The traits; without an empty source, which files of older versions lack and their fingerprints do not cover."""
    known = asdict(traits)
    if not traits.source:
        del known["source"]
    return known


def measure_lists(
    tracks: Ids,
    challenge: Challenge,
    withheld: Ragged,
    metrics: Iterable[Metric],
    data: Mapping[str, object] | None = None,
) -> MetricValues:
    """Compute metrics of lists; a playlist without an answer gets each metric's worst value.

    Args:
        tracks: (n, k) int32, best first, distinct, -1 where there is no track.
        challenge: the n playlists.
        withheld: withheld tracks of each, n rows.
        metrics: metrics with distinct names.
        data: data that the metrics need beyond the lists, by the names in `harness.metrics.needs`.

    Raises:
        DataError: a playlist has no withheld track, rows or ids do not agree, or data is missing.
        ContractError: a metric fails or does not return one number per playlist.
    """
    evaluation = evaluate_lists(tracks, challenge, withheld)
    chosen = tuple(metrics)
    return MetricValues(
        challenge.pids,
        challenge.categories,
        {metric.name: metric.values(evaluation, data) for metric in chosen},
        {metric.name: metric.traits for metric in chosen},
    )
