"""Box plots of metric values by up to three hyper-parameters, as PNG and SVG."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.atomic import new_file
from harness.errors import ParameterError
from harness.extras import require_extra
from harness.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.metrics.values import MetricValues

MOST_PARAMETERS = 3

_PERCENTILES = {"p5": 5, "p25": 25, "median": 50, "p75": 75, "p95": 95}
_PANEL_HEIGHT, _VALUE_WIDTH = 150, 70
"""Height of a panel, and width per value of the first hyper-parameter, in pixels."""
_SCALE = 2.0
"""PNG pixels per SVG pixel."""
_BOX_SHARE = 0.7
"""Width of a box relative to its band."""


def check_drawable(values: dict[str, list[str]]) -> None:
    """Check the number of hyper-parameters, and that the drawing packages are installed.

    Raises:
        ParameterError: no hyper-parameter, or too many.
        MissingExtraError: the drawing packages are not installed.
    """
    require_extra("page")
    if not 1 <= len(values) <= MOST_PARAMETERS:
        raise ParameterError(f"{len(values)} hyper-parameters: box plots show one to {MOST_PARAMETERS}")


def draw_boxes(
    values: dict[str, list[str]], measured: dict[tuple[str, ...], MetricValues], metrics: list[str], path: Path
) -> list[Path]:
    """Draw one row of panels per metric: x axis, colour and column are the first, second and third hyper-parameter.

    A box spans the quartiles of the playlists, its line is the median, the diamond the mean; whiskers extend from
    the 5th to the 95th percentile.

    Args:
        values: one to three hyper-parameters and their values.
        measured: one value of each hyper-parameter, in the same order -> metric values of the run.
        metrics: names of metrics that all runs measured.
        path: output path without suffix.

    Returns:
        Paths of the `.png` and the `.svg` file.
    """
    check_drawable(values)
    import altair as alt
    import vl_convert

    rows = [_panels(values, measured, metric) for metric in metrics]
    chart = alt.vconcat(*rows, spacing=12).configure_view(stroke="#dddddd").configure_axis(grid=False)
    spec = json.dumps(chart.to_dict())
    svg, png = path.with_name(f"{path.name}.svg"), path.with_name(f"{path.name}.png")
    for file, content in (
        (png, vl_convert.vegalite_to_png(spec, scale=_SCALE)),
        (svg, vl_convert.vegalite_to_svg(spec).encode()),
    ):
        with new_file(file) as partial:
            partial.write_bytes(content)
    return [png, svg]


def _panels(values: dict[str, list[str]], measured: dict[tuple[str, ...], MetricValues], metric: str) -> Any:
    """Panels of one metric, side by side if there is a third hyper-parameter."""
    import altair as alt

    values = {name: [printable(value) for value in levels] for name, levels in values.items()}
    names = list(values)
    boxes = [
        dict(zip(names, map(printable, key), strict=True)) | _summary(run.values[metric])
        for key, run in measured.items()
    ]
    x = alt.X(f"{names[0]}:N", sort=values[names[0]], axis=alt.Axis(labelAngle=0, title=printable(names[0])))
    encoding: dict[str, Any] = {"x": x}
    if len(names) > 1:
        encoding["xOffset"] = alt.XOffset(f"{names[1]}:N", sort=values[names[1]], scale=alt.Scale(paddingInner=0.2))
        encoding["color"] = alt.Color(f"{names[1]}:N", sort=values[names[1]])
    title = alt.Axis(title=printable(metric))
    base = alt.Chart(alt.InlineData(values=boxes)).encode(**encoding)
    width = {"band": _BOX_SHARE}
    layers = alt.layer(
        base.mark_rule().encode(y=alt.Y("p5:Q", axis=title), y2="p95:Q"),
        base.mark_bar(opacity=0.6, width=width).encode(y=alt.Y("p25:Q", axis=title), y2="p75:Q"),
        base.mark_tick(thickness=2, width=width).encode(y=alt.Y("median:Q", axis=title), color=alt.value("black")),
        base.mark_point(shape="diamond", filled=True, size=28, stroke="black").encode(
            y=alt.Y("mean:Q", axis=title), color=alt.value("white")
        ),
    ).properties(height=_PANEL_HEIGHT, width=_VALUE_WIDTH * max(len(values[names[0]]), 2))
    if len(names) < MOST_PARAMETERS:
        return layers
    third = names[2]
    return layers.facet(column=alt.Column(f"{third}:N", sort=values[third], header=alt.Header(title=third)))


def _summary(values: NDArray[np.float64]) -> dict[str, float]:
    values = values[~np.isnan(values)]
    if not len(values):
        return {}
    percentiles = np.percentile(values, list(_PERCENTILES.values()))
    return dict(zip(_PERCENTILES, percentiles.tolist(), strict=True)) | {"mean": float(values.mean())}
