"""Correlation matrix of columns with missing values."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import polars as pl


@dataclass(frozen=True, slots=True)
class Correlations:
    """Pearson correlations.

    Attributes:
        names: the columns.
        matrix: row i, column j: correlation of columns i and j over the rows that have both; None if one of them
            is constant there or fewer than two rows have both.
    """

    names: list[str]
    matrix: list[list[float | None]]


def correlations_of(columns: pl.DataFrame) -> Correlations:
    """Compute the correlations of numeric columns; nulls and NaN are missing values."""
    names = columns.columns
    known = columns.lazy().select(pl.all().cast(pl.Float64).fill_nan(None))
    pairs = list(combinations_with_replacement(range(len(names)), 2))
    values = known.select(pl.corr(names[i], names[j]).alias(f"{i} {j}") for i, j in pairs).collect().row(0)
    found = {pair: value for pair, value in zip(pairs, values, strict=True) if value is not None and value == value}  # noqa: PLR0124
    positions = range(len(names))
    return Correlations(names, [[found.get((min(i, j), max(i, j))) for j in positions] for i in positions])
