"""Several recommenders, each with several seeds, on one task; a failure does not end the others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness import registry
from harness.engines.engine import UnitsFailedError
from harness.errors import HarnessError
from harness.run.lists import Fallbacks
from harness.run.pipeline import Options, evaluate, share_of_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from harness.engines.shards import Shard
    from harness.run.record import RunRecord
    from harness.task.tasks import Task


@dataclass(frozen=True, slots=True)
class Outcome:
    """Results of several runs.

    Attributes:
        records: of the runs that finished, in the order of the recommenders, then of the seeds.
        errors: of the runs that failed, likewise.
    """

    records: list[RunRecord] = field(default_factory=list)
    errors: list[HarnessError] = field(default_factory=list)


def evaluate_all(
    task: Task,
    recommenders: Mapping[str, Mapping[str, Any]],
    seeds: Sequence[int] = (0,),
    options: Options | None = None,
    after_run: Callable[[RunRecord], None] | None = None,
) -> Outcome:
    """Evaluate every recommender with every seed; one without a hyper-parameter `seed` runs once.

    Args:
        task: training set and challenge.
        recommenders: a registered name or `path/to/file.py:Class` -> hyper-parameters.
        seeds: distinct seeds; at least one.
        options: of every run; their seed is replaced.
        after_run: called with the record of each finished run, at once.

    Returns:
        Records and errors; nothing that a recommender does wrong is raised.
    """
    options = options or Options()
    outcome, fallbacks = Outcome(), Fallbacks(task)
    for name, params, seed in _runs(recommenders, seeds, outcome.errors):
        try:
            record = evaluate(task, name, params, replace(options, seed=seed), fallbacks)
        except UnitsFailedError as error:
            outcome.errors.extend(error.errors)
            continue
        except HarnessError as error:
            outcome.errors.append(error)
            continue
        outcome.records.append(record)
        if after_run:
            after_run(record)
    return outcome


@dataclass(frozen=True, slots=True)
class Shares:
    """Names of the runs whose share is done, and errors of the others."""

    runs: list[str] = field(default_factory=list)
    errors: list[HarnessError] = field(default_factory=list)


def shares_of_all(
    task: Task, recommenders: Mapping[str, Mapping[str, Any]], seeds: Sequence[int], options: Options, shard: Shard
) -> Shares:
    """Perform one share of every run; `evaluate_all` then finishes the runs. Arguments as there."""
    shares = Shares()
    for name, params, seed in _runs(recommenders, seeds, shares.errors):
        try:
            shares.runs.append(share_of_run(task, name, params, replace(options, seed=seed), shard))
        except UnitsFailedError as error:
            shares.errors.extend(error.errors)
        except HarnessError as error:
            shares.errors.append(error)
    return shares


def _runs(
    recommenders: Mapping[str, Mapping[str, Any]], seeds: Sequence[int], errors: list[HarnessError]
) -> Iterator[tuple[str, Mapping[str, Any], int]]:
    """Recommender, hyper-parameters and seed of each run; the error of one that cannot be found is added."""
    for name, params in recommenders.items():
        try:
            own_seeds = seeds if registry.takes_seed(registry.find(name)) else seeds[:1]
        except HarnessError as error:
            errors.append(error)
            continue
        for seed in own_seeds:
            yield name, params, seed
