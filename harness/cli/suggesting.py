"""Commands that suggest an option for an unexpected argument: `harness run popularity` needs `--recommender`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand

from harness.cli.completion import complete_corpus, complete_recommender, complete_split

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES: dict[str, Callable[[str], list[str]]] = {
    "--recommender": complete_recommender,
    "--data": complete_corpus,
    "--split": complete_split,
}
"""Option -> function that lists the known names with a given beginning."""


class SuggestingCommand(TyperCommand):
    """Command whose error for an unexpected argument names the option that takes it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments; an unexpected one is reported before a missing option is."""
        if not ctx.resilient_parsing and "--help" not in args:
            _, unexpected, _ = self.make_parser(ctx).parse_args(args=list(args))
            if unexpected:
                ctx.fail(f"unexpected argument {unexpected[0]!r}{self._suggestion(unexpected[0])}")
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed

    def _suggestion(self, word: str) -> str:
        options = {option for parameter in self.params for option in parameter.opts}
        for option, names in NAMES.items():
            if option in options and (word in names(word) or (option == "--recommender" and ".py:" in word)):
                return f": did you mean {option} {word}?"
        return ""
