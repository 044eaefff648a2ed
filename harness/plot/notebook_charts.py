"""Charts of a leaderboard for notebooks: scores by category, spread of scores, quality against cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from harness.errors import ParameterError
from harness.extras import require_extra
from harness.plot import leaderboard_charts
from harness.plugin_parameters import suggestion
from harness.report.leaderboard import Leaderboard

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

WIDTH = 480
"""Width of a chart in a notebook, in pixels."""


def categories(leaderboard: Leaderboard | Sequence[Leaderboard], metric: str | None = None) -> alt.LayerChart:
    """Mean and 95 % interval of each run in each category.

    Args:
        leaderboard: a leaderboard, or the only one of a folder.
        metric: its name; the first ranking metric if None.

    Raises:
        MissingExtraError: the extra `page` is not installed.
        ParameterError: there are several leaderboards, or no run was measured by this metric.
    """
    return _chart(leaderboard, metric, leaderboard_charts.categories)


def spread(leaderboard: Leaderboard | Sequence[Leaderboard], metric: str | None = None) -> alt.LayerChart:
    """Distribution of a metric over the playlists, one row per run; parameters and errors as for `categories`."""
    return _chart(leaderboard, metric, leaderboard_charts.spread)


def costs(
    leaderboard: Leaderboard | Sequence[Leaderboard],
    metric: str | None = None,
    *,
    cost: Literal["seconds", "memory"] = "seconds",
) -> alt.LayerChart:
    """Mean of each run against its cost, with the Pareto front; other parameters and errors as for `categories`.

    Args:
        leaderboard: see `categories`.
        metric: see `categories`.
        cost: `seconds` of fit and recommend together, or peak `memory` in MB.
    """
    drawers = {"seconds": leaderboard_charts.seconds, "memory": leaderboard_charts.memory}
    if cost not in drawers:
        raise ParameterError(f"no cost {cost!r}{suggestion(cost, drawers)}; choose one of {', '.join(drawers)}")
    return _chart(leaderboard, metric, drawers[cost])


def _chart(leaderboard: Leaderboard | Sequence[Leaderboard], metric: str | None, draw: Any) -> alt.LayerChart:
    require_extra("page")
    chosen = _only(leaderboard)
    name = chosen_metric(chosen.drawn_metrics, chosen.ranked_by, metric)
    chart: alt.LayerChart | None = draw(chosen, name)
    if chart is None:
        raise ParameterError(f"no run that was measured by {name!r} has known costs; choose another metric")
    return chart.properties(width=WIDTH)


def _only(leaderboard: Leaderboard | Sequence[Leaderboard]) -> Leaderboard:
    if isinstance(leaderboard, Leaderboard):
        return leaderboard
    if len(leaderboard) != 1:
        raise ParameterError(f"{len(leaderboard)} leaderboards: pass one of them, e.g. leaderboards[0]")
    return leaderboard[0]


def chosen_metric(measured: Sequence[str], ranked_by: Sequence[str], metric: str | None) -> str:
    """The metric with this name, or the first ranking metric if None.

    Raises:
        ParameterError: it was not measured, or its values are not averaged over playlists.
    """
    name = next(iter((*ranked_by, *measured)), None) if metric is None else metric
    if name in measured:
        return str(name)
    if not measured:
        raise ParameterError("nothing to draw: no run was scored")
    meant = suggestion(str(name), measured)
    raise ParameterError(f"no values of metric {name!r}{meant}; choose one of {', '.join(measured)}")
