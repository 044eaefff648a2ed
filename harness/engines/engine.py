"""Engines as plug-ins: their interface, their decorator, and the error of units that failed."""

from __future__ import annotations

import typing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from harness import plugin_parameters, plugins
from harness.errors import HarnessError, RegistryError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.engines.units import Unit


class UnitsFailedError(HarnessError):
    """Units that failed; all others that do not need them are done.

    Attributes:
        failures: name of the unit -> error.
    """

    def __init__(self, failures: Mapping[str, str]) -> None:
        """The message has the first error and the number of the others."""
        self.failures = dict(failures)
        (name, error), *others = self.failures.items()
        more = f" (and {len(others)} more units failed)" if others else ""
        super().__init__(f"unit {name} failed: {error}{more}")

    @property
    def errors(self) -> list[HarnessError]:
        """One error per unit."""
        return [HarnessError(f"unit {name} failed: {error}") for name, error in self.failures.items()]


def out_of_memory(memory_gb: float, reason: str) -> str:
    """The error of a unit that ran out of memory, also with twice the memory.

    Args:
        memory_gb: its memory at the last attempt; 0 if there was no limit.
        reason: where it ran out; may be empty.
    """
    limit = f", the second time with {memory_gb:g} GB" if memory_gb else ""
    return f"out of memory twice{limit}{': ' if reason else ''}{reason}"


class Engine(Protocol):
    """A place where units are performed; a dataclass whose fields are its options.

    Attributes:
        name: registered name.
    """

    name: ClassVar[str]

    def perform(self, units: Sequence[Unit], what: str) -> None:
        """Perform the units that are not done, each after those that it needs.

        Args:
            units: with everything that they need.
            what: label of the progress bar.

        Raises:
            UnitsFailedError: some failed; those that do not need them are done.
        """


Class = TypeVar("Class", bound=type)


@dataclass(frozen=True, slots=True)
class EngineTraits:
    """Traits that an engine declares: its registered name."""

    name: str


def engine_class(cls: Class) -> Class:
    """Mark a class as the engine of its attribute `name`; the class becomes a dataclass if it is none yet.

    Its entry point in `harness.engines` has the same name.

    Raises:
        RegistryError: it has no attribute `name`.
    """
    name = getattr(cls, "name", None)
    if not isinstance(name, str):
        raise RegistryError(f"engine {cls.__qualname__} has no name: give it an attribute name: ClassVar[str]")
    plugin: Any = cls if "__dataclass_fields__" in vars(cls) else dataclass(cls)
    return typing.cast("Class", plugins.mark(plugin, plugins.ENGINE, EngineTraits(name)))


def engine(name: str, **options: Any) -> Engine:
    """The engine of a registered name, or of `path/to/file.py:Class`, e.g. `engine("ray", address="auto")`.

    Raises:
        RegistryError: the name is unknown.
        ParameterError: an option is unknown or invalid.
        MissingExtraError: a package that it needs is not installed.
    """
    created: Engine = plugins.create(plugins.ENGINE, name, options)
    return created


def option_names(name: str) -> list[str]:
    """The options of the engine `name`.

    Raises:
        RegistryError: the name is unknown.
    """
    return [field.name for field in plugin_parameters.fields(plugins.find(plugins.ENGINE, name))]
