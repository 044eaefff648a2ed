"""Leaderboards as Markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from harness.metrics.catalogue import DEFAULT_METRIC_NAMES
from harness.printable import printable
from harness.report.cells import LEFT, Layout, body_cells, caption, header_cells
from harness.report.exchange import csv_text, json_text
from harness.report.markdown import escaped, table_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.report.leaderboard import Leaderboard, Row

METRIC_COLUMNS = DEFAULT_METRIC_NAMES
"""Metric columns that every CSV has, empty if a run was not scored by them; further metrics follow."""

_LATEX = {character: f"\\{character}" for character in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "\N{NO-BREAK SPACE}": "~",
    "\N{HORIZONTAL ELLIPSIS}": r"\ldots{}",
}
_LATEX_SPECIAL = re.compile("|".join(re.escape(character) for character in _LATEX))

ALL = "all"
"""Value of the category column for the mean over the whole challenge."""


def as_json(leaderboards: Sequence[Leaderboard], *, by_category: bool = False) -> str:
    """JSON list with one object per run: names, parameters, rank, every metric with its definition, costs."""
    rows = [_object(leaderboard, row, by_category) for leaderboard in leaderboards for row in leaderboard.rows]
    return json_text(rows)


def as_csv(leaderboards: Sequence[Leaderboard], *, by_category: bool = False) -> str:
    """CSV with one line per run, or one per run and category; definitions have columns of their own."""
    extra = sorted({name for leaderboard in leaderboards for name in leaderboard.definitions} - set(METRIC_COLUMNS))
    metrics = [*METRIC_COLUMNS, *extra]
    head = ["run", "recommender", "data", "split", "rank", *metrics]
    head += [f"{name}_definition" for name in metrics]
    head += ["fit_seconds", "recommend_seconds", "peak_memory_bytes"]
    head += ["rank_low", "rank_high", "probability_first", "tie_group"]
    head += [f"{name}_{end}" for name in metrics for end in ("low", "high")]
    head += ["equal_lists", "name", "tags", "note", *(["category"] if by_category else [])]
    rows = (
        line
        for leaderboard in leaderboards
        for row in leaderboard.rows
        for line in _csv_lines(leaderboard, row, metrics, by_category)
    )
    return csv_text(head, rows)


def as_markdown(leaderboards: Sequence[Leaderboard], *, by_category: bool = False, best: bool = False) -> str:
    """Markdown: heading, table and notes of each leaderboard; `best` stars the significantly best means."""
    parts = []
    for leaderboard in leaderboards:
        header = header_cells(leaderboard)
        cells = body_cells(leaderboard, Layout(by_category=by_category, best=best))
        title, notes = caption(leaderboard)
        lines = [f"### {escaped(title)}", "", table_line(header), table_line(["---"] * len(header))]
        lines += [table_line(line) for rows in cells for line in rows]
        parts.append("\n".join([*lines, "", *(f"{escaped(note)}  " for note in notes[:-1]), escaped(notes[-1]), ""]))
    return "\n".join(parts)


def as_latex(leaderboards: Sequence[Leaderboard], *, by_category: bool = False, best: bool = False) -> str:
    """LaTeX tables for a document that loads booktabs; `best` stars the significantly best means."""
    parts = []
    for leaderboard in leaderboards:
        header = header_cells(leaderboard)
        title, notes = caption(leaderboard)
        columns = "".join("l" if name in LEFT else "r" for name in header)
        lines = [line for rows in body_cells(leaderboard, Layout(by_category=by_category, best=best)) for line in rows]
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


def _object(leaderboard: Leaderboard, row: Row, by_category: bool) -> dict[str, Any]:
    entry, uncertainty = row.entry, row.uncertainty
    result: dict[str, Any] = {
        "run": entry.run,
        "recommender": entry.recommender,
        "params": entry.params,
        "data": entry.corpus.name,
        "data_fingerprint": entry.corpus.fingerprint,
        "split": entry.challenge.label,
        "split_fingerprint": entry.challenge.fingerprint,
        "rank": row.rank,
        "points": row.points,
        "rank_interval": list(uncertainty.ranks) if uncertainty else None,
        "probability_first": uncertainty.first if uncertainty else None,
        "tie_group": uncertainty.group if uncertainty else None,
        "equal_lists": leaderboard.equals_of(entry.run),
        "name": entry.labels.name or None,
        "tags": list(entry.labels.tags),
        "note": entry.labels.note or None,
    }
    result |= dict.fromkeys(METRIC_COLUMNS)
    if entry.metric_values:
        result |= {name: _measured(leaderboard, row, name, by_category) for name in entry.metric_values.values}
    costs = ("fit_seconds", "recommend_seconds", "peak_memory_bytes")
    return result | {name: getattr(entry, name) for name in costs}


def _measured(leaderboard: Leaderboard, row: Row, name: str, by_category: bool) -> dict[str, Any]:
    values, uncertainty = row.entry.metric_values, row.uncertainty
    assert values  # unscored runs have no metric cells
    assert uncertainty
    assert leaderboard.uncertainty
    result: dict[str, Any] = {
        "mean" if values.traits[name].is_mean else "sum": values.overall(name),
        "interval": list(uncertainty.intervals[name]) if name in uncertainty.intervals else None,
        "definition": values.traits[name].definition,
        **({"source": values.traits[name].source} if values.traits[name].source else {}),
        "higher_is_better": None if values.traits[name].informative else values.traits[name].higher_is_better,
    }
    if name in leaderboard.uncertainty.smallest:
        result["significantly_best"] = name in uncertainty.best
        result["smallest_difference"] = leaderboard.uncertainty.smallest[name]
    if by_category:
        result["by_category"] = {str(key): value for key, value in values.by_category(name).items()}
        result["intervals_by_category"] = {
            str(key): list(intervals[name]) for key, intervals in uncertainty.by_category.items() if name in intervals
        }
    return result


def _csv_lines(leaderboard: Leaderboard, row: Row, metrics: list[str], by_category: bool) -> list[list[object]]:
    entry, values, uncertainty = row.entry, row.entry.metric_values, row.uncertainty
    definitions = {name: traits.full_definition for name, traits in values.traits.items()} if values else {}
    first_cells = [entry.run, entry.recommender, entry.corpus.name, entry.challenge.label, row.rank]
    other_cells: list[object] = [definitions.get(name) for name in metrics]
    other_cells += [entry.fit_seconds, entry.recommend_seconds, entry.peak_memory_bytes]
    other_cells += [*uncertainty.ranks, uncertainty.first, uncertainty.group] if uncertainty else [None] * 4
    equal = " ".join(leaderboard.equals_of(entry.run)) or None
    labels = [entry.labels.name or None, " ".join(entry.labels.tags) or None, entry.labels.note or None]
    if values is None or uncertainty is None:
        unknown = [None] * len(metrics)
        return [
            [*first_cells, *unknown, *other_cells, *unknown, *unknown, equal, *labels, *([ALL] if by_category else [])]
        ]

    def line(means: Mapping[str, float], intervals: Mapping[str, tuple[float, float]], label: object) -> list[object]:
        ends = [end for name in metrics for end in intervals.get(name, (None, None))]
        return [
            *first_cells,
            *(means.get(name) for name in metrics),
            *other_cells,
            *ends,
            equal,
            *labels,
            *([label] if by_category else []),
        ]

    overall = {name: values.overall(name) for name in values.values if values.measured(name).any()}
    lines = [line(overall, uncertainty.intervals, ALL)]
    of_category = {name: values.by_category(name) for name in values.values} if by_category else {}
    for category, intervals in uncertainty.by_category.items() if by_category else ():
        means = {name: of_name[category] for name, of_name in of_category.items() if category in of_name}
        lines.append(line(means, intervals, category))
    return lines


def _latex_line(cells: Sequence[str]) -> str:
    return rf"{' & '.join(_in_latex(cell) for cell in cells)} \\"


def _in_latex(text: str) -> str:
    return _LATEX_SPECIAL.sub(lambda match: _LATEX[match[0]], printable(text))
