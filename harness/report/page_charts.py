"""Charts of a leaderboard's page as Vega-Lite specifications, one per view and metric."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.plot import leaderboard_charts

if TYPE_CHECKING:
    from harness.report.leaderboard import Leaderboard

    Charts = dict[str, dict[str, Any]]

_VIEWS = {
    "categories": leaderboard_charts.categories,
    "spread": leaderboard_charts.spread,
    "seconds": leaderboard_charts.seconds,
    "memory": leaderboard_charts.memory,
}

_COSTS = ("seconds", "memory")
"""Views of quality against cost."""


def charts(leaderboard: Leaderboard) -> dict[str, Charts]:
    """Charts of a leaderboard: view -> metric -> specification; empty if its runs are not scored.

    A metric of a group that has no playlist has no chart.

    Views are `categories` (means and 95 % intervals), `spread` (distribution over playlists), `seconds` and `memory`
    (quality against cost, with the Pareto front; not of informative metrics). Each is filtered by the parameter
    `shown`, the names of the runs to draw (null for all), and fills the width of its container.
    """
    ranking = [name for name in leaderboard.drawn_metrics if leaderboard.metrics[name].ranks]
    drawn = {
        view: {name: draw(leaderboard, name) for name in (ranking if view in _COSTS else leaderboard.drawn_metrics)}
        for view, draw in _VIEWS.items()
    }
    specs = {
        view: {name: specification(chart) for name, chart in of_view.items() if chart is not None}
        for view, of_view in drawn.items()
    }
    return {view: of_view for view, of_view in specs.items() if of_view}


def specification(chart: Any) -> dict[str, Any]:
    """The chart as JSON that fills its container; the page sets its own versions and colours."""
    import altair as alt

    whole = chart.properties(width="container", autosize=alt.AutoSizeParams(type="fit-x"))
    spec: dict[str, Any] = whole.to_dict()
    for field in ("$schema", "config"):
        spec.pop(field, None)
    return spec
