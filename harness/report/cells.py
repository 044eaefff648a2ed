"""Header, cells and caption of a leaderboard as text, shared by the terminal, Markdown, LaTeX and HTML."""

from __future__ import annotations

import json
from math import isnan
from typing import TYPE_CHECKING

from harness.rules import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.metrics.metric import MetricTraits
    from harness.metrics.values import MetricValues
    from harness.report.leaderboard import Leaderboard, Row
    from harness.report.uncertainty import SeedSpread

LEFT = ("run", "params", "tie")
"""Left-aligned columns; all others are numbers and right-aligned."""

_UNKNOWN = "-"
_INDENT = "\N{NO-BREAK SPACE}" * 2
MIB = 1024**2


def header_cells(leaderboard: Leaderboard) -> list[str]:
    """Names of the columns; a usual leaderboard fits a screen of 100 characters."""
    params = ["params"] if _varied(leaderboard) else []
    metrics = [traits.title for traits in leaderboard.metrics.values()]
    return ["rank", "tie", "run", *params, *metrics, "fit s", "rec. s", "MB"]


def body_cells(leaderboard: Leaderboard, *, by_category: bool = False, best: bool = False) -> list[list[list[str]]]:
    """Lines of each run: one, and with `by_category` one more per category, named in the run column.

    Args:
        leaderboard: the runs.
        by_category: add a line per category.
        best: star the means that are significantly better than every other run's.
    """
    varied = _varied(leaderboard)
    return [_row_cells(leaderboard, row, varied, by_category=by_category, best=best) for row in leaderboard.rows]


def _row_cells(
    leaderboard: Leaderboard, row: Row, varied: Mapping[str, list[str]], *, by_category: bool, best: bool
) -> list[list[str]]:
    entry, uncertainty = row.entry, row.uncertainty
    names = varied.get(entry.recommender, [])
    settings = " ".join(f"{name}={json.dumps(entry.params.get(name))}" for name in names)
    params = [settings] if varied else []
    costs = [
        _seconds(entry.fit_seconds),
        _seconds(entry.recommend_seconds),
        _megabytes(entry.peak_memory_bytes),
    ]
    if entry.metric_values is None or uncertainty is None:
        return [[_UNKNOWN, _UNKNOWN, entry.run, *params, *costs]]
    values = entry.metric_values
    columns = {name: traits for name, traits in leaderboard.metrics.items() if same_definition(values, traits)}
    overall = [
        _measured(columns[name], values.overall(name), uncertainty.intervals)
        + ("*" if best and name in uncertainty.best else "")
        if name in columns
        else _UNKNOWN
        for name in leaderboard.metrics
    ]
    group = _UNKNOWN if row.rank is None else group_letter(uncertainty.group)
    lines = [[_rank(row), group, entry.run, *params, *overall, *costs]]
    of_category = {name: values.by_category(name) for name in columns} if by_category else {}
    for category, intervals in uncertainty.by_category.items() if by_category else ():
        cells = [
            _measured(columns[name], of_category[name][category], intervals)
            if category in of_category.get(name, {})
            else _UNKNOWN
            for name in leaderboard.metrics
        ]
        label = f"{_INDENT}{category_label(category)}"
        lines.append(["", "", label, *("" for _ in params), *cells, "", "", ""])
    return lines


def group_letter(group: int) -> str:
    """Letter of a tie group: A for 1, B, …, Z, AA."""
    letters = ""
    while group:
        group, last = divmod(group - 1, 26)
        letters = chr(ord("A") + last) + letters
    return letters


