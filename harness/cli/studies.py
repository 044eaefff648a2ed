"""`harness study`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.engines import engine_options
from harness.cli.holdouts import holdout_options
from harness.cli.task_options import DataOption, RecommenderOption
from harness.cli.terminal import RUNS, Format, FormatOption, RunsOption
from harness.engines.engine import Engine
from harness.search.parts import Part
from harness.task.split_options import SplitOptions

DRAWN = ",".join(
    f"course:{measure}{form}"
    for measure in ("match", "distance", "diff", "metric", "metric2")
    for form in ("", ":share")
)
"""Every measure of the course project, as it was defined and as a proportion."""

STUDIED = "audio-clusters"


@engine_options
@holdout_options(both=True)
def study(
    recommender: RecommenderOption = STUDIED,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", help="NAME=VALUE,VALUE,…; one to three: x axis, colour, column."),
    ] = None,
    data: DataOption = "synthetic",
    metrics: Annotated[str, typer.Option("--metrics", help="Metrics to draw, one row of panels per metric.")] = DRAWN,
    seed: Annotated[int, typer.Option("--seed", help="Random seed of recommenders.")] = 0,
    part: Annotated[
        list[Part] | None,
        typer.Option(
            "--part",
            help="Playlists to measure on, side by side; repeatable. train: training playlists cut like those of "
            "validation, which shows how much is learnt by heart.  [default: validation]",
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option("--output", help="Path without suffix; writes box plots and lines by batch, as .png and .svg."),
    ] = Path("study"),
    engine: Engine | None = None,
    runs: RunsOption = RUNS,
    form: FormatOption = Format.terminal,
    *,
    split_options: SplitOptions,
) -> None:
    """Run every combination of hyper-parameters, and draw their metric values: box plots, and means by batch."""
    from harness.cli.terminal import bars, console, note, write_leaderboards
    from harness.errors import ParameterError
    from harness.metrics.catalogue import metric_named, metrics_named
    from harness.report.entries import entries
    from harness.report.leaderboard import leaderboards
    from harness.report.study_charts import check_drawable
    from harness.report.study_report import draw_study, show_study
    from harness.run.options import Options
    from harness.search.study import AUDIO_CLUSTERS, study_tasks, varied
    from harness.search.study import study as run_all
    from harness.splits.plugins import split_traits

    if not param and recommender != STUDIED:
        raise ParameterError(f"no hyper-parameter of {recommender} is varied: pass --param NAME=VALUE,VALUE,…")
    values = varied(recommender, param or list(AUDIO_CLUSTERS))
    check_drawable(values)
    drawn = metrics_named(metrics)
    ranking = map(metric_named, split_traits(split_options.split).metrics)
    options = Options(runs, seed, metrics=tuple(dict.fromkeys((*ranking, *drawn))), engine=engine)
    with bars():
        tasks = study_tasks(data, split_options, part or [Part.validation])
        for line in dict.fromkeys(line for task in tasks.values() for line in task.notes):
            note(line)
        studied = run_all(tasks, recommender, values, options)
        for path in draw_study(values, studied, drawn, output):
            note(str(path))
    known, notes = entries(runs)
    for line in notes:
        note(f"warning: {line}")
    if form in (None, Format.terminal) and len(tasks) > 1:
        show_study(values, studied, drawn, console())
    run_names = {one.record.run for one in studied}
    write_leaderboards(
        leaderboards([entry for entry in known if entry.run in run_names]),
        form or Format.terminal,
        None,
        by_category=False,
        runs=runs,
    )
