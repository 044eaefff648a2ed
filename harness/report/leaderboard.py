"""Entries -> boards: runs of one corpus, one challenge and one set of definitions, ranked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.score.metrics import metric

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from harness.report.entry import Entry


@dataclass(frozen=True, slots=True)
class Row:
    """An entry and its place: `rank` is None where it was not scored; equal sums share the better rank."""

    entry: Entry
    rank: int | None
    points: float | None


@dataclass(frozen=True, slots=True)
class Board:
    """Runs that may be compared: same corpus, same challenge, same definitions.

    Attributes:
        data: the corpus's name.
        split: the challenge's label.
        split_fingerprint: of the challenge and of the answers it is judged by.
        definitions: metric -> definition, in the order of the columns; empty for runs without scores.
        rows: best first.
        n_playlists: playlists of the challenge, 0 for runs without scores.
    """

    data: str
    split: str
    split_fingerprint: str
    definitions: dict[str, str]
    rows: tuple[Row, ...]
    n_playlists: int


def boards(entries: Iterable[Entry]) -> list[Board]:
    """Group the entries into boards and rank each; data, challenges and definitions are never mixed."""
    groups: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        definitions = tuple(entry.scores.definitions.items()) if entry.scores else ()
        groups.setdefault((entry.data, entry.split, definitions), []).append(entry)
    return [_board(group) for _, group in sorted(groups.items(), key=lambda item: repr(item[0]))]


def borda(means: NDArray[np.float64], higher_is_better: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The Borda sum: for each metric a point for every run that is beaten, half a point for a tie.

    Args:
        means: (n_runs, n_metrics).
        higher_is_better: (n_metrics,).

    Returns:
        Points, (n_runs,). Source: the challenge's rules.
    """
    signed = np.where(higher_is_better, means, -means)
    beaten = (signed[:, None, :] > signed[None, :, :]).sum(axis=(1, 2))
    tied = (signed[:, None, :] == signed[None, :, :]).sum(axis=(1, 2)) - means.shape[1]
    return beaten + tied / 2


def _board(group: list[Entry]) -> Board:
    first = group[0]
    if first.scores is None:
        unscored = tuple(Row(entry, None, None) for entry in sorted(group, key=lambda each: each.run))
        return Board(first.data[0], *first.split, {}, unscored, 0)
    names = list(first.scores.values)
    means = np.array([[entry.scores.mean(name) for name in names] for entry in group if entry.scores])
    points = borda(means, np.array([metric(name).higher_is_better for name in names]))
    rows = [
        Row(entry, 1 + int((points > own).sum()), float(own))
        for entry, own in zip(group, points, strict=True)
    ]
    rows.sort(key=lambda row: (row.rank, row.entry.run))
    return Board(first.data[0], *first.split, first.scores.definitions, tuple(rows), len(first.scores.pids))
