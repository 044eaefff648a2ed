"""Titles and modification dates of a corpus: frequent titles, groups of playlists with one title, months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from harness.kit.titles import normalise

if TYPE_CHECKING:
    from harness.types import Playlists

LEAST_GROUP = 100
"""Least number of playlists in a group of one title; the `stratified` split divides such a group by followers."""

_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799
"""Seconds of the years 1 to 9999; other numbers are no dates."""


@dataclass(frozen=True, slots=True)
class TitleGroup:
    """Playlists with one normalised title.

    Attributes:
        title: the normalised title.
        n_playlists: number of playlists with it.
        median_followers, most_followers: over those whose followers are known; None if no number is known.
    """

    title: str
    n_playlists: int
    median_followers: float | None
    most_followers: int | None


@dataclass(frozen=True, slots=True)
class Titles:
    """Titles of a corpus.

    Attributes:
        n_distinct: number of distinct titles that are not empty.
        n_normalised: number of distinct normalised titles.
        top: normalised title and number of playlists, the most frequent first.
        groups: titles of at least `LEAST_GROUP` playlists, the most frequent first.
    """

    n_distinct: int
    n_normalised: int
    top: list[tuple[str, int]]
    groups: list[TitleGroup]


def titles_of(playlists: Playlists, n_top: int) -> Titles:
    """Count the titles of a corpus; equally frequent titles are in order of their first playlist."""
    followers = pl.lit(None, pl.Int64)
    if "num_followers" in playlists.info.columns:
        followers = pl.col("num_followers")
    titled = playlists.info.select("name", followers=followers).filter(pl.col("name").fill_null("") != "")
    names = titled["name"].unique()
    keys = pl.DataFrame({"name": names, "title": pl.Series([normalise(name) for name in names], dtype=pl.String)})
    counted = (
        titled.join(keys, on="name", how="left", maintain_order="left")
        .group_by("title", maintain_order=True)
        .agg(pl.len().alias("n"), pl.col("followers").median().alias("median"), pl.col("followers").max().alias("most"))
        .sort("n", descending=True, maintain_order=True)
    )
    groups = counted.filter((pl.col("n") >= LEAST_GROUP) & (pl.col("title") != ""))
    return Titles(
        len(names),
        counted.height,
        counted.select("title", "n").head(n_top).rows(),
        [TitleGroup(*row) for row in groups.rows()],
    )


def months_of(playlists: Playlists) -> dict[str, int]:
    """Number of playlists that were last modified in each month, as `2017-10`, ascending; months without any absent."""
    if "modified_at" not in playlists.info.columns:
        return {}
    seconds = pl.col("modified_at")
    dated = playlists.info.filter(seconds.is_between(_FIRST_SECOND, _LAST_SECOND))
    months = dated.select(month=pl.from_epoch(seconds, time_unit="s").dt.strftime("%Y-%m"))
    return dict(months.group_by("month").len().sort("month").rows())
