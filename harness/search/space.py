"""Search space of hyper-parameters, and the order in which a search proposes settings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, Any

from harness import registry
from harness.errors import ParameterError
from harness.extras import require_extra
from harness.plugin_parameters import takes_fractions
from harness.search.strategy import Search
from harness.search.study import listed

if TYPE_CHECKING:
    from collections.abc import Generator

    from optuna.distributions import BaseDistribution

    Params = dict[str, str | int | float]
    Proposals = Generator[list[Params], list[float | None], None]

DIGITS = 4
"""Significant digits of a value drawn from a range of floats: enough for tuning, few enough to read."""

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_INTEGER = re.compile(r"[+-]?\d+")
_RANGE = re.compile(rf"(log:)?({_NUMBER})\.\.({_NUMBER})")


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from low to high, both included.

    Attributes:
        low, high: bounds, both int or both float; integers only are drawn between two int.
        log: whether the logarithm is drawn uniformly.
    """

    low: float
    high: float
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether the range has integers only."""
        return isinstance(self.low, int) and isinstance(self.high, int)


Space = dict[str, list[str] | Range]
"""Hyper-parameter -> its values, or their range."""


def space_of(recommender: str, texts: list[str]) -> Space:
    """Parse texts as `neighbours=100,300`, `alpha=0.1..1` and `regularization=log:0.001..10`.

    A range has integers only if its hyper-parameter is an `int`. Where the type is unknown, as in a guest, it has them
    if both ends are written without a point. An invalid value fails in its trial; a name without any valid value is
    refused, and so is a range that leaves the bounds of its hyper-parameter, as `harness list NAME` shows them.

    Raises:
        ParameterError: a text is malformed, a name is repeated or unknown, none of its values is valid, or an end
            of a range is not.
        RegistryError: the recommender is unknown.
    """
    space: Space = {}
    for name, values in listed(texts).items():
        match = _RANGE.fullmatch(values[0]) if len(values) == 1 else None
        space[name] = _range(recommender, name, values[0], match) if match else values
        _check(recommender, name, space[name])
    return space


def proposals(
    space: Space, search: Search, n_trials: int, seed: int, *, higher_is_better: bool, at_once: int = 1
) -> Proposals:
    """Propose settings in batches; `send` the values of the last batch, in its order, None for one that failed.

    Args:
        space: without ranges for `grid`.
        search: `grid`, all combinations; `random`; `tpe`, a tree-structured Parzen estimator, whose first ten are
            random: Bergstra et al. 2011, Algorithms for Hyper-Parameter Optimization, as in Optuna.
        n_trials: number of settings of `random` and `tpe`; a longer search begins with those of a shorter one.
        seed: seed of the search.
        higher_is_better: direction of the optimised metric, for `tpe`.
        at_once: settings per batch; `tpe` learns from a batch before it proposes the next.
    """
    if search == Search.grid:
        return _grid(space, at_once)
    return _sampled(space, search, n_trials, seed, higher_is_better=higher_is_better, at_once=at_once)


def n_proposals(space: Space, search: Search, n_trials: int | None) -> int:
    """Number of settings that a search proposes.

    Raises:
        ParameterError: the number of trials does not suit the search, or a grid has a range.
    """
    if search != Search.grid:
        if n_trials is None:
            raise ParameterError(f"`search` {search} needs a number of trials: add `n_trials`")
        return n_trials
    if n_trials is not None:
        raise ParameterError("a grid tries every combination: omit `n_trials`, or use `search` random or tpe")
    n = 1
    for name, values in space.items():
        if isinstance(values, Range):
            raise ParameterError(
                f"a grid cannot try every value of a range: list values as {name}=A,B,C, or add `n_trials`"
            )
        n *= len(values)
    return n


def _grid(space: Space, at_once: int) -> Proposals:
    lists = [values for values in space.values() if not isinstance(values, Range)]
    combinations = product(*lists)
    while batch := list(islice(combinations, at_once)):
        yield [dict(zip(space, combination, strict=True)) for combination in batch]


def _sampled(
    space: Space, search: Search, n_trials: int, seed: int, *, higher_is_better: bool, at_once: int
) -> Proposals:
    require_extra("tune")
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    samplers = {Search.random: optuna.samplers.RandomSampler, Search.tpe: optuna.samplers.TPESampler}
    direction = optuna.study.StudyDirection.MAXIMIZE if higher_is_better else optuna.study.StudyDirection.MINIMIZE
    study = optuna.create_study(direction=direction, sampler=samplers[search](seed=seed))
    distributions = {name: _distribution(values) for name, values in space.items()}
    for first in range(0, n_trials, at_once):
        trials = [study.ask(distributions) for _ in range(first, min(first + at_once, n_trials))]
        values = yield [
            {name: _rounded(drawn, space[name]) for name, drawn in trial.params.items()} for trial in trials
        ]
        for trial, value in zip(trials, values, strict=True):
            study.tell(trial, value, state=optuna.trial.TrialState.FAIL if value is None else None)


def _distribution(values: list[str] | Range) -> BaseDistribution:
    from optuna import distributions

    if not isinstance(values, Range):
        return distributions.CategoricalDistribution(values)
    if values.whole:
        return distributions.IntDistribution(int(values.low), int(values.high), log=values.log)
    return distributions.FloatDistribution(values.low, values.high, log=values.log)


def _rounded(value: Any, values: list[str] | Range) -> str | int | float:
    if isinstance(values, Range) and not values.whole:
        return min(max(float(f"{value:.{DIGITS}g}"), values.low), values.high)
    listed_value: str | int = value
    return listed_value


def _range(recommender: str, name: str, text: str, match: re.Match[str]) -> Range:
    """The range of a hyper-parameter; its type decides whether decimals are drawn, not the way the ends are written."""
    log = bool(match[1])
    low, high = map(float, match.group(2, 3))
    if low >= high or (log and low <= 0):
        raise ParameterError(
            f"`params` {name}={text}: a range is ascending, e.g. 0.1..10, and a logarithmic one begins above 0"
        )
    fractions = _takes_fractions(recommender, name)
    if fractions is None:
        fractions = not all(_INTEGER.fullmatch(end) for end in match.group(2, 3))
    whole = not fractions and low.is_integer() and high.is_integer()
    return Range(int(low), int(high), log) if whole else Range(low, high, log)


def _takes_fractions(recommender: str, name: str) -> bool | None:
    """Whether a hyper-parameter, also one of a member, can have decimals; None if its type is unknown."""
    member, dot, rest = name.partition(".")
    if not dot:
        return takes_fractions(registry.find(recommender), name)
    components = registry.components(registry.create(recommender))
    known = [takes_fractions(type(each), rest) for each in components if registry.traits(each).name == member]
    return known[0] if known else None


def _check(recommender: str, name: str, values: list[str] | Range) -> None:
    errors: list[ParameterError] = []
    candidates = (values.low, values.high) if isinstance(values, Range) else values
    for value in candidates:
        try:
            registry.create(recommender, {name: value})
        except ParameterError as error:
            errors.append(error)
    if len(errors) == len(candidates) or (errors and isinstance(values, Range)):
        raise errors[0]
