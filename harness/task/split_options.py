"""Choice of a holdout: which split, which of its two local challenges, which parameters; light to import."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from harness.identities import Holdout


@dataclass(frozen=True, slots=True)
class SplitOptions:
    """Which local challenge is meant.

    Attributes:
        split: a registered name, or `path/to/file.py:Class`; `challenge` has the ten categories.
        holdout: `validation` to choose parameters, `test` to judge.
        seed: another seed holds out other playlists.
        params: parameters of the split; the others keep their defaults.
    """

    split: str = "challenge"
    holdout: Holdout = Holdout.validation
    seed: int = 0
    params: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take a holdout's name as text too; raises ValueError where there is none."""
        object.__setattr__(self, "holdout", Holdout(self.holdout))
