"""What stands in a board's cells, for people: the same in the terminal and in Markdown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.rules import CATEGORIES
from harness.score.metrics import metric

if TYPE_CHECKING:
    from harness.report.leaderboard import Board, Row
    from harness.score.scoring import Scores

_UNKNOWN = "-"
_INDENT = "\N{NO-BREAK SPACE}" * 2
_MIB = 1024**2
_TITLES = {"r_precision": "R-precision", "ndcg": "NDCG", "hit": "Hit"}


def header_cells(board: Board) -> list[str]:
    """The names of the columns; narrow enough for a board of eighty characters."""
    params = ["params"] if _varied(board) else []
    metrics = [_title(name) for name in board.definitions]
    return ["rank", "run", *params, *metrics, "fit s", "rec. s", "MB"]


def row_cells(board: Board, row: Row, *, by_category: bool) -> list[list[str]]:
    """The lines of one run: one, and with `by_category` one more for each category, named in the run's column."""
    entry, scores = row.entry, row.entry.scores
    params = [_params(board, row)] if _varied(board) else []
    costs = [
        _seconds(entry.fit_seconds),
        _seconds(entry.recommend_seconds),
        _megabytes(entry.peak_memory_bytes),
    ]
    rank = _UNKNOWN if row.rank is None else str(row.rank)
    means = [_mean(scores, name, None) for name in board.definitions] if scores else []
    lines = [[rank, entry.run, *params, *means, *costs]]
    if by_category and scores:
        for category in sorted(set(scores.categories.tolist())):
            values = [_mean(scores, name, category) for name in board.definitions]
            lines.append(["", f"{_INDENT}{category_label(category)}", *("" for _ in params), *values, "", "", ""])
    return lines


def caption(board: Board) -> tuple[str, str]:
    """What stands above and below a board."""
    if not board.definitions:
        return f"{board.data}, {board.split}: not scored", "no answers are known for this challenge"
    definitions = [f"{metric(name).family}: {how}" for name, how in board.definitions.items()]
    note = f"definitions: {', '.join(definitions)}"
    if len(board.ranked_by) < len(board.definitions):
        note += f"; ranked by {', '.join(board.ranked_by)}"
    return f"{board.data}, {board.split}, {board.n_playlists} playlists", note


def category_label(number: int) -> str:
    """`3 first 5`: a category's number and what its playlists show."""
    return next((f"{each.number} {each.label}" for each in CATEGORIES if each.number == number), "other")


def _title(name: str) -> str:
    measure, at, k = name.partition("@")
    return f"{_TITLES.get(measure, measure)}{at}{k}"


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


def _params(board: Board, row: Row) -> str:
    names = _varied(board).get(row.entry.recommender, [])
    return " ".join(f"{name}={json.dumps(row.entry.params.get(name))}" for name in names)


def _mean(scores: Scores, name: str, category: int | None) -> str:
    if name not in scores.values:
        return _UNKNOWN
    value = scores.mean(name) if category is None else scores.by_category(name)[category]
    return f"{value:.3f}" if metric(name).family == "clicks" else f"{value:.4f}"


def _seconds(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.1f}"


def _megabytes(value: int | None) -> str:
    return _UNKNOWN if value is None else f"{value / _MIB:.0f}"
