"""`harness tune`."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli.completion import complete_metric
from harness.cli.engines import engine_options
from harness.cli.holdouts import holdout_options
from harness.cli.task_options import DataOption, RecommenderOption
from harness.cli.terminal import RUNS, RunsOption, TableFormat, TableFormatOption
from harness.engines.engine import Engine
from harness.search.strategy import Search
from harness.task.split_options import SplitOptions


@engine_options
@holdout_options(both=True)
def tune(
    recommender: RecommenderOption,
    param: Annotated[
        list[str],
        typer.Option("--param", help="NAME=A,B,C, or with --trials a range NAME=0.1..10 or NAME=log:1..1000."),
    ],
    data: DataOption = "synthetic",
    search: Annotated[
        Search | None,
        typer.Option("--search", help="grid: every combination; random and tpe: --trials settings, tpe near the best."),
    ] = None,
    trials: Annotated[
        int | None, typer.Option("--trials", min=1, help="Number of settings; --search defaults to tpe.")
    ] = None,
    metric: Annotated[
        str,
        typer.Option(
            "--metric", help="Metric to optimise, e.g. r_precision, clicks, hit@10.", autocompletion=complete_metric
        ),
    ] = "ndcg",
    seed: Annotated[int, typer.Option("--seed", help="Random seed of recommenders and of the search.")] = 0,
    engine: Engine | None = None,
    at_once: Annotated[int, typer.Option("--at-once", min=1, help="Trials at the same time; needs --engine.")] = 1,
    runs: RunsOption = RUNS,
    form: TableFormatOption = TableFormat.terminal,
    *,
    split_options: SplitOptions,
) -> None:
    """Choose hyper-parameters on the validation holdout, and compare the best with the defaults on the test holdout."""
    from harness.cli.terminal import bars, console, note, write_text
    from harness.report.tuning import show_tuned, tuned_as_csv, tuned_as_json
    from harness.run.options import Options
    from harness.search.tune import tune as run_all

    kind = search or (Search.grid if trials is None else Search.tpe)
    with bars():
        tuned = run_all(
            recommender,
            param,
            data,
            search=kind,
            n_trials=trials,
            by=metric,
            split=split_options,
            options=Options(runs, seed, engine=engine),
            at_once=at_once,
        )
    if form is TableFormat.terminal:
        show_tuned(tuned, console())
    else:
        write_text(tuned_as_json(tuned) if form is TableFormat.json else tuned_as_csv(tuned), None)
    note(f"every trial is a run: `harness leaderboard --runs {runs}` ranks them")
