"""Choice of a holdout: split, local challenge and parameters; light to import."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from harness.identities import Holdout


@dataclass(frozen=True, slots=True)
class SplitOptions:
    """Choice of one local challenge.

    Attributes:
        split: a registered name, or `path/to/file.py:Class`; `challenge` has the ten categories.
        holdout: `validation` to choose hyper-parameters, `test` for the final comparison.
        seed: seed of the split.
        params: parameters of the split; the others keep their defaults.
    """

    split: str = "challenge"
    holdout: Holdout = Holdout.validation
    seed: int = 0
    params: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Accept the name of a holdout as text; raises ValueError if it is unknown."""
        object.__setattr__(self, "holdout", Holdout(self.holdout))
