"""Parts of long work, kept as each is done, so that what was stopped goes on behind the last of them."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

import msgspec

from harness.atomic import new_folder, sweep
from harness.costs import Cost, Costs
from harness.fingerprint import Fingerprint
from harness.sealed import is_intact, seal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np

    Made = TypeVar("Made")

_COST = "cost.json"


class Kept:
    """Where parts are kept, and what those took that were found there.

    Attributes:
        folder: one folder a part, whole or not there.
        regained: the costs of the parts that an earlier start had done.
    """

    def __init__(self, folder: Path) -> None:
        """Nothing is found yet."""
        self.folder = folder
        self.regained: list[Cost] = []
        self.known: set[Path] = set()  # made by this start, or counted as regained already


_kept: ContextVar[Kept | None] = ContextVar("kept", default=None)


@contextmanager
def keeping(folder: Path) -> Iterator[Kept]:
    """Keep the parts of what is done inside the `with` block in a folder."""
    kept = Kept(folder)
    token = _kept.set(kept)
    try:
        yield kept
    finally:
        _kept.reset(token)


@contextmanager
def scratch() -> Iterator[None]:
    """Keep parts in a temporary folder while inside, unless a run keeps them: for what needs the same part twice."""
    if _kept.get() is not None:
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
    """What `make` returns; inside a run it is kept, and read where an earlier start of the same run had made it.

    A run is known by the recommender, its hyper-parameters, its code, the corpus and the challenge, so a part need
    only be told from the other parts of its run. Parts inside a part are not kept.

    Args:
        name: a folder may be named so.
        of: arrays and texts that tell it from parts of the same name: what is made, and from which playlists.
        make: does the work.
        save: writes what was made into an empty folder.
        load: reads it from there.
    """
    kept = _kept.get()
    if kept is None:
        return make()
    place = kept.folder / f"{name}-{_digest(of)}"
    if is_intact(place):
        if place not in kept.known:
            kept.regained.append(msgspec.json.decode((place / _COST).read_bytes(), type=Cost))
            kept.known.add(place)
        return load(place)
    kept.known.add(place)
    sweep(place)
    token = _kept.set(None)
    costs = Costs()
    try:
        with costs.stage(name):
            made = make()
    finally:
        _kept.reset(token)
    with new_folder(place) as partial:
        save(made, partial)
        (partial / _COST).write_bytes(msgspec.json.encode(costs.stages[name]))
        seal(partial)
    return made


def _digest(of: Iterable[np.ndarray | str]) -> str:
    told = Fingerprint()
    for each in of:
        if isinstance(each, str):
            told.texts([each])
        else:
            told.array(each)
    return str(told)[:12]
