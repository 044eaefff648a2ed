"""Options that choose the engine of a command, shared by several commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.selected import replaced

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.engines.engine import Engine

    Command = Callable[..., None]

SELECTED = "engine"
"""Parameter of a command that receives the engine; None without `--engine`."""

_MEMORY = re.compile(r"(\d+(?:\.\d+)?) ?(GB|MB)", re.IGNORECASE)

_OPTIONS: dict[str, Any] = {
    "engine": Annotated[
        str | None,
        typer.Option(
            "--engine", help="local (processes of this machine), ray, or file.py:Class; divides runs into units."
        ),
    ],
    "workers": Annotated[int | None, typer.Option("--workers", min=1, help="Processes of the local engine.")],
    "address": Annotated[str | None, typer.Option("--address", help="Of the Ray cluster: local, auto or HOST:PORT.")],
    "cpus": Annotated[int | None, typer.Option("--cpus", min=1, help="Cores of a unit on Ray.")],
    "memory_gb": Annotated[str | None, typer.Option("--memory", help="Memory of a unit, e.g. 8GB.")],
    "retries": Annotated[int | None, typer.Option("--retries", min=0, help="Attempts after a lost process.")],
    "time_limit": Annotated[
        float | None, typer.Option("--time-limit", min=0.001, help="Seconds after which a unit is ended.")
    ],
    "same_bits": Annotated[
        bool | None,
        typer.Option("--same-bits", help="Use instructions that processors of different families have in common."),
    ],
}
"""Field of an engine -> its option; `engine` names the engine itself."""


def engine_options(command: Command) -> Command:
    """Decorator that replaces the parameter `engine` of a command by the options that choose it."""
    options = {f"engine_{name}": (annotation, None) for name, annotation in _OPTIONS.items()}
    return replaced(SELECTED, options, _engine)(command)


def _engine(values: dict[str, Any]) -> Engine | None:
    chosen = {name: values[f"engine_{name}"] for name in _OPTIONS}
    return engine_of(chosen.pop("engine"), **chosen)


def engine_of(name: str | None, *, memory_gb: str | None = None, **options: Any) -> Engine | None:
    """The engine of a command line; None without a name.

    Args:
        name: of the engine.
        memory_gb: a number with GB or MB, as text.
        options: field of the engine -> its value, None if it is not given.

    Raises:
        ParameterError: an option is invalid, belongs to another engine, or is given without an engine.
        RegistryError: the engine is unknown.
    """
    from harness.engines.engine import engine, option_names
    from harness.errors import ParameterError

    given = {field: value for field, value in {"memory_gb": memory_gb, **options}.items() if value is not None}
    if name is None:
        if given:
            raise ParameterError(f"{_flag(next(iter(given)))} needs an engine: pass --engine as well")
        return None
    known = option_names(name)
    unknown = [field for field in given if field not in known]
    if unknown:
        flags = sorted(_flag(field) for field in _OPTIONS if field in known)
        raise ParameterError(f"engine {name!r} has no {_flag(unknown[0])}; it has {', '.join(flags) or 'no options'}")
    if memory_gb is not None:
        match = _MEMORY.fullmatch(memory_gb.strip())
        if match is None:
            raise ParameterError(f"--memory {memory_gb!r}: write a number with GB or MB, e.g. 8GB")
        given["memory_gb"] = float(match[1]) / (1 if match[2].upper() == "GB" else 1_000)
    return engine(name, **given)


def _flag(field: str) -> str:
    """The flag of an engine's field: its name without the unit."""
    return "--" + field.removesuffix("_gb").replace("_", "-")
