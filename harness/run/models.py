"""Fitted models in the data folder: loaded if they are stored, otherwise fitted and stored."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness import registry
from harness.atomic import new_folder, sweep
from harness.errors import ContractError, DataError, ParameterError, RegistryError
from harness.home import data_home, is_read_only, only_one
from harness.interfaces import HasTrackVectors
from harness.kit.progress import step
from harness.plugin_errors import plugin_errors
from harness.run import runs
from harness.run.identity import run_identity
from harness.run.key import list_closure
from harness.sealed import is_intact, seal
from harness.task.tasks import task_again, visible_to

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.interfaces import Recommender
    from harness.run.identity import RunIdentity
    from harness.run.record import RunRecord
    from harness.task.tasks import Task


def load_or_fit(recommender: Recommender, task: Task, model: str) -> bool:
    """Load a stored model, or fit the recommender and store its model if it can be saved.

    Args:
        recommender: not fitted yet.
        task: its training set and challenge.
        model: name of the model's folder: the recommender's name and a key of everything that the model depends on.

    Returns:
        Whether the model was loaded.

    Raises:
        RegistryError: the recommender's source changed since it was imported.
        PluginError: it raised an exception.
    """
    name = registry.traits(recommender).name
    if not registry.can_be_kept(recommender):
        fit(recommender, task)
        return False
    list_closure(recommender).check_imported()
    folder = data_home() / "models" / model
    label, sources = f"recommender {name!r}", registry.sources_of_all(recommender)
    with only_one(folder):
        sweep(folder)
        if is_intact(folder):
            with step(f"read {name}"), plugin_errors(f"{label} cannot load its model from {folder}", sources):
                recommender.load(folder)
            return True
        fit(recommender, task)
        try:
            with new_folder(folder) as partial:
                with plugin_errors(f"{label} cannot save its model in {folder}", sources):
                    recommender.save(partial)
                seal(partial)
        except OSError as error:
            if not is_read_only(error):
                raise
    return False


def fit(recommender: Recommender, task: Task) -> None:
    """Fit a recommender.

    Raises:
        PluginError: it raised an exception.
    """
    name = registry.traits(recommender).name
    with plugin_errors(f"recommender {name!r}", registry.sources_of_all(recommender)), step(f"fit {name}"):
        recommender.fit(task.train, task.challenge)


@dataclass(frozen=True, slots=True, eq=False)
class TrackVectors:
    """Track vectors of a run's model.

    Attributes:
        record: the run's record.
        task: the run's task.
        vectors: (n_tracks, n_factors) float32, 0 for a track without a vector.
        was_stored: whether the model was loaded.
        seconds: time to load or to fit it.
    """

    record: RunRecord
    task: Task
    vectors: NDArray[np.float32]
    was_stored: bool
    seconds: float

    @property
    def remark(self) -> str:
        """Origin of the model, one line."""
        origin = "loaded" if self.was_stored else "fitted again"
        return f"model of {self.record.run} {origin} in {self.seconds:.1f} s"


def track_vectors(folder: Path) -> TrackVectors:
    """Track vectors of a run's model.

    A run keeps its lists but not its model, which may take gigabytes. The model is in the data folder if it was needed
    before; otherwise it is fitted again, which gives the same model, because the run's key is compared first.

    Args:
        folder: the run's folder.

    Raises:
        DataError: the run, its corpus or its challenge is damaged or missing, or the code has changed since the run.
        ParameterError: the recommender has no track vectors, or a second fit gives other ones.
    """
    record = runs.read_record(folder)
    recommender = _recommender_of(record)
    task = task_again(record.corpus, record.challenge)
    with plugin_errors(f"recommender {record.recommender!r}", registry.sources_of_all(recommender)):
        identity = run_identity(task, recommender)
    if identity.run != record.run:
        raise DataError(f"run {record.run} cannot be fitted again: {_changed(record, identity)} changed; run it again")
    start = time.perf_counter()
    was_stored = load_or_fit(recommender, visible_to(recommender, task), record.run)
    seconds = time.perf_counter() - start
    assert isinstance(recommender, HasTrackVectors)
    with plugin_errors(f"recommender {record.recommender!r}", registry.sources_of_all(recommender)):
        vectors = recommender.track_vectors()
    _check(vectors, task.train.catalog.n_tracks, record.recommender)
    return TrackVectors(record, task, vectors, was_stored, seconds)


def _recommender_of(record: RunRecord) -> Recommender:
    """The run's recommender, not fitted yet; refused if its model has no vectors or a second fit gives others."""
    try:
        recommender = registry.create(record.location, record.params)
    except (RegistryError, ParameterError) as error:
        raise DataError(f"run {record.run} cannot be fitted again ({error})") from error
    if not isinstance(recommender, HasTrackVectors):
        raise ParameterError(f"run {record.run} has no track vectors: {record.recommender} is not a factor model")
    if not registry.is_deterministic(recommender):
        raise ParameterError(
            f"the model of run {record.run} is not stored, and a second fit with these parameters gives other "
            "vectors: run it with parameters that make it deterministic, e.g. workers=1"
        )
    return recommender


def _changed(record: RunRecord, identity: RunIdentity) -> str:
    """What changed since the run, of the contents of its key."""
    if record.source_hash != identity.source_hash:
        return "the code"
    return "package versions" if record.versions != identity.versions else "the audio features"


def _check(vectors: NDArray[np.float32], n_tracks: int, name: str) -> None:
    is_matrix = isinstance(vectors, np.ndarray) and vectors.shape == (n_tracks, *vectors.shape[-1:])
    if not is_matrix or vectors.dtype != np.float32 or not np.isfinite(vectors).all():
        raise ContractError(
            f"recommender {name!r}: `track_vectors` must return finite float32 values, shape ({n_tracks}, n_factors)"
        )
    if not vectors.any():
        raise DataError(f"{name} has a vector for none of {n_tracks:,} tracks: fit it on more playlists")
