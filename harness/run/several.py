"""Several recommenders, each with several seeds, on one or more tasks; a failure does not end the others."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.engines.engine import UnitsFailedError
from harness.errors import HarnessError
from harness.kit.progress import EXPECTED_SECONDS, Silence, is_heard, step
from harness.run.forecast import earlier_runs, forecast
from harness.run.lists import Fallbacks
from harness.run.options import Options
from harness.run.pipeline import evaluate, share_of_run
from harness.run.settings import Setting, settings_of
from harness.task.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from harness.engines.shards import Shard
    from harness.kit.progress import Bar
    from harness.run.forecast import Forecast
    from harness.run.record import RunRecord
    from harness.run.settings import Recommenders

    Work = list[tuple[Task, Setting | HarnessError]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Results of several runs.

    Attributes:
        records: of the runs that finished, by task, then in the order of the recommenders, then of the seeds.
        errors: of the runs that failed, likewise.
    """

    records: list[RunRecord] = field(default_factory=list)
    errors: list[HarnessError] = field(default_factory=list)


def evaluate_all(
    task: Task | Sequence[Task],
    recommenders: Recommenders,
    seeds: Sequence[int] = (0,),
    options: Options | None = None,
    after_run: Callable[[RunRecord], None] | None = None,
) -> Outcome:
    """Evaluate every recommender with every seed on every task; one without a hyper-parameter `seed` runs once.

    Args:
        task: training set and challenge, or several of them.
        recommenders: a registered name or `path/to/file.py:Class` -> hyper-parameters, or pairs of both, or names.
        seeds: distinct seeds; at least one.
        options: of every run; their seed is replaced.
        after_run: called with the record of each finished run, at once.

    Returns:
        Records and errors; nothing that a recommender does wrong is raised.

    Raises:
        ParameterError: something else stands for the recommenders.
    """
    options, outcome = options or Options(), Outcome()
    work = _work(task, recommenders, seeds)
    weights = _expected_seconds(work, options)
    fallbacks = {id(current): Fallbacks(current) for current, _ in work}
    with _whole_command(weights) as bar:
        for (current, setting), weight in zip(work, weights, strict=True):
            try:
                if isinstance(setting, HarnessError):
                    raise setting
                of_run = replace(options, seed=setting.seed)
                record = evaluate(current, setting.recommender, setting.params, of_run, fallbacks[id(current)])
            except UnitsFailedError as error:
                outcome.errors.extend(error.errors)
            except HarnessError as error:
                outcome.errors.append(error)
            else:
                outcome.records.append(record)
                if after_run:
                    after_run(record)
            bar.advance(weight)
    return outcome


@dataclass(frozen=True, slots=True)
class Shares:
    """Names of the runs whose share is done, and errors of the others."""

    runs: list[str] = field(default_factory=list)
    errors: list[HarnessError] = field(default_factory=list)


def shares_of_all(
    task: Task | Sequence[Task], recommenders: Recommenders, seeds: Sequence[int], options: Options, shard: Shard
) -> Shares:
    """Perform one share of every run; `evaluate_all` then finishes the runs. Arguments as there."""
    shares = Shares()
    for current, setting in _work(task, recommenders, seeds):
        try:
            if isinstance(setting, HarnessError):
                raise setting
            of_run = replace(options, seed=setting.seed)
            shares.runs.append(share_of_run(current, setting.recommender, setting.params, of_run, shard))
        except UnitsFailedError as error:
            shares.errors.extend(error.errors)
        except HarnessError as error:
            shares.errors.append(error)
    return shares


def forecast_all(
    task: Task | Sequence[Task], recommenders: Recommenders, seeds: Sequence[int] = (0,), options: Options | None = None
) -> tuple[list[Forecast], list[HarnessError]]:
    """Forecasts of the runs that `evaluate_all` would make, and errors of those that cannot start; nothing runs."""
    options = options or Options()
    earlier = earlier_runs(options.runs)
    plans: list[Forecast] = []
    errors: list[HarnessError] = []
    for current, setting in _work(task, recommenders, seeds):
        try:
            if isinstance(setting, HarnessError):
                raise setting
            plans.append(forecast(current, setting, options.runs, earlier, force=options.force))
        except HarnessError as error:
            errors.append(error)
    return plans, errors


def _work(task: Task | Sequence[Task], recommenders: Recommenders, seeds: Sequence[int]) -> Work:
    """Every setting on every task; an error of a setting, which is the same on all tasks, once."""
    settings = settings_of(recommenders, seeds)
    tasks = [task] if isinstance(task, Task) else list(task)
    return [
        (current, setting)
        for number, current in enumerate(tasks)
        for setting in settings
        if number == 0 or isinstance(setting, Setting)
    ]


def _expected_seconds(work: Work, options: Options) -> list[int]:
    """Expected seconds of each run, at least 1; the mean of the others for a run without an estimate.

    Without a listener of progress, or for a single run, nothing is estimated.
    """
    if not is_heard() or len(work) < 2:  # noqa: PLR2004 - one run has bars of its own
        return [1] * len(work)
    earlier = earlier_runs(options.runs)
    seconds: list[float | None] = []
    for current, setting in work:
        try:
            if isinstance(setting, HarnessError):
                raise setting
            seconds.append(forecast(current, setting, options.runs, earlier, force=options.force).seconds)
        except HarnessError:
            seconds.append(0.0)
    known = [value for value in seconds if value]
    usual = sum(known) / len(known) if known else 1.0
    return [max(round(usual if value is None else value), 1) for value in seconds]


def _whole_command(weights: list[int]) -> AbstractContextManager[Bar]:
    return step(EXPECTED_SECONDS, sum(weights)) if len(weights) > 1 else nullcontext(Silence())
