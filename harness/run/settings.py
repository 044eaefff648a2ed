"""Settings of several runs: recommenders with hyper-parameters and seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness import registry
from harness.errors import HarnessError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

Recommenders = Mapping[str, Mapping[str, Any]] | Iterable[str | tuple[str, Mapping[str, Any]]]
"""Name -> hyper-parameters, or pairs of both, so that one recommender can have several settings, or names alone."""


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

    Raises:
        ParameterError: something else stands for the recommenders.
    """
    settings: list[Setting | HarnessError] = []
    for name, params in _pairs(recommenders):
        try:
            own_seeds = seeds if registry.takes_seed(registry.find(name)) else seeds[:1]
        except HarnessError as error:
            settings.append(error)
            continue
        settings += [Setting(name, params, seed) for seed in own_seeds]
    return settings


def _pairs(recommenders: Recommenders) -> Iterable[tuple[str, Mapping[str, Any]]]:
    if isinstance(recommenders, Mapping):
        return recommenders.items()
    if isinstance(recommenders, str) or not isinstance(recommenders, Iterable):
        return [_pair(recommenders)]
    return [_pair(each) for each in recommenders]


def _pair(recommender: str | tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    match recommender:
        case str():
            return recommender, {}
        case (str() as name, Mapping() as params):
            return name, params
    called = getattr(recommender, "__name__", repr(recommender))
    raise ParameterError(f"`recommenders` has {called}: write a name, or a pair of a name and its hyper-parameters")
