"""The options that choose a draw of a corpus, declared once for all commands that take them."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.task.split_options import Kind, SplitOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., None]

TAKEN = "drawn"
"""The parameter of a command that gets what the options choose."""


def draw_options(seed_flag: str = "--split-seed", *, both: bool = False) -> Callable[[Command], Command]:
    """A decorator: in place of its parameter `drawn` the command has the options that choose a draw.

    Args:
        seed_flag: how the draw's seed is called, where `--seed` is free.
        both: whether the command takes both draws, so that none can be chosen.
    """
    options: dict[str, tuple[Any, Any]] = {
        "kind": (
            Annotated[
                Kind,
                typer.Option(
                    "--split",
                    help="The ten categories; the last track from the one before it; or the rest from the first track.",
                ),
            ],
            "challenge",
        ),
        "draw": (Annotated[int, typer.Option("--draw", min=1, max=2, help="1 to choose parameters, 2 to judge.")], 1),
        "seed": (Annotated[int, typer.Option(seed_flag, help="Another seed draws other playlists.")], 0),
        "per_category": (
            Annotated[
                int | None,
                typer.Option("--per-category", min=1, help="Playlists a category; default min(1000, n / 100)."),
            ],
            None,
        ),
        "keep_repeats": (
            Annotated[bool, typer.Option("--keep-repeats", help="Keep withheld entries that repeat a seed.")],
            False,
        ),
    }
    if both:
        del options["draw"]
    names = {name: f"draw_{name}" for name in options}  # a command may have a seed of its own
    declared = [
        inspect.Parameter(names[name], inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in options.items()
    ]

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def with_options(**given: Any) -> None:
            drawn = SplitOptions(**{name: given.pop(own) for name, own in names.items()})
            command(**given, **{TAKEN: drawn})

        own = inspect.signature(command, eval_str=True)
        parameters = []
        for each in own.parameters.values():
            parameters += declared if each.name == TAKEN else [each.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
        with_options.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        with_options.__annotations__ = {each.name: each.annotation for each in parameters}
        return with_options

    return decorate
