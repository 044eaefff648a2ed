"""Charts of a study: box plots with outliers, and lines by batch, as PNG and SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import ParameterError
from harness.extras import require_extra
from harness.printable import printable
from harness.report.chart_files import write_chart

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.metrics.values import MetricValues

MOST_PARAMETERS = 3

N_BATCHES = 10
"""Batches of playlists in the order of their pids."""

_WHISKER = 1.5
"""Length of a whisker in interquartile ranges, at most (Tukey's box plot)."""
_PANEL_HEIGHT, _VALUE_WIDTH, _BATCH_WIDTH = 150, 70, 30
"""Height of a panel; width per value of the first hyper-parameter, and per batch; in pixels."""
_SCALE = 2.0
"""PNG pixels per SVG pixel."""
_BOX_SHARE = 0.7
"""Width of a box relative to its band."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Metric values of one combination of hyper-parameters on some playlists.

    Attributes:
        combination: one value of each hyper-parameter.
        part: label of the playlists, e.g. `validation`.
        values: their metric values.
    """

    combination: tuple[str, ...]
    part: str
    values: MetricValues

    def of(self, metric: str) -> NDArray[np.float64]:
        """Values of the playlists that have one, in the order of their pids; a metric of a group leaves others out."""
        ordered = self.values.values[metric][np.argsort(self.values.pids, kind="stable")]
        return ordered[~np.isnan(ordered)]


@dataclass(frozen=True, slots=True)
class Figure:
    """Layout of a figure: one row of panels per metric, columns by part and by the third hyper-parameter.

    Attributes:
        params: one to three hyper-parameters and their values.
        measured: of every combination and part, in display order.
        metrics: names of metrics that all of them have.
    """

    params: dict[str, list[str]]
    measured: Sequence[Measured]
    metrics: Sequence[str]

    @property
    def names(self) -> list[str]:
        """Names of the hyper-parameters."""
        return [printable(name) for name in self.params]

    def levels(self, position: int) -> list[str]:
        """Values of a hyper-parameter."""
        return [printable(value) for value in list(self.params.values())[position]]

    def labels(self, one: Measured) -> dict[str, str]:
        """Position of one combination: the values of the first two hyper-parameters, and its column."""
        values = [printable(value) for value in one.combination]
        third = [f"{self.names[2]} {values[2]}"] if len(values) == MOST_PARAMETERS else []
        first, *second = values[:2]
        return {"first": first, **({"second": second[0]} if second else {}), "column": ", ".join([*third, one.part])}

    @property
    def columns(self) -> list[str]:
        """Columns of panels: all parts of the first value of the third hyper-parameter, then of the second value."""
        third = [one.combination[2:] for one in self.measured]
        order = sorted(range(len(self.measured)), key=lambda i: third.index(third[i]))
        return list(dict.fromkeys(self.labels(self.measured[i])["column"] for i in order))


def check_drawable(params: dict[str, list[str]]) -> None:
    """Check the number of hyper-parameters, and that the drawing packages are installed.

    Raises:
        ParameterError: no hyper-parameter, or too many.
        MissingExtraError: the drawing packages are not installed.
    """
    require_extra("page")
    if not 1 <= len(params) <= MOST_PARAMETERS:
        raise ParameterError(f"{len(params)} hyper-parameters: box plots show one to {MOST_PARAMETERS}")


def draw_boxes(figure: Figure, path: Path) -> list[Path]:
    """Draw box plots: x axis, colour and column are the first, second and third hyper-parameter.

    A box spans the quartiles of the playlists, its line is the median, the diamond the mean; a whisker extends to the
    farthest value within 1.5 interquartile ranges of the box, and each value beyond it is a circle (values that
    coincide in the picture are one circle).

    Args:
        figure: see `Figure`.
        path: output path without suffix.

    Returns:
        Paths of the `.png` and the `.svg` file.
    """
    check_drawable(figure.params)
    return _write([_boxes(figure, metric) for metric in figure.metrics], path)


def draw_batches(figure: Figure, path: Path) -> list[Path]:
    """Draw the mean of each batch of playlists as a line: colour and dashes are the first two hyper-parameters.

    The playlists are in the order of their pids, cut into `N_BATCHES` batches of equal size.

    Args:
        figure: see `Figure`.
        path: output path without suffix.

    Returns:
        Paths of the `.png` and the `.svg` file.
    """
    check_drawable(figure.params)
    return _write([_lines(figure, metric) for metric in figure.metrics], path)


def box_summary(values: NDArray[np.float64]) -> tuple[dict[str, float], NDArray[np.float64]]:
    """Quartiles, median, mean and ends of the whiskers of values, (n,), and the outliers beyond the whiskers."""
    q1, median, q3 = np.percentile(values, (25, 50, 75)).tolist()
    reach = _WHISKER * (q3 - q1)
    inside = (values >= q1 - reach) & (values <= q3 + reach)
    ends = {"low": min(q1, float(values[inside].min())), "high": max(q3, float(values[inside].max()))}
    return {"q1": q1, "median": median, "q3": q3, "mean": float(values.mean()), **ends}, values[~inside]


def batch_means(values: NDArray[np.float64]) -> list[float]:
    """Mean of each batch of values, (n,); fewer batches if there are fewer values."""
    return [float(batch.mean()) for batch in np.array_split(values, min(N_BATCHES, len(values)) or 1) if len(batch)]


def _boxes(figure: Figure, metric: str) -> Any:
    import altair as alt

    rows = [row for one in figure.measured for row in _box_rows(figure, one, metric)]
    encoding: dict[str, Any] = {
        "x": alt.X("first:N", sort=figure.levels(0), axis=alt.Axis(labelAngle=0, title=figure.names[0]))
    }
    if len(figure.names) > 1:
        levels = figure.levels(1)
        encoding["xOffset"] = alt.XOffset("second:N", sort=levels, scale=alt.Scale(paddingInner=0.2))
        encoding["color"] = alt.Color("second:N", sort=levels, title=figure.names[1])
    axis = alt.Axis(title=printable(metric))
    base = alt.Chart().encode(**encoding)
    box = base.transform_filter("datum.kind == 'box'")
    outliers = base.transform_filter("datum.kind == 'outlier'")
    width = {"band": _BOX_SHARE}
    return _facetted(
        figure,
        rows,
        [
            outliers.mark_point(size=10, strokeWidth=0.8, opacity=0.5).encode(y=alt.Y("value:Q", axis=axis)),
            box.mark_rule().encode(y=alt.Y("low:Q", axis=axis), y2="high:Q"),
            box.mark_bar(opacity=0.6, width=width).encode(y=alt.Y("q1:Q", axis=axis), y2="q3:Q"),
            box.mark_tick(thickness=2, width=width).encode(y=alt.Y("median:Q", axis=axis), color=alt.value("black")),
            box.mark_point(shape="diamond", filled=True, size=28, stroke="black").encode(
                y=alt.Y("mean:Q", axis=axis), color=alt.value("white")
            ),
        ],
        _VALUE_WIDTH * max(len(figure.levels(0)), 2),
    )


def _box_rows(figure: Figure, one: Measured, metric: str) -> Iterable[dict[str, Any]]:
    """The box, and each outlier that differs from the others by a pixel at least."""
    if not len(one.of(metric)):
        return
    summary, outliers = box_summary(one.of(metric))
    labels = figure.labels(one)
    yield {**labels, "kind": "box", **summary}
    of_all = [each.of(metric) for each in figure.measured]
    every = [float(bound) for values in of_all if len(values) for bound in (values.min(), values.max())]
    pixel = (max(every) - min(every)) / _PANEL_HEIGHT or 1.0
    for value in np.unique(np.round(outliers / pixel)) * pixel:
        yield {**labels, "kind": "outlier", "value": float(value)}


def _lines(figure: Figure, metric: str) -> Any:
    import altair as alt

    rows = [
        {**figure.labels(one), "batch": number, "mean": mean}
        for one in figure.measured
        for number, mean in enumerate(batch_means(one.of(metric)), 1)
    ]
    base = alt.Chart().encode(
        x=alt.X("batch:O", axis=alt.Axis(labelAngle=0, title="batch of playlists")),
        y=alt.Y("mean:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=printable(metric))),
        color=alt.Color("first:N", sort=figure.levels(0), title=figure.names[0]),
    )
    line = base.mark_line()
    if len(figure.names) > 1:
        legend = alt.Legend(symbolType="stroke", symbolFillColor="transparent", symbolStrokeColor="black")
        dash = alt.StrokeDash("second:N", sort=figure.levels(1), title=figure.names[1], legend=legend)
        line = base.mark_line().encode(strokeDash=dash)
    return _facetted(figure, rows, [line, base.mark_point(filled=True, size=14)], _BATCH_WIDTH * N_BATCHES)


def _facetted(figure: Figure, rows: list[dict[str, Any]], layers: list[Any], width: int) -> Any:
    """One row of panels of equal axes, one panel per column of the figure."""
    import altair as alt

    header = alt.Header(title=None, labelFontWeight="bold")
    return (
        alt.layer(*layers, data=alt.InlineData(values=rows))
        .properties(height=_PANEL_HEIGHT, width=width)
        .facet(column=alt.Column("column:N", sort=figure.columns, header=header))
    )


def _write(panels: list[Any], path: Path) -> list[Path]:
    import altair as alt

    chart = alt.vconcat(*panels, spacing=12).configure_view(stroke="#dddddd").configure_axis(grid=False)
    return write_chart(chart, path, _SCALE)
