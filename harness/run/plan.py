"""Plan of many runs, from a TOML file: recommenders, hyper-parameters, seeds and holdouts."""

from __future__ import annotations

import tomllib
from itertools import product
from typing import TYPE_CHECKING, Any

import msgspec

from harness import registry
from harness.errors import DataError, HarnessError
from harness.identities import Holdout
from harness.task.split_options import SplitOptions
from harness.task.tasks import open_task

if TYPE_CHECKING:
    from pathlib import Path

    from harness.task.tasks import Task


FORM = (
    "a plan has data, seeds, holdouts (validation, test), split (name, seed, params), metrics, and for each "
    "recommender a table [[run]] with recommender, params and vary"
)
"""What a plan contains, for messages."""


class PlannedSplit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Table `[split]`: name, seed and parameters of the split."""

    name: str = "challenge"
    seed: int = 0
    params: dict[str, Any] = {}


class PlannedRecommender(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Table `[[run]]`.

    Attributes:
        recommender: a registered name or `path/to/file.py:Class`.
        params: hyper-parameters with one value.
        vary: hyper-parameter -> values; every combination is a run.
    """

    recommender: str
    params: dict[str, Any] = {}
    vary: dict[str, list[Any]] = {}

    @property
    def settings(self) -> list[dict[str, Any]]:
        """Hyper-parameters of every combination."""
        return [self.params | dict(zip(self.vary, values, strict=True)) for values in product(*self.vary.values())]


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Content of a plan file.

    Attributes:
        run: the recommenders, at least one.
        data: name of a corpus, or a source to import.
        seeds: distinct seeds of the recommenders that have one, at least one.
        holdouts: distinct local challenges, at least one.
        split: how the corpus is cut.
        metrics: names of metrics; the defaults of the split if empty.
    """

    run: tuple[PlannedRecommender, ...]
    data: str = "synthetic"
    seeds: tuple[int, ...] = (0,)
    holdouts: tuple[Holdout, ...] = (Holdout.validation,)
    split: PlannedSplit = PlannedSplit()
    metrics: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the lists.

        Raises:
            ValueError: one is empty or has an item twice.
        """
        for name in ("run", "seeds", "holdouts"):
            items = getattr(self, name)
            if not items:
                raise ValueError(f"`{name}` is empty")
            if name != "run" and len(set(items)) < len(items):
                raise ValueError(f"`{name}` has an item twice")
        for planned in self.run:
            for name, values in planned.vary.items():
                if not values or name in planned.params:
                    raise ValueError(
                        f"`vary.{name}` of {planned.recommender} is empty, or is a fixed parameter as well"
                    )

    @property
    def recommenders(self) -> list[tuple[str, dict[str, Any]]]:
        """Recommender and hyper-parameters of every run, without seeds."""
        return [(planned.recommender, params) for planned in self.run for params in planned.settings]

    def tasks(self) -> list[Task]:
        """Open the task of each holdout."""
        name, seed, params = self.split.name, self.split.seed, self.split.params
        return [open_task(self.data, options=SplitOptions(name, holdout, seed, params)) for holdout in self.holdouts]


def read_plan(path: Path) -> Plan:
    """Read a plan file; names and values of all hyper-parameters are checked.

    Raises:
        DataError: the file is missing, no TOML or no plan, or a run has an invalid hyper-parameter.
    """
    try:
        plan = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8-sig")), Plan)
        for name, params in plan.recommenders:
            registry.create(name, params)
    except OSError as error:
        raise DataError(f"plan {path} cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"plan {path} is not TOML: {error}") from error
    except msgspec.ValidationError as error:
        fault = str(error).replace("`", "'")  # a field of the plan, not one that has a flag
        raise DataError(f"plan {path}: {fault}; {FORM}") from error
    except HarnessError as error:
        raise DataError(f"plan {path}: {error}") from error
    return plan
