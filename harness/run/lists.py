"""Complete lists of 500 tracks, made in steps that an interrupted run does not repeat."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from harness import registry
from harness.atomic import new_file, new_folder
from harness.checkpoints import keeping
from harness.costs import Costs
from harness.progress import step
from harness.rules import TRACKS_PER_PLAYLIST
from harness.run.contract import check
from harness.run.fallback import complete
from harness.types import NO_ID, can_be_kept

if TYPE_CHECKING:
    from pathlib import Path

    from harness.task.tasks import Task
    from harness.types import Challenge, Ids, Ranked, Recommender


FALLBACKS = ("title", "popularity")
"""Registered recommenders that complete short lists, in this order."""

_LISTS = "lists.npy"
_STATE = "state.json"
_MODEL = "model"
_PARTS = "parts"


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """What a submission is made of.

    Attributes:
        tracks: (n, 500) int32, complete.
        costs: of the stages fit, recommend and fallback.
        share_filled: share of the tracks that the fallback gave.
        learnt: what the recommender says a reader should see of the fitted model.
    """

    tracks: Ids
    costs: Costs
    share_filled: float
    learnt: dict[str, Any]


class Fallbacks:
    """The recommenders that complete short lists, each made and fitted once a task, when first needed."""

    def __init__(self, task: Task) -> None:
        """Nothing is fitted yet."""
        self._task = task
        self._fitted: dict[str, Recommender] = {}

    def complete(self, tracks: Ids) -> Ids:
        """The lists filled up to (n, 500): by title, then by popularity."""
        missing = TRACKS_PER_PLAYLIST - tracks.shape[1]
        full = np.pad(tracks, ((0, 0), (0, missing)), constant_values=NO_ID)
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


def make_lists(workplace: Path, task: Task, recommender: Recommender, name: str, fallbacks: Fallbacks) -> Lists:
    """Fit, recommend and complete; go on where an earlier start was interrupted.

    Args:
        workplace: a folder for what is done so far: parts of what takes long, the model, if it can be saved, then
            the lists.
        task: what is asked.
        recommender: not fitted yet.
        name: its registered name, for messages.
        fallbacks: those of the same task.

    Raises:
        ContractError: the answer breaks the contract; the fitted model is kept.
    """
    workplace.mkdir(parents=True, exist_ok=True)
    state = _read_state(workplace)
    costs = Costs.from_json(state.stages)
    if (workplace / _LISTS).exists():
        return Lists(np.load(workplace / _LISTS), costs, state.share_filled, state.learnt)
    _fit(workplace, task, recommender, name, costs)
    with keeping(workplace / _PARTS) as kept, costs.stage("recommend"), step(f"recommend {name}"):
        ranked = _recommend(recommender, name, task, task.challenge)
    costs.add("recommend", kept.regained)
    share_filled = 1 - float(ranked.lengths.sum()) / (len(ranked) * TRACKS_PER_PLAYLIST)
    with costs.stage("fallback"):
        tracks = fallbacks.complete(ranked.tracks)
    learnt = getattr(recommender, "learnt", {})
    _write_state(workplace, _State(costs.as_json(), share_filled, learnt))
    with new_file(workplace / _LISTS) as partial, partial.open("wb") as file:
        np.save(file, tracks)
    return Lists(tracks, costs, share_filled, learnt)


def _fit(workplace: Path, task: Task, recommender: Recommender, name: str, costs: Costs) -> None:
    model = workplace / _MODEL
    if can_be_kept(recommender) and model.exists():
        recommender.load(model)
        return
    with keeping(workplace / _PARTS) as kept, costs.stage("fit"), step(f"fit {name}"):
        recommender.fit(task.train, task.challenge)
    costs.add("fit", kept.regained)
    if can_be_kept(recommender):
        _write_state(workplace, _State(costs.as_json(), 0.0))
        with new_folder(model) as partial:
            recommender.save(partial)
        shutil.rmtree(workplace / _PARTS, ignore_errors=True)


def _recommend(recommender: Recommender, name: str, task: Task, challenge: Challenge) -> Ranked:
    answer = recommender.recommend(challenge, TRACKS_PER_PLAYLIST)
    return check(answer, challenge, task.train.catalog.n_tracks, TRACKS_PER_PLAYLIST, name)


class _State(msgspec.Struct):
    stages: dict[str, dict[str, float]]
    share_filled: float
    learnt: dict[str, Any] = {}


def _read_state(workplace: Path) -> _State:
    path = workplace / _STATE
    return msgspec.json.decode(path.read_bytes(), type=_State) if path.exists() else _State({}, 0.0)


def _write_state(workplace: Path, state: _State) -> None:
    with new_file(workplace / _STATE) as partial:
        partial.write_bytes(msgspec.json.encode(state))
