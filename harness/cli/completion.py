"""Shell completion of names: recommenders, splits, metrics, corpora, runs and tags; a failure completes nothing."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_RUNS = Path("submissions")


def complete_recommender(incomplete: str) -> list[str]:
    """Registered recommenders that begin with the incomplete word."""
    from harness import registry

    return _beginning(incomplete, registry.names)


def complete_split(incomplete: str) -> list[str]:
    """Registered splits, likewise."""
    from harness import plugins

    return _beginning(incomplete, lambda: plugins.names(plugins.SPLIT))


def complete_metric(incomplete: str) -> list[str]:
    """Registered metrics, likewise; after a comma the next one of a list."""
    from harness import plugins

    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in _beginning(last, lambda: plugins.names(plugins.METRIC))]


def complete_corpus(incomplete: str) -> list[str]:
    """Stored corpora, likewise."""
    from harness.data.store import corpora

    return _beginning(incomplete, corpora)


def complete_run(ctx: Any, incomplete: str) -> list[str]:
    """Runs of the folder that the command names, by their names and own names."""
    return _beginning(incomplete, lambda: (name for run in _inventory(ctx) for name in (run.run, run.labels.name)))


def complete_tag(ctx: Any, incomplete: str) -> list[str]:
    """Tags of these runs."""
    return _beginning(incomplete, lambda: (tag for run in _inventory(ctx) for tag in run.labels.tags))


def _inventory(ctx: Any) -> Iterator[Any]:
    from harness.run.inventory import inventory

    yield from inventory(Path(ctx.params.get("runs") or _RUNS))


def _beginning(incomplete: str, names: Any) -> list[str]:
    found: Iterable[str] = ()
    with suppress(HarnessError, OSError):  # there is no place to show an error
        found = list(names())
    return sorted({name for name in found if name and name.startswith(incomplete)})
