"""A board's charts, as Vega-Lite specifications made with Altair: one a metric and view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harness.report.cells import MIB, category_label, same_definition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.report.leaderboard import Board, Row

    Charts = dict[str, dict[str, Any]]

_BINS = 26
"""Steps of a distribution: two pages of recommendations each, where clicks are drawn."""

_LEAST_SECONDS = 0.01
"""Where a logarithmic axis begins."""

_MARGIN = 1.2
"""How far it goes beyond the least and the greatest cost."""

_DOT, _ROW, _HEIGHT = 7, 20, 320
"""Pixels of a run in a category, of a run in a distribution, and of a chart of costs."""

_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
_FEW = 10
"""Runs that ten colours tell apart; more get twenty."""


def charts(board: Board) -> dict[str, Charts]:
    """Every chart of a board: view -> metric -> specification; empty for a board without scores.

    Views are `categories` (means and 95 % intervals), `spread` (how many playlists score how much), `seconds` and
    `memory` (quality against cost, with the Pareto front). Each filters by the parameter `shown`, the names of the
    runs to draw, all where it is null, and is as wide as its place.
    """
    names = [name for name, traits in board.metrics.items() if traits.aggregate == "mean"]
    views: dict[str, Charts] = {
        "categories": {name: _categories(board, name) for name in names},
        "spread": {name: _spread(board, name) for name in names},
        "seconds": {name: _costs(board, name, _seconds, "fit and recommend, seconds") for name in names},
        "memory": {name: _costs(board, name, _megabytes, "most memory, MB") for name in names},
    }
    drawn = {view: {name: spec for name, spec in of_view.items() if spec} for view, of_view in views.items()}
    return {view: of_view for view, of_view in drawn.items() if of_view}


def pareto_front(costs: NDArray[np.float64], quality: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each of n points is beaten by no other: none costs no more, is no worse, and differs; (n,) bool.

    Args:
        costs: lower is better, (n,).
        quality: higher is better, (n,).
    """
    no_worse = (costs[:, None] <= costs) & (quality[:, None] >= quality)
    better = (costs[:, None] < costs) | (quality[:, None] > quality)
    unbeaten: NDArray[np.bool_] = ~np.any(no_worse & better, axis=0)
    return unbeaten


def _categories(board: Board, name: str) -> dict[str, Any]:
    import altair as alt

    values = [
        {"run": row.entry.run, "category": category_label(number), "mean": mean, "low": low, "high": high}
        for row in _measured(board, name)
        for number, mean, low, high in _by_category(row, name)
    ]
    labels = list(dict.fromkeys(str(each["category"]) for each in values))
    base = _base(values).encode(
        y=alt.Y("category:N", sort=labels, title=None, axis=alt.Axis(grid=True, tickBand="extent")),
        yOffset=alt.YOffset("run:N", sort=_runs(board)),
        color=_colour(board),
    )
    tooltip = ["run:N", "category:N", *(alt.Tooltip(f"{each}:Q", format=".4f") for each in ("mean", "low", "high"))]
    intervals = base.mark_rule(strokeWidth=1.5).encode(
        x=alt.X("low:Q", title=board.metrics[name].title, scale=alt.Scale(zero=False)), x2="high:Q"
    )
    means = base.mark_point(filled=True, size=36, opacity=1).encode(x="mean:Q", shape=_shape(board), tooltip=tooltip)
    height = len(labels) * max(26, _DOT * len(board.rows) + 8)
    return _finished(
        intervals + means, height, f"{board.metrics[name].title} by category, a point a run with its interval"
    )


