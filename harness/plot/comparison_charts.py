"""Chart of a comparison: paired differences of two runs by category."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.extras import require_extra
from harness.plot.notebook_charts import WIDTH, chosen_metric
from harness.report.cells import category_label
from harness.report.exchange import nan_as_none

if TYPE_CHECKING:
    import altair as alt

    from harness.report.comparison import Comparison

_ALL = "all playlists"
_ROW = 24
"""Height of a category, in pixels."""


def differences(comparison: Comparison, metric: str | None = None) -> alt.LayerChart:
    """Paired difference of the two runs with its 95 % interval, over all playlists and in each category.

    Args:
        comparison: of two runs.
        metric: its name; the first metric of the comparison if None.

    Raises:
        MissingExtraError: the extra `page` is not installed.
        ParameterError: the runs were not both measured by this metric.
    """
    require_extra("page")
    import altair as alt

    name = chosen_metric(list(comparison.metrics), (), metric)
    traits = comparison.metrics[name]
    rows: list[dict[str, Any]] = [
        {
            "category": _ALL if row.category is None else category_label(row.category),
            "difference": row.difference,
            "low": row.interval[0],
            "high": row.interval[1],
            "p": row.p,
            "differs": "yes" if row.interval[0] > 0 or row.interval[1] < 0 else "no",
        }
        for row in comparison.differences
        if row.metric == name
    ]
    first, second = comparison.runs
    better = "above 0: A is better" if traits.higher_is_better else "below 0: A is better"
    labels = [row["category"] for row in rows]
    base = alt.Chart(alt.InlineData(values=nan_as_none(rows))).encode(
        y=alt.Y("category:N", sort=labels, title=None),
        color=alt.Color(
            "differs:N", scale=alt.Scale(domain=["yes", "no"], range=["#1f77b4", "#888888"]), title="interval without 0"
        ),
    )
    fields = ("difference", "low", "high", "p")
    tooltip = ["category:N", *(alt.Tooltip(f"{field}:Q", format=".4f") for field in fields)]
    title = f"{traits.title}: A - B ({better})"
    intervals = base.mark_rule(strokeWidth=1.5).encode(x=alt.X("low:Q", title=title), x2="high:Q")
    points = base.mark_point(filled=True, size=48, opacity=1).encode(x="difference:Q", tooltip=tooltip)
    zero = alt.Chart(alt.InlineData(values=[{"zero": 0}])).mark_rule(strokeDash=[4, 3], color="gray").encode(x="zero:Q")
    chart: alt.LayerChart = (zero + intervals + points).properties(
        width=WIDTH, height=_ROW * max(len(rows), 2), title=f"A: {first}, B: {second}"
    )
    return chart
