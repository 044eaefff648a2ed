"""Complete lists of 500 tracks; an interrupted run resumes after its last finished step."""

from __future__ import annotations

import hashlib
import shutil
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from harness import registry
from harness.atomic import new_file, new_folder
from harness.compiling import show_compilation
from harness.costs import Cost, Costs
from harness.errors import ContractError
from harness.fingerprint import file_digest
from harness.interfaces import HasSummary, HasTraining
from harness.kit.checkpoints import keeping, part
from harness.kit.progress import COMPILING, step, track
from harness.plugin_errors import described, plugin_errors
from harness.ragged import NO_ID
from harness.rules import TRACKS_PER_PLAYLIST
from harness.run.contract import check
from harness.run.fallback import complete
from harness.run.training import Training
from harness.sealed import is_intact, seal

if TYPE_CHECKING:
    from pathlib import Path

    from harness.interfaces import Recommender
    from harness.ragged import Ids
    from harness.task.tasks import Task
    from harness.types import Challenge, Ranked


FALLBACKS = ("title", "popularity")
"""Registered recommenders that complete short lists, in this order."""

OWN_PROCESS = "in a process of its own"
CALLER = "in the calling process, whose memory depends on what ran before"
"""Processes in which costs were measured, in the words of the record."""

LISTS = "lists.npy"
"""Track ids of the lists, (n, 500) int32; a finished run keeps it, so that no reader parses the submission."""

_STATE = "state"
"""First line: digest of the second; second line: JSON."""
_MODEL = "model"

PARTS = "parts"
"""Folder of the checkpoints of a run."""

BLOCK = 500
"""Playlists whose lists are made together and stored as one checkpoint."""


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """Complete lists and the costs of making them.

    Attributes:
        tracks: (n, 500) int32, complete.
        costs: of the stages fit, recommend and fallback.
        share_filled: share of the tracks that come from the fallback.
        learnt: facts about the fitted model that the recommender reports.
        training: network and learning curves that it reports.
        measured: where the costs were measured, `OWN_PROCESS` or `CALLER`.
    """

    tracks: Ids
    costs: Costs
    share_filled: float
    learnt: dict[str, Any]
    training: Training | None
    measured: str


class Fallbacks:
    """The recommenders that complete short lists, each fitted once per task, when it is first needed."""

    def __init__(self, task: Task) -> None:
        """Set the task; nothing is fitted yet."""
        self._task = task
        self._fitted: dict[str, Recommender] = {}

    def complete(self, tracks: Ids) -> Ids:
        """Fill lists up to (n, 500): by title, then by popularity."""
        full = _widened(tracks)
        for name in FALLBACKS:
            short = np.flatnonzero(full[:, -1] == NO_ID)
            if len(short):
                full[short] = complete(full[short], self._lists(name, self._task.challenge.take(short)))
        return full

    def _lists(self, name: str, challenge: Challenge) -> Ranked:
        if name not in self._fitted:
            fallback = registry.create(name)
            fallback.fit(self._task.train, self._task.challenge)
            self._fitted[name] = fallback
        return _recommend(self._fitted[name], name, self._task, challenge)


def costs_so_far(workplace: Path) -> Costs:
    """Costs of the stages that earlier starts finished, in any process."""
    return Costs(_read_state(workplace).stages)


def lists_are_made(workplace: Path) -> bool:
    """Whether an earlier start finished the lists and the file is undamaged."""
    lists = workplace / LISTS
    return lists.is_file() and file_digest(lists) == _read_state(workplace).lists


def make_lists(
    workplace: Path, task: Task, recommender: Recommender, name: str, fallbacks: Fallbacks, measured: str = CALLER
) -> Lists:
    """Fit, recommend and complete; resume if an earlier start was interrupted.

    Args:
        workplace: folder of the unfinished run: checkpoints, then the model if it can be saved, then the lists.
        task: training set and challenge.
        recommender: not fitted yet.
        name: its registered name, for messages.
        fallbacks: those of the same task.
        measured: where the costs are measured.

    Raises:
        ContractError: the lists break the contract; the fitted model is kept.
        PluginError: the recommender raised an exception.
    """
    workplace.mkdir(parents=True, exist_ok=True)
    context = copy_context()  # kernels are compiled in other threads too, which do not inherit the listener
    show_compilation(lambda: context.copy().run(step, COMPILING))
    state = _read_state(workplace)
    costs = Costs(state.stages)
    if lists_are_made(workplace):
        return Lists(
            np.load(workplace / LISTS), costs, state.share_filled, state.learnt, state.training, state.measured
        )
    with plugin_errors(f"recommender {name!r}", registry.sources_of_all(recommender)):
        fit(workplace, task, recommender, name, costs)
    return merge_lists(workplace, task, recommender, name, fallbacks, costs, measured)