def _spread(board: Board, name: str) -> dict[str, Any]:
    import altair as alt

    rows = _measured(board, name)
    scored = [row.entry.metric_values.values[name] for row in rows if row.entry.metric_values]
    top = max((float(each.max()) for each in scored), default=0.0)
    low = min((float(each.min()) for each in scored), default=0.0)
    edges = np.linspace(min(low, 0.0), top if top > low else low + 1.0, _BINS + 1)
    values = [
        {"run": row.entry.run, "from": float(edges[i]), "to": float(edges[i + 1]), "share": round(float(share), 5)}
        for row, each in zip(rows, scored, strict=True)
        for i, share in enumerate(np.histogram(each, edges)[0] / len(each))
        if share
    ]
    means = [
        {"run": row.entry.run, "mean": row.entry.metric_values.overall(name), "median": float(np.median(each))}
        for row, each in zip(rows, scored, strict=True)
        if row.entry.metric_values
    ]
    y = alt.Y("run:N", sort=_runs(board), title=None)
    tooltip = [
        "run:N",
        alt.Tooltip("from:Q", format=".3f"),
        alt.Tooltip("to:Q", format=".3f"),
        alt.Tooltip("share:Q", format=".1%", title="playlists"),
    ]
    boxes = (
        _base(values)
        .mark_rect(height=_ROW - 4, aria=False)
        .encode(
            x=alt.X("from:Q", title=f"{board.metrics[name].title} of a playlist"),
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
    of_mean = alt.Chart(alt.InlineData(values=means)).transform_filter(_SHOWN).encode(y=y, tooltip=["run:N", "mean:Q"])
    diamonds = of_mean.mark_point(shape="diamond", filled=True, size=60, color="white", stroke="black", opacity=1)
    height = max(3, len(rows)) * _ROW
    text = f"how many playlists score how much in {board.metrics[name].title}, a row a run, its mean as a diamond"
    return _finished(boxes + diamonds.encode(x="mean:Q"), height, text)


def _costs(board: Board, name: str, cost_of: Any, title: str) -> dict[str, Any]:
    import altair as alt

    rows = [row for row in _measured(board, name) if cost_of(row) is not None]
    if not rows:
        return {}
    costs = np.array([cost_of(row) for row in rows])
    means = np.array([row.entry.metric_values.overall(name) for row in rows if row.entry.metric_values])
    front = pareto_front(costs, means if board.metrics[name].higher_is_better else -means)
    values = [
        {"run": row.entry.run, "cost": float(cost), "mean": float(mean), "low": low, "high": high, "front": best}
        for row, cost, mean, best, (low, high) in zip(
            rows, costs, means, front.tolist(), (_interval(row, name) for row in rows), strict=True
        )
    ]
    ends = [float(costs.min()) / _MARGIN, float(costs.max()) * _MARGIN]
    scale = alt.Scale(type="log", nice=False, domain=ends)
    axis = alt.Axis(tickCount=6, format="~g", labelOverlap="parity")
    base = _base(values).encode(x=alt.X("cost:Q", title=title, scale=scale, axis=axis))
    y = alt.Y("mean:Q", title=board.metrics[name].title, scale=alt.Scale(zero=False))
    stairs = (
        base.transform_filter("datum.front")
        .mark_line(interpolate="step-after", strokeDash=[4, 3], color="gray")
        .encode(y=y, order=alt.Order("cost:Q"))
    )
    intervals = base.mark_rule(strokeWidth=1.5).encode(y=alt.Y("low:Q"), y2="high:Q", color=_colour(board))
    tooltip = ["run:N", alt.Tooltip("cost:Q", title=title, format=",.1f"), alt.Tooltip("mean:Q", format=".4f")]
    points = base.mark_point(filled=True, size=80, opacity=1).encode(
        y=y, color=_colour(board), shape=_shape(board), tooltip=tooltip
    )
    return _finished(
        stairs + intervals + points,
        _HEIGHT,
        f"{board.metrics[name].title} against {title}; the dashed line joins the runs that no other beats in both",
    )


_SHOWN = "shown === null || indexof(shown, datum.run) >= 0"


def _base(values: Sequence[dict[str, Any]]) -> Any:
    import altair as alt

    return alt.Chart(alt.InlineData(values=list(values))).transform_filter(_SHOWN)


def _finished(chart: Any, height: int, description: str) -> dict[str, Any]:
    import altair as alt

    whole = chart.add_params(alt.param(name="shown", value=None)).properties(
        width="container", height=height, description=description, autosize=alt.AutoSizeParams(type="fit-x")
    )
    spec: dict[str, Any] = whole.to_dict()
    for unneeded in ("$schema", "config"):  # the page names its own versions and colours
        spec.pop(unneeded, None)
    return spec


def _measured(board: Board, name: str) -> list[Row]:
    return [row for row in board.rows if same_definition(row.entry.metric_values, board.metrics[name])]


def _runs(board: Board) -> list[str]:
    return [row.entry.run for row in board.rows]


def _colour(board: Board) -> Any:
    import altair as alt

    runs = _runs(board)
    scheme: Any = "tableau10" if len(runs) <= _FEW else "tableau20"
    return alt.Color("run:N", scale=alt.Scale(domain=runs, scheme=scheme), sort=runs, title=None)


def _shape(board: Board) -> Any:
    import altair as alt

    runs = _runs(board)
    shapes = [_SHAPES[i % len(_SHAPES)] for i in range(len(runs))]
    return alt.Shape("run:N", scale=alt.Scale(domain=runs, range=shapes), sort=runs, title=None)


def _by_category(row: Row, name: str) -> list[tuple[int, float, float, float]]:
    assert row.entry.metric_values  # only runs with values are drawn
    assert row.standing
    means = row.entry.metric_values.by_category(name)
    return [(number, means[number], *each[name]) for number, each in row.standing.by_category.items()]


def _interval(row: Row, name: str) -> tuple[float, float]:
    assert row.standing
    return row.standing.intervals[name]


def _seconds(row: Row) -> float | None:
    fit, recommend = row.entry.fit_seconds, row.entry.recommend_seconds
    return None if fit is None or recommend is None else max(fit + recommend, _LEAST_SECONDS)


def _megabytes(row: Row) -> float | None:
    peak = row.entry.peak_memory_bytes
    return None if not peak else peak / MIB
