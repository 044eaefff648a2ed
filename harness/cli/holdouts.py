"""Options that select a holdout of a corpus, shared by several commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.completion import complete_split
from harness.cli.selected import replaced
from harness.identities import Holdout
from harness.task.split_options import SplitOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., None]

SELECTED = "split_options"
"""Parameter of a command that receives the selected options."""


def holdout_options(seed_flag: str = "--split-seed", *, both: bool = False) -> Callable[[Command], Command]:
    """Decorator that replaces the parameter `split_options` of a command by the options that select a holdout.

    Args:
        seed_flag: flag of the split seed; `--seed` if the command has no other seed.
        both: the command uses both holdouts, so that `--holdout` is omitted.
    """
    options: dict[str, tuple[Any, Any]] = {
        "split": (
            Annotated[
                str,
                typer.Option(
                    "--split",
                    help="challenge, next-track, stratified, or file.py:Class.",
                    autocompletion=complete_split,
                ),
            ],
            "challenge",
        ),
        "holdout": (
            Annotated[
                Holdout,
                typer.Option("--holdout", help="validation for choosing parameters, test for the final evaluation."),
            ],
            Holdout.validation,
        ),
        "seed": (Annotated[int, typer.Option(seed_flag, help="Seed of the split.")], 0),
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
                typer.Option("--split-param", help="NAME=VALUE, a split parameter, e.g. drop_last=all; repeatable."),
            ],
            None,
        ),
    }
    if both:
        del options["holdout"]
    named = {f"split_{name}": option for name, option in options.items()}  # a command may have another seed
    return replaced(SELECTED, named, lambda values: _options({name: values[f"split_{name}"] for name in options}))


def _options(values: dict[str, Any]) -> SplitOptions:
    from harness.errors import ParameterError

    params: dict[str, Any] = {
        name: value
        for name, default in (("per_category", None), ("keep_repeats", False))
        if (value := values.pop(name)) != default
    }
    for text in values.pop("param") or ():
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ParameterError(f"--split-param {text!r}: write NAME=VALUE, e.g. per_category=100")
        if name in params:
            raise ParameterError(f"--split-param {text!r}: {name} is given twice, name one value")
        params[name] = value
    return SplitOptions(**values, params=params)
