"""`harness reliability`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.holdouts import holdout_options
from harness.cli.task_options import DataOption
from harness.cli.terminal import TableFormat, TableFormatOption
from harness.task.split_options import SplitOptions


@holdout_options(both=True)
def reliability(
    recommender: Annotated[
        str, typer.Option("--recommender", help="A registered name or file.py:Class.")
    ] = "playlist-knn",
    data: DataOption = "synthetic",
    param: Annotated[list[str] | None, typer.Option("--param", help="[RECOMMENDER.]NAME=VALUE; repeatable.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Random seed of recommenders.")] = 0,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Path without suffix; writes the plot as .png and .svg.")
    ] = None,
    form: TableFormatOption = TableFormat.terminal,
    *,
    split_options: SplitOptions,
) -> None:
    """Check the confidence of `recommend --confidence`: fitted on validation, compared with hits on test."""
    from harness.cli.parameters import params_by_recommender
    from harness.cli.terminal import bars, console, note, write_text
    from harness.extras import require_extra
    from harness.report.reliability import draw_reliability, reliability_as_csv, reliability_as_json, show_reliability
    from harness.run.confidence import check_confidence, confidence_of
    from harness.task.corpora import corpus

    if plot is not None:
        require_extra("page")
    params = params_by_recommender([recommender], param or [])[recommender]
    with bars():
        stored = corpus(data)
        fitted = confidence_of(stored, recommender, params, seed=seed, split=split_options)
        found = check_confidence(fitted, stored, recommender, params, seed=seed, split=split_options)
    heading = f"{recommender} on {stored.name}: fitted on validation, observed on test"
    if form is TableFormat.terminal:
        show_reliability(found, heading, console())
    else:
        write_text(reliability_as_json(found) if form is TableFormat.json else reliability_as_csv(found), None)
    if plot is not None:
        for path in draw_reliability(found, f"{recommender} on {stored.name}", plot):
            note(str(path))
