"""Settings of several runs: recommenders with hyper-parameters and seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness import registry
from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Sequence

Recommenders = Mapping[str, Mapping[str, Any]] | Iterable[tuple[str, Mapping[str, Any]]]
"""Name -> hyper-parameters, or pairs of both, so that one recommender can have several settings."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One run on a task that is not named yet.

    Attributes:
        recommender: a registered name or `path/to/file.py:Class`.
        params: hyper-parameters; the others keep their defaults.
        seed: for a recommender that has a hyper-parameter `seed`.
    """

    recommender: str
    params: Mapping[str, Any]
    seed: int


def settings_of(recommenders: Recommenders, seeds: Sequence[int]) -> list[Setting | HarnessError]:
    """Every recommender with every seed, one without a hyper-parameter `seed` once; an error instead of one that fails.

    Args:
        recommenders: see `Recommenders`.
        seeds: distinct seeds; at least one.
    """
    settings: list[Setting | HarnessError] = []
    for name, params in recommenders.items() if isinstance(recommenders, Mapping) else recommenders:
        try:
            own_seeds = seeds if registry.takes_seed(registry.find(name)) else seeds[:1]
        except HarnessError as error:
            settings.append(error)
            continue
        settings += [Setting(name, params, seed) for seed in own_seeds]
    return settings
