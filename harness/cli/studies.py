"""`harness study`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.holdouts import holdout_options
from harness.cli.running import DataOption  # noqa: TC001 - typer reads annotations while the program runs
from harness.cli.terminal import RUNS, Format, FormatOption, RunsOption
from harness.task.split_options import SplitOptions  # noqa: TC001 - typer reads annotations while the program runs

DRAWN = "course:match,course:distance,course:diff,course:metric,course:metric2,course:metric:share"
STUDIED = "audio-clusters"


@holdout_options()
def study(
    recommender: Annotated[str, typer.Option("--recommender", help="A registered name or file.py:Class.")] = STUDIED,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", help="NAME=VALUE,VALUE,…; one to three, along the axis, in colours, in columns."),
    ] = None,
    data: DataOption = "synthetic",
    metrics: Annotated[str, typer.Option("--metrics", help="What is drawn, a row of panels each.")] = DRAWN,
    seed: Annotated[int, typer.Option("--seed", help="For recommenders that draw numbers.")] = 0,
    output: Annotated[Path, typer.Option("--output", help="Writes this name with .png and with .svg.")] = Path("study"),
    runs: RunsOption = RUNS,
    form: FormatOption = Format.terminal,
    *,
    split_options: SplitOptions,
) -> None:
    """Run every combination of hyper-parameters, and draw box plots of what their lists are worth."""
    from harness.cli.terminal import bars, note, write_leaderboards
    from harness.errors import ParameterError
    from harness.metrics.catalogue import default_metrics, metrics_named
    from harness.report.boxes import check_drawable, draw_boxes
    from harness.report.entries import entries
    from harness.report.leaderboard import leaderboards
    from harness.run.pipeline import Options
    from harness.search.study import AUDIO_CLUSTERS, varied
    from harness.search.study import study as run_all
    from harness.task.tasks import open_task

    if not param and recommender != STUDIED:
        raise ParameterError(f"say what is varied of {recommender}: --param NAME=VALUE,VALUE,…")
    values = varied(recommender, param or list(AUDIO_CLUSTERS))
    check_drawable(values)
    shown = metrics_named(metrics)
    options = Options(runs, seed, metrics=tuple(dict.fromkeys((*default_metrics(), *shown))))
    with bars():
        task = open_task(data, options=split_options)
        for line in task.notes:
            note(line)
        found = run_all(task, recommender, values, options)
        measured = {key: each for key, (_, each) in found.items()}
        for path in draw_boxes(values, measured, [metric.name for metric in shown], output):
            note(str(path))
    made = {record.run for record, _ in found.values()}
    write_leaderboards(
        leaderboards([entry for entry in entries(runs)[0] if entry.run in made]),
        form,
        None,
        by_category=False,
        runs=runs,
    )
