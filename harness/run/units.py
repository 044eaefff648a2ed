"""Units of a run: parts of the fit, the fit, lists of blocks of playlists, all lists together, and metric values.

All become checkpoints of the run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import plugin_parameters, registry
from harness.costs import Costs
from harness.engines.units import Unit
from harness.errors import ContractError, DataError, PluginError
from harness.home import VARIABLE as HOME
from harness.home import data_home
from harness.identities import ChallengeFile, ChallengeId, CorpusId
from harness.interfaces import Divisible
from harness.kit.checkpoints import keeping
from harness.metrics.catalogue import metric_named
from harness.plugin_errors import plugin_errors
from harness.run import runs
from harness.run.identity import run_identity
from harness.run.key import list_closure
from harness.run.lists import (
    PARTS,
    Fallbacks,
    block_lists,
    blocks_of,
    costs_so_far,
    fit,
    lists_are_made,
    make_lists,
    merge_lists,
)
from harness.run.scoring import is_found_by_name, score, values_key
from harness.task.tasks import task_again, visible_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.interfaces import Recommender
    from harness.metrics.metric import Metric
    from harness.task.tasks import Task

    Stages = Sequence[Mapping[str, Callable[[], object]]]

FIT = "fit"
MERGE = "merge"
VALUES = "values"

_PART = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Order:
    """A run, as a process on any machine that shares the folders can open it.

    Attributes:
        workplace: folder of the unfinished run, absolute.
        home: data folder, absolute.
        corpus, challenge: identities of the task.
        recommender: registered name, or `path/to/file.py:Class` with an absolute path.
        params: all hyper-parameters.
        run: name of the run; a process whose sources or packages give another name refuses the order.
    """

    workplace: Path
    home: Path
    corpus: CorpusId
    challenge: ChallengeId
    recommender: str
    params: Mapping[str, Any]
    run: str

    @classmethod
    def of(cls, task: Task, name: str, recommender: Recommender, folder: Path) -> Order:
        """The order of a run of this task.

        Args:
            task: of a stored corpus; a challenge or answers file must be readable on every machine.
            name: registered name, or `path/to/file.py:Class`.
            recommender: created, not fitted.
            folder: final folder of the run.
        """
        file, colon, attribute = name.rpartition(":")
        params = plugin_parameters.values(recommender)
        return cls(
            workplace=runs.workplace(folder).resolve(),
            home=data_home().resolve(),
            corpus=task.corpus,
            challenge=task.challenge_id,
            recommender=f"{Path(file).expanduser().resolve()}:{attribute}" if colon else name,
            params=params,
            run=folder.name,
        )

    def is_of_task(self, other: Order) -> bool:
        """Whether another order has the same task."""
        return (self.home, self.corpus, self.challenge) == (other.home, other.corpus, other.challenge)


@dataclass(frozen=True)
class Preparation:
    """Work of a unit: one part of a fit, see `Divisible.preparations`."""

    order: Order
    part: str

    def __call__(self) -> None:
        """Make the part and store it as a checkpoint."""
        opened = _open(self.order)
        sources = registry.sources_of_all(opened.recommender)
        with plugin_errors(f"recommender {opened.label!r}", sources):
            if opened.parts is None:
                opened.parts = _preparations(opened.task, opened.recommender)
            with keeping(self.order.workplace / PARTS):
                next(stage[self.part] for stage in opened.parts if self.part in stage)()
        opened.is_fitted = False


@dataclass(frozen=True)
class Fit:
    """Work of a unit: the fit, from the parts that are there."""

    order: Order

    def __call__(self) -> None:
        """Fit and save the model."""
        _fitted(self.order)


@dataclass(frozen=True)
class BlockLists:
    """Work of a unit: the lists of one block of playlists."""

    order: Order
    number: int

    def __call__(self) -> None:
        """Load the model, and store the lists as a checkpoint."""
        opened = _fitted(self.order)
        rows = blocks_of(opened.task.challenge)[self.number]
        with keeping(self.order.workplace / PARTS):
            block_lists(opened.task, opened.recommender, opened.label, rows)


@dataclass(frozen=True)
class Merge:
    """Work of a unit: the lists of all blocks together, short ones completed."""

    order: Order

    def __call__(self) -> None:
        """Store the lists where the run keeps them."""
        workplace = self.order.workplace
        if not lists_are_made(workplace):
            opened = _fitted(self.order)
            costs = costs_so_far(workplace)
            merge_lists(workplace, opened.task, opened.recommender, opened.label, opened.fallbacks, costs)


@dataclass(frozen=True)
class Values:
    """Work of a unit: the values of metrics, by name."""

    order: Order
    metrics: tuple[str, ...]

    def __call__(self) -> None:
        """Measure the lists, and store the values as a checkpoint."""
        opened, workplace = _open(self.order), self.order.workplace
        lists = make_lists(workplace, opened.task, opened.recommender, opened.label, opened.fallbacks)  # they are there
        task = opened.judged_task
        if task.judged is None:
            raise DataError(f"the answers of challenge {task.challenge_id.label} are gone: nothing can be scored")
        with keeping(workplace / PARTS):
            score(task, task.judged, lists.tracks, tuple(map(metric_named, self.metrics)))


def units_of_run(order: Order, task: Task, recommender: Recommender, metrics: Sequence[Metric]) -> list[Unit]:
    """Units of a run, in an order in which one process could perform them.

    Args:
        order: the run.
        task: its task.
        recommender: created, not fitted. If its model cannot be saved there are no units: one process makes the lists.
        metrics: to measure if the task's answers are known. They are a unit if every process finds them by name.

    Raises:
        PluginError: the recommender failed to divide its work.
    """
    if not registry.can_be_kept(recommender):
        return []
    folder = order.workplace
    units: list[Unit] = []
    earlier: tuple[str, ...] = ()
    visible = visible_to(recommender, task)
    with plugin_errors(f"recommender {order.recommender!r}", registry.sources_of_all(recommender)):
        stages = _preparations(visible, recommender)
    for stage in stages:
        units += [Unit(f"prepare-{part}", folder, Preparation(order, part), earlier) for part in stage]
        earlier = tuple(f"prepare-{part}" for part in stage) or earlier
    units.append(Unit(FIT, folder, Fit(order), tuple(unit.name for unit in units)))
    n_blocks = len(blocks_of(task.challenge))
    blocks = [Unit(f"lists-{number:04d}", folder, BlockLists(order, number), (FIT,)) for number in range(n_blocks)]
    units += [*blocks, Unit(MERGE, folder, Merge(order), (FIT, *(unit.name for unit in blocks)))]
    if task.judged and metrics and all(map(is_found_by_name, metrics)):
        work = Values(order, tuple(metric.name for metric in metrics))
        units.append(Unit(f"{VALUES}-{values_key(task, metrics)}", folder, work, (MERGE,)))
    return units


@dataclass
class _Opened:
    """An order's task and recommender in this process.

    Attributes:
        judged_task: with the withheld tracks, which the recommender never receives.
        task: as the recommender receives it.
        fallbacks: of the task, fitted when they are needed.
    """

    order: Order
    judged_task: Task
    task: Task
    recommender: Recommender
    label: str
    fallbacks: Fallbacks
    is_fitted: bool = False
    parts: Stages | None = None


_opened: list[_Opened] = []
"""The last order, opened: consecutive units of a run share its task and model, runs of a task share the task."""


def _open(order: Order) -> _Opened:
    if _opened and _opened[0].order == order:
        return _opened[0]
    previous = _opened.pop() if _opened else None
    os.environ[HOME] = str(order.home)
    if previous and previous.order.is_of_task(order):
        judged_task, fallbacks = previous.judged_task, previous.fallbacks
    else:
        judged_task = _task(order)
        fallbacks = Fallbacks(replace(judged_task, judged=None))
    task = replace(judged_task, judged=None)
    recommender = registry.create(order.recommender, order.params)
    run = run_identity(task, recommender).run
    if run != order.run:
        raise ContractError(
            f"this process makes run {run} of what should be {order.run}: the sources of the recommender or the "
            "versions of its packages differ between machines; install the same on all"
        )
    list_closure(recommender).check_imported()
    visible = visible_to(recommender, task)
    label = registry.traits(recommender).name
    _opened.append(_Opened(order, judged_task, visible, recommender, label, fallbacks))
    return _opened[0]


def _task(order: Order) -> Task:
    try:
        return task_again(order.corpus, order.challenge)
    except DataError as error:
        what = f" and {order.challenge.file}" if isinstance(order.challenge, ChallengeFile) else ""
        raise DataError(f"{error} (all machines must share {order.home}{what})") from error


def _fitted(order: Order) -> _Opened:
    opened = _open(order)
    if not opened.is_fitted:
        with plugin_errors(f"recommender {opened.label!r}", registry.sources_of_all(opened.recommender)):
            fit(order.workplace, opened.task, opened.recommender, opened.label, Costs())
        opened.is_fitted = True
    return opened


def _preparations(task: Task, recommender: Recommender) -> Stages:
    """The parts of a fit; raises PluginError if they are not as `Divisible.preparations` says."""
    if not isinstance(recommender, Divisible):
        return ()
    stages = recommender.preparations(task.train, task.challenge)
    is_valid = isinstance(stages, Sequence) and all(map(_is_stage, stages))
    if not is_valid or len(set().union(*stages)) < sum(map(len, stages)):
        raise PluginError(
            f"`preparations` returned {type(stages).__name__}: return a list of stages, each a dict of names to "
            "functions; a name has letters, digits, - and _, and occurs in one stage"
        )
    return stages


def _is_stage(stage: object) -> bool:
    return isinstance(stage, Mapping) and all(
        isinstance(name, str) and _PART.fullmatch(name) and callable(part) for name, part in stage.items()
    )
