"""What stands in a board's cells and around them, for people: the same on a terminal, on paper and on a page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.rules import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.metrics.metric import MetricTraits
    from harness.metrics.values import MetricValues
    from harness.report.leaderboard import Board, Row
    from harness.report.uncertainty import SeedSpread

LEFT = ("run", "params", "tie")
"""The columns that begin at the left; numbers end at the right."""

_UNKNOWN = "-"
_INDENT = "\N{NO-BREAK SPACE}" * 2
MIB = 1024**2


def header_cells(board: Board) -> list[str]:
    """The names of the columns; a board of usual length fits a screen of a hundred characters."""
    params = ["params"] if _varied(board) else []
    metrics = [traits.title for traits in board.metrics.values()]
    return ["rank", "tie", "run", *params, *metrics, "fit s", "rec. s", "MB"]


def body_cells(board: Board, *, by_category: bool = False, best: bool = False) -> list[list[list[str]]]:
    """The lines of each run: one, and with `by_category` one more for each category, named in the run's column.

    Args:
        board: the runs.
        by_category: whether each category has its line.
        best: star the means that are significantly better than every other run's.
    """
    varied = _varied(board)
    return [_row_cells(board, row, varied, by_category=by_category, best=best) for row in board.rows]


def _row_cells(
    board: Board, row: Row, varied: Mapping[str, list[str]], *, by_category: bool, best: bool
) -> list[list[str]]:
    entry, standing = row.entry, row.standing
    names = varied.get(entry.recommender, [])
    told = " ".join(f"{name}={json.dumps(entry.params.get(name))}" for name in names)
    params = [told] if varied else []
    costs = [
        _seconds(entry.fit_seconds),
        _seconds(entry.recommend_seconds),
        _megabytes(entry.peak_memory_bytes),
    ]
    if entry.metric_values is None or standing is None:
        return [[_UNKNOWN, _UNKNOWN, entry.run, *params, *costs]]
    values = entry.metric_values
    shown = {name: traits for name, traits in board.metrics.items() if same_definition(values, traits)}
    overall = [
        _measured(shown[name], values.overall(name), standing.intervals)
        + ("*" if best and name in standing.best else "")
        if name in shown
        else _UNKNOWN
        for name in board.metrics
    ]
    group = _UNKNOWN if row.rank is None else group_letter(standing.group)
    lines = [[_rank(row), group, entry.run, *params, *overall, *costs]]
    of_category = {name: values.by_category(name) for name in shown} if by_category else {}
    for category, intervals in standing.by_category.items() if by_category else ():
        cells = [
            _measured(shown[name], of_category[name][category], intervals) if name in shown else _UNKNOWN
            for name in board.metrics
        ]
        label = f"{_INDENT}{category_label(category)}"
        lines.append(["", "", label, *("" for _ in params), *cells, "", "", ""])
    return lines


def group_letter(group: int) -> str:
    """A, B, …, Z, AA: the name of a tie group, numbered from 1."""
    letters = ""
    while group:
        group, last = divmod(group - 1, 26)
        letters = chr(ord("A") + last) + letters
    return letters


def caption(board: Board) -> tuple[str, list[str]]:
    """What stands above a board, and the lines below it."""
    known = board.certainty
    if known is None:
        return f"{board.data}, {board.split}: not scored", ["no answers are known for this challenge"]
    definitions = [f"{traits.family}: {traits.definition}" for traits in board.metrics.values()]
    first = f"definitions: {', '.join(definitions)}"
    if len(board.ranked_by) < len(board.metrics):
        first += f"; ranked by {', '.join(board.ranked_by)}" if board.ranked_by else "; informative, not ranked"
    notes = [first]
    if known.smallest:
        seen = ", ".join(
            f"{board.metrics[name].shown(each)} {board.metrics[name].title}" for name, each in known.smallest.items()
        )
        notes += [
            "(…): 95 % intervals; one letter: not significantly different from the letter's first run",
            f"{board.n_playlists} playlists show a difference of {seen} four times in five",
        ]
    if not known.resolvable:
        notes.append("so many runs need more draws than were made: no pair of them can be told apart; rank fewer")
    notes += [_seed_line(each, board) for each in known.seeds]
    return f"{board.data}, {board.split}, {board.n_playlists} playlists", notes


def same_definition(values: MetricValues | None, traits: MetricTraits) -> bool:
    """Whether a metric was measured under this very definition: a column never mixes two."""
    return values is not None and values.definitions.get(traits.name) == traits.definition


def category_label(number: int) -> str:
    """`3 first 5`: a category's number and what its playlists show."""
    return next((f"{each.number} {each.label}" for each in CATEGORIES if each.number == number), "other")


def _varied(board: Board) -> dict[str, list[str]]:
    """Recommender -> the parameters in which its runs on this board differ."""
    varied: dict[str, list[str]] = {}
    for recommender in {row.entry.recommender for row in board.rows}:
        runs = [row.entry.params for row in board.rows if row.entry.recommender == recommender]
        names = sorted({name for params in runs for name in params})
        differing = [name for name in names if len({json.dumps(params.get(name)) for params in runs}) > 1]
        if differing:
            varied[recommender] = differing
    return varied


def _rank(row: Row) -> str:
    if row.standing is None or row.rank is None:
        return _UNKNOWN
    low, high = row.standing.ranks
    return str(row.rank) if low == high == row.rank else f"{row.rank} ({low}-{high})"


def _measured(traits: MetricTraits, value: float, intervals: Mapping[str, tuple[float, float]]) -> str:
    if traits.name not in intervals:  # a measure of all lists together
        return traits.shown(value)
    low, high = (traits.shown(each).removeprefix("0") for each in intervals[traits.name])
    return f"{traits.shown(value)} ({low}-{high})"


def _seed_line(spread: SeedSpread, board: Board) -> str:
    def part(traits: MetricTraits, mean: float, of_playlists: float, of_seeds: float) -> str:
        return (
            f"{traits.title} {traits.shown(mean)}, standard error {traits.shown(of_playlists)} from playlists, "
            f"standard deviation {traits.shown(of_seeds)} from seeds"
        )

    parts = ", ".join(part(board.metrics[name], *each) for name, each in spread.by_metric.items())
    return f"{spread.run} under {spread.n_seeds} seeds: {parts}"


def _seconds(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.1f}"


def _megabytes(value: int | None) -> str:
    return _UNKNOWN if value is None else f"{value / MIB:.0f}"