def caption(leaderboard: Leaderboard) -> tuple[str, list[str]]:
    """Title of a leaderboard, and the notes below it."""
    uncertainty = leaderboard.uncertainty
    if uncertainty is None:
        return f"{leaderboard.data}, {leaderboard.split}: not scored", [
            "the withheld tracks of this challenge are unknown",
            *_equal_lists(leaderboard),
        ]
    definitions = [f"{traits.family}: {traits.definition}" for traits in leaderboard.metrics.values()]
    ranking = f"definitions: {', '.join(definitions)}"
    informative = [name for name, traits in leaderboard.metrics.items() if not traits.ranks]
    if len(leaderboard.ranked_by) < len(leaderboard.metrics):
        ranking += f"; ranked by {', '.join(leaderboard.ranked_by)}" if leaderboard.ranked_by else "; not ranked"
    if informative:
        ranking += f"; informative, without points: {', '.join(informative)}"
    notes = [ranking]
    if uncertainty.smallest:
        smallest = ", ".join(
            f"{leaderboard.metrics[name].shown(difference)} {leaderboard.metrics[name].title}"
            for name, difference in uncertainty.smallest.items()
        )
        notes += [
            "(…): 95 % confidence intervals",
            "Runs that share a letter do not differ significantly from the best run with that letter",
            f"With {leaderboard.n_playlists:,} playlists, a difference of {smallest} is detected with 80 % power",
        ]
    if not uncertainty.resolvable:
        notes.append("too many runs for the randomisation test: no pair can differ significantly; rank fewer runs")
    notes += [_seed_line(spread, leaderboard) for spread in uncertainty.seeds]
    notes += _equal_lists(leaderboard)
    return f"{leaderboard.data}, {leaderboard.split}, {leaderboard.n_playlists} playlists", notes


def same_definition(values: MetricValues | None, traits: MetricTraits) -> bool:
    """True if a metric was measured under this definition; a column never mixes two definitions."""
    return values is not None and values.definitions.get(traits.name) == traits.definition


def category_label(number: int) -> str:
    """Number and label of a category, e.g. `3 first 5`."""
    return next((f"{number} {category.label}" for category in CATEGORIES if category.number == number), "other")


def _equal_lists(leaderboard: Leaderboard) -> list[str]:
    return [f"Equal lists: {', '.join(runs)}" for runs in leaderboard.equal_lists]


def _varied(leaderboard: Leaderboard) -> dict[str, list[str]]:
    """Recommender -> names of the parameters in which its runs on this leaderboard differ."""
    varied: dict[str, list[str]] = {}
    for recommender in {row.entry.recommender for row in leaderboard.rows}:
        runs = [row.entry.params for row in leaderboard.rows if row.entry.recommender == recommender]
        names = sorted({name for params in runs for name in params})
        differing = [name for name in names if len({json.dumps(params.get(name)) for params in runs}) > 1]
        if differing:
            varied[recommender] = differing
    return varied


def _rank(row: Row) -> str:
    if row.uncertainty is None or row.rank is None:
        return _UNKNOWN
    low, high = row.uncertainty.ranks
    return str(row.rank) if low == high == row.rank else f"{row.rank} ({low}-{high})"


def _measured(traits: MetricTraits, value: float, intervals: Mapping[str, tuple[float, float]]) -> str:
    if isnan(value):  # no playlist is in the group of the metric
        return _UNKNOWN
    if traits.name not in intervals:  # computed over all lists together
        return traits.shown(value)
    low, high = (traits.shown(end).removeprefix("0") for end in intervals[traits.name])
    return f"{traits.shown(value)} ({low}-{high})"


def _seed_line(spread: SeedSpread, leaderboard: Leaderboard) -> str:
    def summary(traits: MetricTraits, mean: float, playlist_error: float, seed_deviation: float) -> str:
        return (
            f"{traits.title} {traits.shown(mean)}, standard error {traits.shown(playlist_error)} over playlists, "
            f"standard deviation {traits.shown(seed_deviation)} over seeds"
        )

    metrics = ", ".join(summary(leaderboard.metrics[name], *spreads) for name, spreads in spread.by_metric.items())
    return f"{spread.run} with {spread.n_seeds} seeds: {metrics}"


def _seconds(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.1f}"


def _megabytes(value: int | None) -> str:
    return _UNKNOWN if value is None else f"{value / MIB:.0f}"
