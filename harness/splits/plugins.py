"""Decorator and declared traits of splits."""

from __future__ import annotations

import typing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from harness import plugins
from harness.plugin_errors import plugin_errors
from harness.splits.holdouts import without_held_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.splits.holdouts import Holdouts, LocalChallenge, TrainingRule
    from harness.types import Playlists

Class = TypeVar("Class", bound=type)


@dataclass(frozen=True, slots=True)
class SplitTraits:
    """Declared traits of a split.

    Attributes:
        name: registered name.
        metrics: default metrics of runs on this split, for values and ranking.
        train_keeps_beginnings: whether the beginnings of held-out playlists stay in the training set; if
            True, the split has a method `training`.
    """

    name: str
    metrics: tuple[str, ...]
    train_keeps_beginnings: bool = False


class SplitPlugin(Protocol):
    """A way to cut a corpus: a dataclass whose fields are its parameters."""

    def cut(self, playlists: Playlists, seed: int) -> Holdouts:
        """Cut a corpus into two holdouts and a training set; equal arguments give equal holdouts."""


class KeepsBeginnings(SplitPlugin, Protocol):
    """A split whose held-out playlists stay in the training set without their withheld tracks."""

    def training(self, playlists: Playlists, both: tuple[LocalChallenge, LocalChallenge]) -> Playlists:
        """The training set."""


@typing.dataclass_transform()
def split(name: str, *, metrics: tuple[str, ...], train_keeps_beginnings: bool = False) -> Callable[[Class], Class]:
    """Mark a class as the split `name`; the class becomes a dataclass if it is not one yet.

    Args:
        name: the registered name, kebab-case; its entry point in `harness.splits` has the same.
        metrics: see `SplitTraits`.
        train_keeps_beginnings: see `SplitTraits`.
    """

    def decorate(cls: Class) -> Class:
        made: Any = cls if "__dataclass_fields__" in vars(cls) else dataclass(cls)
        return typing.cast(
            "Class", plugins.mark(made, plugins.SPLIT, SplitTraits(name, tuple(metrics), train_keeps_beginnings))
        )

    return decorate


def create_split(name: str, params: Mapping[str, Any] | None = None) -> SplitPlugin:
    """A split with these parameters; the others keep their defaults.

    Raises:
        RegistryError: there is no such split.
        ParameterError: a parameter is unknown or its value does not fit.
    """
    made: SplitPlugin = plugins.create(plugins.SPLIT, name, params or {})
    return made


def split_file(name: str) -> str:
    """`path/to/file.py:Class` with an absolute path for a split that is named by its file; empty for a registered one.

    Raises:
        RegistryError: there is no such split.
    """
    return plugins.file_location(plugins.find(plugins.SPLIT, name))


def training_rule(plugin: SplitPlugin) -> TrainingRule:
    """Training rule of a split: its own where it keeps beginnings, else removal of the held-out playlists."""
    declared: SplitTraits = plugins.traits_of(type(plugin), plugins.SPLIT)
    if not declared.train_keeps_beginnings:
        return without_held_out

    def training(playlists: Playlists, both: tuple[LocalChallenge, LocalChallenge]) -> Playlists:
        with plugin_errors(f"split {declared.name!r}", plugins.sources(type(plugin))):
            return typing.cast("KeepsBeginnings", plugin).training(playlists, both)

    return training


def split_traits(name: str) -> SplitTraits:
    """Declared traits of the split of this name.

    Raises:
        RegistryError: there is no such split.
    """
    declared: SplitTraits = plugins.traits_of(plugins.find(plugins.SPLIT, name), plugins.SPLIT)
    return declared