def merge_lists(
    workplace: Path,
    task: Task,
    recommender: Recommender,
    name: str,
    fallbacks: Fallbacks,
    costs: Costs,
    measured: str = CALLER,
) -> Lists:
    """Recommend by a fitted recommender, block by block or from checkpoints, and complete; the lists are stored.

    Args:
        workplace: see `make_lists`, as are the others.
        task: training set and challenge.
        recommender: fitted.
        name: its registered name, for messages.
        fallbacks: those of the same task.
        costs: of the fit; those of the other stages are added.
        measured: where the costs are measured.
    """
    with keeping(workplace / PARTS) as checkpoints, costs.stage("recommend"):
        blocks = blocks_of(task.challenge)
        incomplete = np.concatenate(
            [block_lists(task, recommender, name, rows) for rows in track(blocks, f"recommend {name}")]
        )
    costs.add("recommend", checkpoints.regained)
    share_filled = float((incomplete == NO_ID).mean()) if incomplete.size else 0.0
    with costs.stage("fallback"):
        tracks = fallbacks.complete(incomplete)
    learnt, training = _learnt(recommender, name), _training(recommender, name)
    with new_file(workplace / LISTS) as partial:
        save_lists(tracks, partial)
        state = _State(costs.rounded(), share_filled, learnt, training, measured, file_digest(partial))
        _write_state(workplace, state)
    return Lists(tracks, costs, share_filled, learnt, training, measured)


def save_lists(tracks: Ids, path: Path) -> None:
    """Write lists as the array that `runs.lists_of` reads, whatever the file is called."""
    with path.open("wb") as file:
        np.save(file, tracks)


def blocks_of(challenge: Challenge) -> list[slice]:
    """Rows of the playlists whose lists are made together; they depend on nothing but the challenge."""
    return [slice(first, min(first + BLOCK, len(challenge))) for first in range(0, len(challenge), BLOCK)]


def block_lists(task: Task, recommender: Recommender, name: str, rows: slice) -> Ids:
    """Lists of one block by a fitted recommender; a checkpoint if its model can be saved, so that all are of one fit.

    Args:
        task: training set and challenge.
        recommender: fitted.
        name: its registered name, for messages.
        rows: one of `blocks_of` the challenge.

    Returns:
        Track ids, (n, 500); short lists end in -1.
    """
    block = task.challenge.take(np.arange(rows.start, rows.stop))

    def make() -> Ids:
        return _widened(_recommend(recommender, name, task, block).tracks)

    if not registry.can_be_kept(recommender):
        return make()
    return part(
        f"lists-{rows.start // BLOCK:04d}",
        (block.pids,),
        make,
        lambda tracks, folder: save_lists(tracks, folder / LISTS),
        lambda folder: np.load(folder / LISTS),
    )


def _widened(tracks: Ids) -> Ids:
    """A copy of the lists, (n, 500)."""
    missing = TRACKS_PER_PLAYLIST - tracks.shape[1]
    return np.pad(tracks, ((0, 0), (0, missing)), constant_values=NO_ID)


def fit(workplace: Path, task: Task, recommender: Recommender, name: str, costs: Costs) -> None:
    """Fit a recommender and save the model if it can be saved, or load the model that an earlier start saved."""
    model = workplace / _MODEL
    if registry.can_be_kept(recommender) and is_intact(model):
        recommender.load(model)
        return
    with keeping(workplace / PARTS) as checkpoints, costs.stage("fit"), step(f"fit {name}"):
        recommender.fit(task.train, task.challenge)
    costs.add("fit", checkpoints.regained)
    if registry.can_be_kept(recommender):
        _write_state(workplace, _State(costs.rounded(), 0.0))
        with new_folder(model) as partial:
            recommender.save(partial)
            seal(partial)
        shutil.rmtree(workplace / PARTS, ignore_errors=True)


def _recommend(recommender: Recommender, name: str, task: Task, challenge: Challenge) -> Ranked:
    with plugin_errors(f"recommender {name!r}", registry.sources_of_all(recommender)):
        ranked = recommender.recommend(challenge, TRACKS_PER_PLAYLIST)
    return check(ranked, challenge, task.train.catalog.n_tracks, TRACKS_PER_PLAYLIST, name)


def _learnt(recommender: Recommender, name: str) -> dict[str, Any]:
    with plugin_errors(f"recommender {name!r}", registry.sources_of_all(recommender)):
        learnt = recommender.summary if isinstance(recommender, HasSummary) else {}
    try:
        return msgspec.json.decode(msgspec.json.encode(learnt), type=dict[str, Any])
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
        raise ContractError(
            f"recommender {name!r}: `summary` must be a mapping that JSON can represent ({described(error)})"
        ) from error


def _training(recommender: Recommender, name: str) -> Training | None:
    with plugin_errors(f"recommender {name!r}", registry.sources_of_all(recommender)):
        training = recommender.training if isinstance(recommender, HasTraining) else None
    try:
        return msgspec.json.decode(msgspec.json.encode(training), type=Training | None)
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
        raise ContractError(
            f"recommender {name!r}: `training` must be a mapping of layers, epochs and best_epoch ({described(error)})"
        ) from error


class _State(msgspec.Struct):
    stages: dict[str, Cost]
    share_filled: float
    learnt: dict[str, Any] = {}
    training: Training | None = None
    measured: str = CALLER
    lists: str = ""


def _read_state(workplace: Path) -> _State:
    path = workplace / _STATE
    digest, _, content = path.read_bytes().partition(b"\n") if path.is_file() else (b"", b"", b"")
    return msgspec.json.decode(content, type=_State) if content and digest == _digest(content) else _State({}, 0.0)


def _write_state(workplace: Path, state: _State) -> None:
    with new_file(workplace / _STATE) as partial:
        content = msgspec.json.encode(state)
        partial.write_bytes(_digest(content) + b"\n" + content)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
