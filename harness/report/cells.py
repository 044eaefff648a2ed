"""Header, cells and caption of a leaderboard as text, shared by the terminal, Markdown, LaTeX and HTML."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING

from harness.rules import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from harness.metrics.metric import MetricTraits
    from harness.metrics.values import MetricValues
    from harness.report.leaderboard import Leaderboard, Row
    from harness.report.uncertainty import SeedSpread

COSTS = ("fit s", "rec. s", "MB")
"""Columns of seconds and memory."""

LEFT = ("run", "params", "tie")
"""Left-aligned columns; all others are numbers and right-aligned."""

INTERVAL_NOTE = "(…): 95 % confidence intervals"
"""Explanation of the intervals."""

_UNKNOWN = "-"
_INDENT = "\N{NO-BREAK SPACE}" * 2
MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Layout:
    """Choice of the contents of a leaderboard's table.

    Attributes:
        by_category: add a line per category to each run, named in the run column.
        best: star the means that are significantly better than every other run's.
        names: show the name that the user gave a run instead of its folder's.
        costs: show seconds and memory.
        intervals: show the interval after each mean.
        n_metrics: number of metric columns, the ranking ones first; all if None.
    """

    by_category: bool = False
    best: bool = False
    names: bool = True
    costs: bool = True
    intervals: bool = True
    n_metrics: int | None = None


def header_cells(leaderboard: Leaderboard, layout: Layout | None = None) -> list[str]:
    """Names of the columns; all columns of a usual leaderboard fit a screen of 120 characters."""
    layout = layout or Layout()
    params = ["params"] if _varied(leaderboard) else []
    metrics = [traits.title for traits in _metrics(leaderboard, layout).values()]
    return ["rank", "tie", "run", *params, *metrics, *(COSTS if layout.costs else ())]


def body_cells(leaderboard: Leaderboard, layout: Layout | None = None) -> list[list[list[str]]]:
    """Lines of each run: one, and with `by_category` one more per category."""
    varied = _varied(leaderboard)
    return [_row_cells(leaderboard, row, varied, layout or Layout()) for row in leaderboard.rows]


def _metrics(leaderboard: Leaderboard, layout: Layout) -> dict[str, MetricTraits]:
    return dict(list(leaderboard.metrics.items())[: layout.n_metrics])


def _row_cells(leaderboard: Leaderboard, row: Row, varied: Mapping[str, list[str]], layout: Layout) -> list[list[str]]:
    entry, uncertainty = row.entry, row.uncertainty
    name = entry.shown_name if layout.names else entry.run
    settings = " ".join(f"{name}={json.dumps(entry.params.get(name))}" for name in varied.get(entry.recommender, []))
    params = [settings] if varied else []
    costs = [_seconds(entry.fit_seconds), _seconds(entry.recommend_seconds), _megabytes(entry.peak_memory_bytes)]
    costs = costs if layout.costs else []
    if entry.metric_values is None or uncertainty is None:
        return [[_UNKNOWN, _UNKNOWN, name, *params, *costs]]
    shown = _metrics(leaderboard, layout)
    columns = {name: traits for name, traits in shown.items() if same_definition(entry.metric_values, traits)}

    def cells(
        means: Mapping[str, float], intervals: Mapping[str, tuple[float, float]], stars: Container[str]
    ) -> list[str]:
        return [
            _measured(columns[name], means[name], intervals if layout.intervals else {})
            + ("*" if name in stars else "")
            if name in columns and name in means
            else _UNKNOWN
            for name in shown
        ]

    means = {metric: entry.metric_values.overall(metric) for metric in columns}
    overall = cells(means, uncertainty.intervals, uncertainty.best if layout.best else ())
    group = _UNKNOWN if row.rank is None else group_letter(uncertainty.group)
    lines = [[_rank(row), group, name, *params, *overall, *costs]]
    if layout.by_category:
        of_category = {metric: entry.metric_values.by_category(metric) for metric in columns}
        for category, intervals in uncertainty.by_category.items():
            means = {metric: of_category[metric][category] for metric in columns if category in of_category[metric]}
            of_metrics = cells(means, intervals, ())
            label = f"{_INDENT}{category_label(category)}"
            lines.append(["", "", label, *("" for _ in params), *of_metrics, *("" for _ in costs)])
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
        return f"{leaderboard.corpus.name}, {leaderboard.challenge.label}: not scored", [
            "the withheld tracks of this challenge are unknown",
            *_equal_lists(leaderboard),
        ]
    definitions = [f"{traits.family}: {traits.full_definition}" for traits in leaderboard.metrics.values()]
    ranking = f"definitions: {', '.join(definitions)}"
    informative = [name for name, traits in leaderboard.metrics.items() if not traits.ranks]
    if len(leaderboard.ranked_by) < len(leaderboard.metrics):
        ranking += f"; ranked by {', '.join(leaderboard.ranked_by)}" if leaderboard.ranked_by else "; not ranked"
    if informative:
        ranking += f"; informative, without points: {', '.join(informative)}"
    notes = [ranking]
    if leaderboard.n_playlists > 1 and any(entry.intervals for entry in uncertainty.entries):
        notes.append(INTERVAL_NOTE)
    if uncertainty.smallest:
        notes.append("Runs that share a letter do not differ significantly from the best run with that letter")
    smallest = ", ".join(
        f"{leaderboard.metrics[name].shown(difference)} {leaderboard.metrics[name].title}"
        for name, difference in uncertainty.smallest.items()
        if not isnan(difference)  # a single playlist, or equal runs
    )
    if smallest:
        notes.append(
            f"With {leaderboard.n_playlists:,} playlists, a difference of {smallest} is detected with 80 % power"
        )
    if not uncertainty.resolvable:
        notes.append("too many runs for the randomisation test: no pair can differ significantly; rank fewer runs")
    notes += [_seed_line(spread, leaderboard) for spread in uncertainty.seeds]
    notes += _equal_lists(leaderboard)
    return f"{leaderboard.corpus.name}, {leaderboard.challenge.label}, {leaderboard.n_playlists} playlists", notes


def same_definition(values: MetricValues | None, traits: MetricTraits) -> bool:
    """True if a metric was measured under this definition; a column never mixes two definitions."""
    return values is not None and values.has(traits)


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
    interval = intervals.get(traits.name, (nan, nan))
    if isnan(interval[0]):  # a single playlist or none, or computed over all lists together
        return traits.shown(value)
    low, high = (traits.shown(end).removeprefix("0") for end in interval)
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
