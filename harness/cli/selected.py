"""Decorators that replace a parameter of a command by the options from which its value is made."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Command = Callable[..., None]


def replaced(
    selected: str, options: Mapping[str, tuple[Any, Any]], make: Callable[[dict[str, Any]], Any]
) -> Callable[[Command], Command]:
    """Decorator that replaces the parameter `selected` of a typer command.

    Args:
        selected: name of the parameter; it receives the result of `make`.
        options: name of each parameter that takes its place -> annotation and default.
        make: gets the values of the options by name.
    """
    declared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in options.items()
    ]

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def with_options(**values: Any) -> None:
            chosen = {name: values.pop(name) for name in options}
            command(**values, **{selected: make(chosen)})

        signature = inspect.signature(command, eval_str=True)
        parameters = []
        for parameter in signature.parameters.values():
            kept = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
            parameters += declared if parameter.name == selected else kept
        with_options.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return with_options

    return decorate
