"""Boards as Markdown, LaTeX, CSV and JSON: texts that other programs read whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from harness.printable import printable
from harness.report.cells import LEFT, body_cells, caption, header_cells
from harness.report.exchange import csv_text, json_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.report.leaderboard import Board, Row

METRIC_COLUMNS = ("r_precision", "ndcg", "clicks")
"""Columns that a CSV always has, empty where a run was not scored by them; others follow."""

_SPECIAL = re.compile(r"[\\|`*\[\]~]")

_LATEX = {each: f"\\{each}" for each in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "\N{NO-BREAK SPACE}": "~",
    "\N{HORIZONTAL ELLIPSIS}": r"\ldots{}",
}
_LATEX_SPECIAL = re.compile("|".join(re.escape(each) for each in _LATEX))

ALL = "all"
"""The category column's value for the mean over the whole challenge."""


def as_json(boards: Sequence[Board], *, by_category: bool = False) -> str:
    """A list of objects, one a run: names, parameters, rank, every metric with its definition, costs."""
    rows = [_object(board, row, by_category) for board in boards for row in board.rows]
    return json_text(rows)


def as_csv(boards: Sequence[Board], *, by_category: bool = False) -> str:
    """One line a run, or one a run and category; the definitions stand in columns of their own."""
    extra = sorted({name for board in boards for name in board.definitions} - set(METRIC_COLUMNS))
    metrics = [*METRIC_COLUMNS, *extra]
    head = ["run", "recommender", "data", "split", "rank", *metrics]
    head += [f"{name}_definition" for name in metrics]
    head += ["fit_seconds", "recommend_seconds", "peak_memory_bytes"]
    head += ["rank_low", "rank_high", "probability_first", "tie_group"]
    head += [f"{name}_{end}" for name in metrics for end in ("low", "high")]
    head += ["category"] if by_category else []
    rows = (line for board in boards for row in board.rows for line in _csv_lines(row, metrics, by_category))
    return csv_text(head, rows)


def as_markdown(boards: Sequence[Board], *, by_category: bool = False, best: bool = False) -> str:
    """A heading and a table a board, what it means below it; with `best`, what is significantly best is starred."""
    parts = []
    for board in boards:
        header = header_cells(board)
        cells = body_cells(board, by_category=by_category, best=best)
        title, notes = caption(board)
        lines = [f"### {_escaped(title)}", "", _md_line(header), _md_line(["---"] * len(header))]
        lines += [_md_line(line) for each in cells for line in each]
        parts.append("\n".join([*lines, "", *(f"{_escaped(note)}  " for note in notes[:-1]), _escaped(notes[-1]), ""]))
    return "\n".join(parts)


def as_latex(boards: Sequence[Board], *, by_category: bool = False, best: bool = False) -> str:
    """A table a board for a paper that loads booktabs; with `best`, what is significantly best is starred."""
    parts = []
    for board in boards:
        header = header_cells(board)
        title, notes = caption(board)
        columns = "".join("l" if name in LEFT else "r" for name in header)
        lines = [line for each in body_cells(board, by_category=by_category, best=best) for line in each]
        parts += [
            r"\begin{table}",
            rf"\caption{{{_in_latex(title)}. {_in_latex('. '.join(notes))}.}}",
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            _latex_line(header),
            r"\midrule",
            *(_latex_line(line) for line in lines),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    return "\n".join(parts)


def _object(board: Board, row: Row, by_category: bool) -> dict[str, Any]:
    entry, standing = row.entry, row.standing
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
        "rank_interval": list(standing.ranks) if standing else None,
        "probability_first": standing.first if standing else None,
        "tie_group": standing.group if standing else None,
    }
    result |= dict.fromkeys(METRIC_COLUMNS)
    if entry.metric_values:
        result |= {name: _measured(board, row, name, by_category) for name in entry.metric_values.values}
    costs = ("fit_seconds", "recommend_seconds", "peak_memory_bytes")
    return result | {name: getattr(entry, name) for name in costs}


def _measured(board: Board, row: Row, name: str, by_category: bool) -> dict[str, Any]:
    values, standing = row.entry.metric_values, row.standing
    assert values  # only runs with values have cells
    assert standing
    assert board.certainty
    result: dict[str, Any] = {
        values.traits[name].aggregate: values.overall(name),
        "interval": list(standing.intervals[name]) if name in standing.intervals else None,
        "definition": values.traits[name].definition,
        "higher_is_better": None if values.traits[name].informative else values.traits[name].higher_is_better,
    }
    if name in board.certainty.smallest:
        result["significantly_best"] = name in standing.best
        result["smallest_difference"] = board.certainty.smallest[name]
    if by_category:
        result["by_category"] = {str(key): value for key, value in values.by_category(name).items()}
        result["intervals_by_category"] = {
            str(key): list(each[name]) for key, each in standing.by_category.items() if name in each
        }
    return result


def _csv_lines(row: Row, metrics: list[str], by_category: bool) -> list[list[object]]:
    entry, values, standing = row.entry, row.entry.metric_values, row.standing
    definitions = values.definitions if values else {}
    front = [entry.run, entry.recommender, entry.data[0], entry.split[0], row.rank]
    middle: list[object] = [definitions.get(name) for name in metrics]
    middle += [entry.fit_seconds, entry.recommend_seconds, entry.peak_memory_bytes]
    middle += [*standing.ranks, standing.first, standing.group] if standing else [None] * 4
    if values is None or standing is None:
        unknown = [None] * len(metrics)
        return [[*front, *unknown, *middle, *unknown, *unknown, *([ALL] if by_category else [])]]

    def line(means: Mapping[str, float], intervals: Mapping[str, tuple[float, float]], label: object) -> list[object]:
        ends = [end for name in metrics for end in intervals.get(name, (None, None))]
        return [*front, *(means.get(name) for name in metrics), *middle, *ends, *([label] if by_category else [])]

    lines = [line({name: values.overall(name) for name in values.values}, standing.intervals, ALL)]
    of_category = {name: values.by_category(name) for name in values.values} if by_category else {}
    for category, intervals in standing.by_category.items() if by_category else ():
        lines.append(line({name: means[category] for name, means in of_category.items()}, intervals, category))
    return lines


def _md_line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_escaped(cell) for cell in cells)} |"


def _latex_line(cells: Sequence[str]) -> str:
    return rf"{' & '.join(_in_latex(cell) for cell in cells)} \\"


def _in_latex(text: str) -> str:
    return _LATEX_SPECIAL.sub(lambda found: _LATEX[found[0]], printable(text))


def _escaped(text: str) -> str:
    """The text as it reads, on one line: nothing in it ends a cell, begins HTML, a link or emphasis."""
    return _SPECIAL.sub(r"\\\g<0>", printable(text)).replace("&", "&amp;").replace("<", "&lt;")
