"""Hyper-parameter search: settings are chosen on the validation holdout and compared once on the test holdout."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from harness import registry
from harness.errors import HarnessError, ParameterError
from harness.identities import Holdout
from harness.kit.progress import step
from harness.metrics.catalogue import metric_named
from harness.metrics.values import MetricValues
from harness.run import runs
from harness.run.lists import Fallbacks
from harness.run.options import Options
from harness.run.pipeline import evaluate
from harness.search.results import Judged, Trial, Tuned, best_of, settings
from harness.search.space import n_proposals, proposals, space_of
from harness.search.strategy import Search
from harness.splits.plugins import split_traits
from harness.statistics.uncertainty import bootstrap
from harness.task.corpora import corpus
from harness.task.split_options import SplitOptions
from harness.task.tasks import local_task

if TYPE_CHECKING:
    from harness.metrics.metric import Metric
    from harness.run.record import RunRecord
    from harness.search.space import Proposals
    from harness.task.tasks import Task


def tune(
    recommender: str,
    params: list[str],
    data: str,
    *,
    search: Search = Search.grid,
    n_trials: int | None = None,
    by: str = "ndcg",
    split: SplitOptions | None = None,
    options: Options | None = None,
    at_once: int = 1,
) -> Tuned:
    """Try settings on the validation holdout, then compare the best with the defaults on the test holdout.

    Finished trials are reused and the search proposes the same settings again, so an interrupted search resumes.

    Args:
        recommender: a registered name or `path/to/file.py:Class`.
        params: texts as `space_of` reads them, at least one.
        data: name of a corpus, or a source to import.
        search: see `proposals`.
        n_trials: number of trials of `random` and `tpe`.
        by: name of the optimised metric.
        split: choice of the split; its `holdout` is not used.
        options: folder of runs, and seed of recommender and search; its metrics are replaced by the optimised one
            and the defaults of the split.
        at_once: trials at the same time, by the engine of the options. Equal seeds and `at_once` give equal trials,
            whatever the engine.

    Raises:
        ParameterError: the space or the metric is invalid, or every trial failed.
        HarnessError: the corpus is at fault, or a run on the test holdout failed.
    """
    options, split = options or Options(), split or SplitOptions()
    if at_once > 1 and options.engine is None:
        raise ParameterError("`at_once` needs an engine, which shares the cores among the trials: name an `engine`")
    chosen = metric_named(by)
    if not chosen.ranks:
        raise ParameterError(f"metric {chosen.name!r} is informative only: name one that ranks runs")
    space = space_of(recommender, params)
    if not space:
        raise ParameterError(f"no hyper-parameter of {recommender} is varied: add `params` NAME=VALUE,VALUE,…")
    n = n_proposals(space, search, n_trials)
    options = replace(
        options, metrics=tuple(dict.fromkeys((chosen, *map(metric_named, split_traits(split.split).metrics))))
    )
    stored = corpus(data)
    task = local_task(stored, replace(split, holdout=Holdout.validation))
    proposed = proposals(space, search, n, options.seed, higher_is_better=chosen.higher_is_better, at_once=at_once)
    trials = _try_all(task, recommender, proposed, n, chosen, options)
    if all(trial.value is None for trial in trials):
        raise ParameterError(f"every trial failed; the first, {settings(trials[0])}: {trials[0].error}")
    best = best_of(trials, higher_is_better=chosen.higher_is_better)
    test_task = local_task(stored, replace(split, holdout=Holdout.test))
    best_run, default_run, verdict = _judge(test_task, recommender, best.params, options)
    return Tuned(
        registry.traits(registry.find(recommender)).name,
        stored.name,
        task.challenge_id.label,
        test_task.challenge_id.label,
        chosen.name,
        {metric.name: metric.traits for metric in options.metrics or ()},
        tuple(trials),
        best,
        (best_run.run, default_run.run),
        len(test_task.challenge),
        verdict,
    )


def _try_all(
    task: Task, recommender: str, proposed: Proposals, n: int, chosen: Metric, options: Options
) -> list[Trial]:
    fallbacks = Fallbacks(task)
    trials: list[Trial] = []
    detail = ""
    with step(f"tune {recommender}", n) as bar:
        batch = next(proposed, None)
        while batch is not None:
            planned = [Trial(len(trials) + number, params) for number, params in enumerate(batch, start=1)]
            tried = _try_together(task, recommender, planned, chosen, options, fallbacks)
            for trial in tried:
                trials.append(trial)
                if trial.value is not None:
                    best = best_of(trials, higher_is_better=chosen.higher_is_better)
                    detail = f"best {chosen.title} {chosen.shown(best.value or 0.0)}: {settings(best)}"
                bar.advance(detail=detail)
            try:
                batch = proposed.send([trial.value for trial in tried])
            except StopIteration:
                batch = None
    return trials


def _try_together(
    task: Task, recommender: str, planned: list[Trial], chosen: Metric, options: Options, fallbacks: Fallbacks
) -> list[Trial]:
    """Try settings at the same time; results are in the order of the settings, whichever ends first."""
    if len(planned) == 1:
        return [_try(task, recommender, planned[0], chosen, options, fallbacks)]
    with ThreadPoolExecutor(len(planned)) as threads:
        return list(
            threads.map(lambda trial: _try(task, recommender, trial, chosen, options, Fallbacks(task)), planned)
        )


def _try(task: Task, recommender: str, trial: Trial, chosen: Metric, options: Options, fallbacks: Fallbacks) -> Trial:
    try:
        record = evaluate(task, recommender, trial.params, options, fallbacks)
    except HarnessError as error:
        return replace(trial, error=str(error))
    return replace(trial, run=record.run, value=record.means[chosen.name])


def _judge(
    task: Task, recommender: str, params: dict[str, Any], options: Options
) -> tuple[RunRecord, RunRecord, dict[str, Judged]]:
    fallbacks = Fallbacks(task)
    with step(f"judge {recommender}", 2) as bar:
        records = []
        for setting in (params, {}):
            records.append(evaluate(task, recommender, setting, options, fallbacks))
            bar.advance()
    best, defaults = (MetricValues.load(options.runs / record.run / runs.VALUES) for record in records)
    names = [metric.name for metric in options.metrics or ()]
    values = np.array([[run.values[name] for name in names] for run in (best, defaults)])
    sample = bootstrap(values, best.categories)
    low, high = sample.intervals()
    difference, (below, above) = sample.difference(0, 1)
    verdict = {
        name: Judged(
            (float(sample.means[0, i]), (float(low[0, i]), float(high[0, i]))),
            (float(sample.means[1, i]), (float(low[1, i]), float(high[1, i]))),
            (float(difference[i]), (float(below[i]), float(above[i]))),
        )
        for i, name in enumerate(names)
    }
    return records[0], records[1], verdict
