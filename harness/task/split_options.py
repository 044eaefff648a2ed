"""Which of a corpus's own draws is meant; free of anything slow to import, as the command line reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from harness.errors import ParameterError

Kind = Literal["challenge", "next-track", "stratified"]


@dataclass(frozen=True, slots=True)
class SplitOptions:
    """Which local challenge is meant.

    Attributes:
        draw: 1 to choose parameters, 2 to judge.
        seed: another seed draws other playlists.
        per_category: playlists a category, or None for what suits the corpus; of `challenge` only.
        keep_repeats: keep withheld entries that repeat a seed; of `challenge` only.
        kind: `challenge`, the ten categories; `next-track`, the last track from the one before it;
            `stratified`, the rest of the playlist from its first track, drawn by title and followers.
    """

    draw: int = 1
    seed: int = 0
    per_category: int | None = None
    keep_repeats: bool = False
    kind: Kind = "challenge"

    def __post_init__(self) -> None:
        """Refuse what does not go together; raises ParameterError."""
        if self.kind not in get_args(Kind):
            raise ParameterError(f"no split {self.kind!r}; there are {', '.join(get_args(Kind))}")
        if self.kind != "challenge" and (self.per_category is not None or self.keep_repeats):
            raise ParameterError(
                f"--per-category and --keep-repeats belong to the challenge split, not to {self.kind}: leave them out"
            )
