"""Checkpoints: an interrupted run resumes after its last completed step."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

import msgspec

from harness.atomic import new_folder
from harness.costs import Cost, Costs
from harness.fingerprint import Fingerprint
from harness.sealed import is_intact, seal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np

    Made = TypeVar("Made")

_COST = "cost.json"


class Kept:
    """Folder of checkpoints, and the costs of those that an earlier start made.

    Attributes:
        folder: has one folder per checkpoint, complete or absent.
        regained: costs of the checkpoints that an earlier start made.
    """

    def __init__(self, folder: Path) -> None:
        """Set the folder; no checkpoint is read yet."""
        self.folder = folder
        self.regained: list[Cost] = []
        self.known: set[Path] = set()  # made by this start, or already counted in `regained`


_active: ContextVar[Kept | None] = ContextVar("checkpoints", default=None)


@contextmanager
def keeping(folder: Path) -> Iterator[Kept]:
    """Store the checkpoints of the `with` block in a folder."""
    checkpoints = Kept(folder)
    token = _active.set(checkpoints)
    try:
        yield checkpoints
    finally:
        _active.reset(token)


@contextmanager
def scratch() -> Iterator[None]:
    """Store checkpoints in a temporary folder, unless a run stores them: for work that needs the same one twice."""
    if _active.get() is not None:
        yield
        return
    with TemporaryDirectory() as folder, keeping(Path(folder)):
        yield


def part(
    name: str,
    of: Iterable[np.ndarray | str],
    make: Callable[[], Made],
    save: Callable[[Made, Path], None],
    load: Callable[[Path], Made],
) -> Made:
    """Return the result of `make`; inside a run, store it as a checkpoint, or load it if an earlier start made it.

    Checkpoints belong to one run, so recommender, hyper-parameters, code, corpus and challenge need not be named
    in `of`. Checkpoints inside another one are not stored.

    Args:
        name: valid as the name of a folder.
        of: arrays and texts that distinguish checkpoints of the same name, e.g. the model and its playlists.
        make: computes the result.
        save: writes the result into an empty folder.
        load: reads the result from that folder.
    """
    checkpoints = _active.get()
    if checkpoints is None:
        return make()
    folder = checkpoints.folder / f"{name}-{_digest(of)}"
    if is_intact(folder):
        if folder not in checkpoints.known:
            checkpoints.regained.append(msgspec.json.decode((folder / _COST).read_bytes(), type=Cost))
            checkpoints.known.add(folder)
        return load(folder)
    shutil.rmtree(folder, ignore_errors=True)  # a damaged one
    checkpoints.known.add(folder)
    token = _active.set(None)
    costs = Costs()
    try:
        with costs.stage(name):
            result = make()
    finally:
        _active.reset(token)
    with new_folder(folder, keep=True) as partial:
        save(result, partial)
        (partial / _COST).write_bytes(msgspec.json.encode(costs.stages[name]))
        seal(partial)
    return result


def _digest(of: Iterable[np.ndarray | str]) -> str:
    digest = Fingerprint()
    for value in of:
        if isinstance(value, str):
            digest.texts([value])
        else:
            digest.array(value)
    return str(digest)[:12]
