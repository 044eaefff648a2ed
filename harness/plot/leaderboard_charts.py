"""Charts of a leaderboard, one function per view.

Each chart is filtered by its parameter `shown`, the names of the runs to draw; null for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harness.report.cells import MIB, category_label, same_definition
from harness.report.exchange import nan_as_none

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.metrics.values import MetricValues
    from harness.report.leaderboard import Leaderboard, Row

_BINS = 26
"""Bins of a distribution; for clicks, a bin is two pages of recommendations."""

_LEAST_SECONDS = 0.01
"""Lower bound of costs, for the logarithmic axis."""

_MARGIN = 1.2
"""Factor by which the cost axis extends beyond the smallest and the largest cost."""

_DOT, _ROW, _HEIGHT = 7, 20, 320
"""Height of a run in a category, of a run in a distribution, and of a cost chart, in pixels."""

_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
_FEW = 10
"""Number of runs up to which ten colours suffice; more runs get twenty."""


def pareto_front(costs: NDArray[np.float64], quality: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mask of the Pareto-optimal points: no other point is at least as good in both and better in one; (n,) bool.

    Args:
        costs: lower is better, (n,).
        quality: higher is better, (n,).
    """
    no_worse = (costs[:, None] <= costs) & (quality[:, None] >= quality)
    better = (costs[:, None] < costs) | (quality[:, None] > quality)
    optimal: NDArray[np.bool_] = ~np.any(no_worse & better, axis=0)
    return optimal


def categories(leaderboard: Leaderboard, name: str) -> Any:
    """Mean and 95 % interval of each run in each category."""
    import altair as alt

    values = [
        {"run": row.entry.run, "category": category_label(number), "mean": mean, "low": low, "high": high}
        for row in _measured(leaderboard, name)
        for number, mean, low, high in _by_category(row, name)
    ]
    labels = list(dict.fromkeys(str(value["category"]) for value in values))
    base = chart_of(values).encode(
        y=alt.Y("category:N", sort=labels, title=None, axis=alt.Axis(grid=True, tickBand="extent")),
        yOffset=alt.YOffset("run:N", sort=_runs(leaderboard)),
        color=colour(leaderboard),
    )
    tooltip = ["run:N", "category:N", *(alt.Tooltip(f"{field}:Q", format=".4f") for field in ("mean", "low", "high"))]
    intervals = base.mark_rule(strokeWidth=1.5).encode(
        x=alt.X("low:Q", title=leaderboard.metrics[name].title, scale=alt.Scale(zero=False)), x2="high:Q"
    )
    means = base.mark_point(filled=True, size=36, opacity=1).encode(
        x="mean:Q", shape=_shape(leaderboard), tooltip=tooltip
    )
    height = len(labels) * max(26, _DOT * len(leaderboard.rows) + 8)
    return finished(
        intervals + means, height, f"{leaderboard.metrics[name].title} by category: mean and interval of each run"
    )


def spread(leaderboard: Leaderboard, name: str) -> Any:
    """Distribution of a metric over the playlists, one row per run."""
    import altair as alt

    rows = _measured(leaderboard, name)
    scored = [_values(row.entry.metric_values, name) for row in rows if row.entry.metric_values]
    top = max((float(run_values.max()) for run_values in scored), default=0.0)
    low = min((float(run_values.min()) for run_values in scored), default=0.0)
    edges = np.linspace(min(low, 0.0), top if top > low else low + 1.0, _BINS + 1)
    values = [
        {"run": row.entry.run, "from": float(edges[i]), "to": float(edges[i + 1]), "share": round(float(share), 5)}
        for row, run_values in zip(rows, scored, strict=True)
        for i, share in enumerate(np.histogram(run_values, edges)[0] / len(run_values))
        if share
    ]
    means = [
        {"run": row.entry.run, "mean": row.entry.metric_values.overall(name), "median": float(np.median(run_values))}
        for row, run_values in zip(rows, scored, strict=True)
        if row.entry.metric_values
    ]
    y = alt.Y("run:N", sort=_runs(leaderboard), title=None)
    tooltip = [
        "run:N",
        alt.Tooltip("from:Q", format=".3f"),
        alt.Tooltip("to:Q", format=".3f"),
        alt.Tooltip("share:Q", format=".1%", title="playlists"),
    ]
    boxes = (
        chart_of(values)
        .mark_rect(height=_ROW - 4, aria=False)
        .encode(
            x=alt.X("from:Q", title=f"{leaderboard.metrics[name].title} of a playlist"),
            x2="to:Q",
            y=y,
            opacity=alt.Opacity(
                "share:Q",
                scale=alt.Scale(type="sqrt", range=[0.04, 1]),
                title="share of playlists",
                legend=alt.Legend(format="%", symbolType="square", tickCount=4),
            ),
            tooltip=tooltip,
        )
    )
    mean_chart = (
        alt.Chart(alt.InlineData(values=means)).transform_filter(_SHOWN).encode(y=y, tooltip=["run:N", "mean:Q"])
    )
    diamonds = mean_chart.mark_point(shape="diamond", filled=True, size=60, color="white", stroke="black", opacity=1)
    height = max(3, len(rows)) * _ROW
    text = f"distribution of {leaderboard.metrics[name].title} over playlists, one row per run, its mean as a diamond"
    return finished(boxes + diamonds.encode(x="mean:Q"), height, text)


