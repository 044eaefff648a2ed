"""`harness study`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.engines import engine_options
from harness.cli.holdouts import holdout_options
from harness.cli.running import DataOption, RecommenderOption  # noqa: TC001 - typer reads annotations while the program runs
from harness.cli.terminal import RUNS, Format, FormatOption, RunsOption
from harness.engines.engine import Engine  # noqa: TC001 - typer reads annotations while the program runs
from harness.task.split_options import SplitOptions  # noqa: TC001 - typer reads annotations while the program runs

DRAWN = "course:match,course:distance,course:diff,course:metric,course:metric2,course:metric:share"
STUDIED = "audio-clusters"


@engine_options
@holdout_options()
def study(
    recommender: RecommenderOption = STUDIED,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", help="NAME=VALUE,VALUE,…; one to three: x axis, colour, column."),
    ] = None,
    data: DataOption = "synthetic",
    metrics: Annotated[str, typer.Option("--metrics", help="Metrics to draw, one row of panels per metric.")] = DRAWN,
    seed: Annotated[int, typer.Option("--seed", help="Random seed of recommenders.")] = 0,
    output: Annotated[Path, typer.Option("--output", help="Path without suffix; writes .png and .svg.")] = Path(
        "study"
    ),
    engine: Engine | None = None,
    runs: RunsOption = RUNS,
    form: FormatOption = Format.terminal,
    *,
    split_options: SplitOptions,
) -> None:
    """Run every combination of hyper-parameters, and draw box plots of their metric values."""
    from harness.cli.terminal import bars, note, write_leaderboards
    from harness.errors import ParameterError
    from harness.metrics.catalogue import metric_named, metrics_named
    from harness.report.boxes import check_drawable, draw_boxes
    from harness.report.entries import entries
    from harness.report.leaderboard import leaderboards
    from harness.run.pipeline import Options
    from harness.search.study import AUDIO_CLUSTERS, varied
    from harness.search.study import study as run_all
    from harness.splits.plugins import split_traits
    from harness.task.tasks import open_task

    if not param and recommender != STUDIED:
        raise ParameterError(f"no hyper-parameter of {recommender} is varied: pass --param NAME=VALUE,VALUE,…")
    values = varied(recommender, param or list(AUDIO_CLUSTERS))
    check_drawable(values)
    drawn = metrics_named(metrics)
    ranking = map(metric_named, split_traits(split_options.split).metrics)
    options = Options(runs, seed, metrics=tuple(dict.fromkeys((*ranking, *drawn))), engine=engine)
    with bars():
        task = open_task(data, options=split_options)
        for line in task.notes:
            note(line)
        results = run_all(task, recommender, values, options)
        measured = {key: metric_values for key, (_, metric_values) in results.items()}
        for path in draw_boxes(values, measured, [metric.name for metric in drawn], output):
            note(str(path))
    run_names = {record.run for record, _ in results.values()}
    known, notes = entries(runs)
    for line in notes:
        note(f"warning: {line}")
    write_leaderboards(
        leaderboards([entry for entry in known if entry.run in run_names]),
        form or Format.terminal,
        None,
        by_category=False,
        runs=runs,
    )
