"""Options that choose a holdout of a corpus, declared once for all commands that take them."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.identities import Holdout
from harness.task.split_options import SplitOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., None]

CHOSEN = "split_options"
"""The parameter of a command that gets what the options choose."""


def holdout_options(seed_flag: str = "--split-seed", *, both: bool = False) -> Callable[[Command], Command]:
    """A decorator: in place of its parameter `split_options` the command has the options that choose a holdout.

    Args:
        seed_flag: the flag of the split's seed, where `--seed` is free.
        both: whether the command uses both holdouts, so that none can be chosen.
    """
    options: dict[str, tuple[Any, Any]] = {
        "split": (
            Annotated[
                str,
                typer.Option("--split", help="challenge, next-track, stratified, or file.py:Class."),
            ],
            "challenge",
        ),
        "holdout": (
            Annotated[Holdout, typer.Option("--holdout", help="validation to choose parameters, test to judge.")],
            Holdout.validation,
        ),
        "seed": (Annotated[int, typer.Option(seed_flag, help="Another seed holds out other playlists.")], 0),
        "per_category": (
            Annotated[
                int | None,
                typer.Option("--per-category", min=1, help="Playlists per category; default min(1000, n / 100)."),
            ],
            None,
        ),
        "keep_repeats": (
            Annotated[bool, typer.Option("--keep-repeats", help="Keep withheld entries that repeat a seed.")],
            False,
        ),
        "param": (
            Annotated[
                list[str] | None,
                typer.Option("--split-param", help="NAME=VALUE, a parameter of the split; may be repeated."),
            ],
            None,
        ),
    }
    if both:
        del options["holdout"]
    names = {name: f"split_{name}" for name in options}  # a command may have a seed of its own
    declared = [
        inspect.Parameter(names[name], inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in options.items()
    ]

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def with_options(**given: Any) -> None:
            split_options = _options({name: given.pop(own) for name, own in names.items()})
            command(**given, **{CHOSEN: split_options})

        own = inspect.signature(command, eval_str=True)
        parameters = []
        for each in own.parameters.values():
            parameters += declared if each.name == CHOSEN else [each.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
        with_options.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        with_options.__annotations__ = {each.name: each.annotation for each in parameters}
        return with_options

    return decorate


def _options(values: dict[str, Any]) -> SplitOptions:
    params: dict[str, Any] = {}
    for text in values.pop("param") or ():
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"--split-param {text!r}: write NAME=VALUE, e.g. per_category=100")
        params[name] = value
    for name, default in (("per_category", None), ("keep_repeats", False)):
        value = values.pop(name)
        if value != default:
            params[name] = value
    return SplitOptions(**values, params=params)