def seconds(leaderboard: Leaderboard, name: str) -> Any:
    """Mean of each run against its seconds, with the Pareto front; None if no costs are known."""
    return _costs(leaderboard, name, _seconds, "fit and recommend, seconds")


def memory(leaderboard: Leaderboard, name: str) -> Any:
    """Mean of each run against its memory, with the Pareto front; None if no costs are known."""
    return _costs(leaderboard, name, _megabytes, "peak memory, MB")


def _costs(leaderboard: Leaderboard, name: str, cost_of: Any, title: str) -> Any:
    import altair as alt

    rows = [row for row in _measured(leaderboard, name) if cost_of(row) is not None]
    if not rows:
        return None
    costs = np.array([cost_of(row) for row in rows])
    means = np.array([row.entry.metric_values.overall(name) for row in rows if row.entry.metric_values])
    front = pareto_front(costs, means if leaderboard.metrics[name].higher_is_better else -means)
    values = [
        {"run": row.entry.run, "cost": float(cost), "mean": float(mean), "low": low, "high": high, "front": best}
        for row, cost, mean, best, (low, high) in zip(
            rows, costs, means, front.tolist(), (_interval(row, name) for row in rows), strict=True
        )
    ]
    ends = [float(costs.min()) / _MARGIN, float(costs.max()) * _MARGIN]
    scale = alt.Scale(type="log", nice=False, domain=ends)
    axis = alt.Axis(tickCount=6, format="~g", labelOverlap="parity")
    base = chart_of(values).encode(x=alt.X("cost:Q", title=title, scale=scale, axis=axis))
    y = alt.Y("mean:Q", title=leaderboard.metrics[name].title, scale=alt.Scale(zero=False))
    stairs = (
        base.transform_filter("datum.front")
        .mark_line(interpolate="step-after", strokeDash=[4, 3], color="gray")
        .encode(y=y, order=alt.Order("cost:Q"))
    )
    intervals = base.mark_rule(strokeWidth=1.5).encode(y=alt.Y("low:Q"), y2="high:Q", color=colour(leaderboard))
    tooltip = ["run:N", alt.Tooltip("cost:Q", title=title, format=",.1f"), alt.Tooltip("mean:Q", format=".4f")]
    points = base.mark_point(filled=True, size=80, opacity=1).encode(
        y=y, color=colour(leaderboard), shape=_shape(leaderboard), tooltip=tooltip
    )
    return finished(
        stairs + intervals + points,
        _HEIGHT,
        f"{leaderboard.metrics[name].title} against {title}; the dashed line is the Pareto front",
    )


_SHOWN = "shown === null || indexof(shown, datum.run) >= 0"


def chart_of(values: Sequence[dict[str, Any]]) -> Any:
    """A chart of these values, without the runs that the page's filter hides."""
    import altair as alt

    return alt.Chart(alt.InlineData(values=nan_as_none(list(values)))).transform_filter(_SHOWN)


def finished(chart: Any, height: int, description: str) -> Any:
    """The chart with the filter's parameter, a height in pixels and a description for readers who cannot see it."""
    import altair as alt

    return chart.add_params(alt.param(name="shown", value=None)).properties(height=height, description=description)


def _measured(leaderboard: Leaderboard, name: str) -> list[Row]:
    rows = [row for row in leaderboard.rows if same_definition(row.entry.metric_values, leaderboard.metrics[name])]
    return [row for row in rows if row.entry.metric_values and row.entry.metric_values.measured(name).any()]


def _values(values: MetricValues, name: str) -> NDArray[np.float64]:
    """Values of the playlists that have one."""
    return values.values[name][values.measured(name)]


def _runs(leaderboard: Leaderboard) -> list[str]:
    return [row.entry.run for row in leaderboard.rows]


def colour(leaderboard: Leaderboard) -> Any:
    """Colour of a run, the same in every chart of its leaderboard."""
    import altair as alt

    runs = _runs(leaderboard)
    scheme: Any = "tableau10" if len(runs) <= _FEW else "tableau20"
    return alt.Color("run:N", scale=alt.Scale(domain=runs, scheme=scheme), sort=runs, title=None)


def _shape(leaderboard: Leaderboard) -> Any:
    import altair as alt

    runs = _runs(leaderboard)
    shapes = [_SHAPES[i % len(_SHAPES)] for i in range(len(runs))]
    return alt.Shape("run:N", scale=alt.Scale(domain=runs, range=shapes), sort=runs, title=None)


def _by_category(row: Row, name: str) -> list[tuple[int, float, float, float]]:
    assert row.entry.metric_values  # unscored runs are not drawn
    assert row.uncertainty
    means = row.entry.metric_values.by_category(name)
    return [
        (number, means[number], *intervals[name])
        for number, intervals in row.uncertainty.by_category.items()
        if number in means
    ]


def _interval(row: Row, name: str) -> tuple[float, float]:
    assert row.uncertainty
    return row.uncertainty.intervals[name]


def _seconds(row: Row) -> float | None:
    fit, recommend = row.entry.fit_seconds, row.entry.recommend_seconds
    return None if fit is None or recommend is None else max(fit + recommend, _LEAST_SECONDS)


def _megabytes(row: Row) -> float | None:
    peak = row.entry.peak_memory_bytes
    return None if not peak else peak / MIB
