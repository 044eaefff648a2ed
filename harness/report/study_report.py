"""Report on a study: charts, and a table of the parts side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.corpus import show_sections
from harness.report.sections import ReportTable, Section
from harness.report.study_charts import Figure, Measured, draw_batches, draw_boxes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from harness.metrics.metric import Metric
    from harness.search.study import Studied

BATCHES = "-batches"
"""Added to the path of the box plots for the lines by batch."""


def draw_study(
    params: dict[str, list[str]], studied: Sequence[Studied], metrics: Sequence[Metric], path: Path
) -> list[Path]:
    """Draw box plots and lines by batch.

    Args:
        params: one to three hyper-parameters and their values.
        studied: the runs.
        metrics: one row of panels each.
        path: output path of the box plots without suffix; the lines have `-batches` in addition.

    Returns:
        Paths of the `.png` and `.svg` files.
    """
    measured = [Measured(one.combination, str(one.part), one.values) for one in studied]
    figure = Figure(params, measured, [metric.name for metric in metrics])
    return [*draw_boxes(figure, path), *draw_batches(figure, path.with_name(f"{path.name}{BATCHES}"))]


def study_table(params: dict[str, list[str]], studied: Sequence[Studied], metrics: Sequence[Metric]) -> ReportTable:
    """Means of each metric: one row per combination and metric, one column per part."""
    parts = list(dict.fromkeys(one.part for one in studied))
    runs = {(one.combination, one.part): one.values for one in studied}
    rows = [
        (
            *combination,
            metric.title,
            *(metric.traits.shown(runs[combination, part].overall(metric.name)) for part in parts),
        )
        for combination in dict.fromkeys(one.combination for one in studied)
        for metric in metrics
    ]
    left = tuple(range(len(params) + 1))
    return ReportTable("means by part", (*params, "metric", *parts), rows, left)


def show_study(
    params: dict[str, list[str]], studied: Sequence[Studied], metrics: Sequence[Metric], console: Console
) -> None:
    """Print the means of the parts side by side."""
    show_sections([Section("study", "Study", [study_table(params, studied, metrics)])], console)
