"""Boards as Markdown, CSV and JSON: texts that other programs read whole."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

from harness.report.cells import caption, header_cells, row_cells
from harness.score.metrics import metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.leaderboard import Board, Row
    from harness.score.scoring import Scores

METRIC_COLUMNS = ("r_precision", "ndcg", "clicks")
"""Columns that a CSV always has, empty where a run was not scored by them; others follow."""

_SPECIAL = re.compile(r"[\\|`*\[\]~]")

ALL = "all"
"""The category column's value for the mean over the whole challenge."""


def as_json(boards: Sequence[Board], *, by_category: bool = False) -> str:
    """A list of objects, one a run: names, parameters, rank, every metric with its definition, costs."""
    return json.dumps([_object(row, by_category) for board in boards for row in board.rows], indent=2) + "\n"


def as_csv(boards: Sequence[Board], *, by_category: bool = False) -> str:
    """One line a run, or one a run and category; the definitions stand in columns of their own."""
    extra = sorted({name for board in boards for name in board.definitions} - set(METRIC_COLUMNS))
    metrics = [*METRIC_COLUMNS, *extra]
    head = ["run", "recommender", "data", "split", "rank", *metrics]
    head += [f"{name}_definition" for name in metrics]
    head += ["fit_seconds", "recommend_seconds", "peak_memory_bytes"]
    head += ["category"] if by_category else []
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    for board in boards:
        for row in board.rows:
            writer.writerows(_csv_lines(row, metrics, by_category))
    return out.getvalue()


def as_markdown(boards: Sequence[Board], *, by_category: bool = False) -> str:
    """A heading and a table a board, definitions below it."""
    parts = []
    for board in boards:
        header = header_cells(board)
        cells = [row_cells(board, row, by_category=by_category) for row in board.rows]
        title, note = caption(board)
        lines = [f"### {_escaped(title)}", "", _md_line(header), _md_line(["---"] * len(header))]
        lines += [_md_line(line) for each in cells for line in each]
        parts.append("\n".join([*lines, "", note, ""]))
    return "\n".join(parts)


def _object(row: Row, by_category: bool) -> dict[str, Any]:
    entry = row.entry
    result: dict[str, Any] = {
        "run": entry.run,
        "recommender": entry.recommender,
        "params": entry.params,
        "data": entry.data[0],
        "data_fingerprint": entry.data[1],
        "split": entry.split[0],
        "split_fingerprint": entry.split[1],
        "rank": row.rank,
        "points": row.points,
    }
    result |= dict.fromkeys(METRIC_COLUMNS)
    if entry.scores:
        result |= {name: _measured(entry.scores, name, by_category) for name in entry.scores.values}
    costs = ("fit_seconds", "recommend_seconds", "peak_memory_bytes")
    return result | {name: getattr(entry, name) for name in costs}


def _measured(scores: Scores, name: str, by_category: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "mean": scores.mean(name),
        "definition": scores.definitions[name],
        "higher_is_better": metric(name).higher_is_better,
    }
    if by_category:
        result["by_category"] = {str(key): value for key, value in scores.by_category(name).items()}
    return result


def _csv_lines(row: Row, metrics: list[str], by_category: bool) -> list[list[object]]:
    entry, scores = row.entry, row.entry.scores
    definitions = scores.definitions if scores else {}
    front = [entry.run, entry.recommender, entry.data[0], entry.split[0], row.rank]
    back: list[object] = [definitions.get(name) for name in metrics]
    back += [entry.fit_seconds, entry.recommend_seconds, entry.peak_memory_bytes]

    def means(category: int | None) -> list[object]:
        if scores is None:
            return [None] * len(metrics)
        known = {
            name: scores.mean(name) if category is None else scores.by_category(name)[category]
            for name in scores.values
        }
        return [known.get(name) for name in metrics]

    lines = [[*front, *means(None), *back, *([ALL] if by_category else [])]]
    if by_category and scores is not None:
        lines += [[*front, *means(each), *back, each] for each in sorted(set(scores.categories.tolist()))]
    return lines


def _md_line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_escaped(cell) for cell in cells)} |"


def _escaped(text: str) -> str:
    """The text as it reads, on one line: nothing in it ends a cell, begins HTML, a link or emphasis."""
    return " ".join(_SPECIAL.sub(r"\\\g<0>", text).replace("&", "&amp;").replace("<", "&lt;").splitlines())
