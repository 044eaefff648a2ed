"""`Metric` and its decorator: one measure of recommended lists, under one definition."""

from __future__ import annotations

import inspect
import math
import re
import traceback
from dataclasses import dataclass, field, fields
from functools import cached_property, partial
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from harness.errors import ContractError, DataError, HarnessError, RegistryError
from harness.metrics.needs import NEEDS
from harness.sources import own_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from harness.metrics.evaluation import Evaluation

    Values = NDArray[np.float64]

Aggregate = Literal["mean", "sum", "group"]

KEYS = ("pid", "category")
"""Key columns of a table of values, which no metric can be called."""

_NAME = re.compile(r"[a-z][a-z0-9_-]*((:[a-z0-9_-]+)*(@k)?(:[a-z0-9_-]+)?|:\*)")
_MARK = "__harness_metric__"
Function = TypeVar("Function", bound="Callable[..., NDArray[np.float64]]")


def full_definition(definition: str, source: str) -> str:
    """A definition, and the fingerprint of the source that computes it if it is a plug-in's; `source` may be empty."""
    return f"{definition} (source {source})" if source else definition


@dataclass(frozen=True, kw_only=True)
class MetricTraits:
    """Description of a metric for tables, stored with its values: tables do not need the plug-in.

    Attributes:
        name: family, optional `@k`, optional `:definition`; unique.
        family: the measure without its definition: `r_precision`, `ndcg`, `hit@10`.
        definition: short name of the definition; every stored and printed value has it.
        title: column heading.
        higher_is_better: False where lower is better.
        worst: value of a playlist without an answer; None where it differs by playlist and `compute` gives it.
        digits: decimals shown.
        informative: True for a measure of which neither direction is better; it never ranks runs.
        aggregate: `mean` of the playlists' values, or their `sum` for a measure of all lists together (catalog
            coverage): each playlist's value is then its share of the sum, and intervals and tests do not apply.
            `group`: the mean over the playlists of a group, NaN for the others; such a metric never ranks runs.
        source: short fingerprint of the sources that computed the values; empty for a metric of the harness, and in
            files of older versions.
    """

    name: str
    family: str
    definition: str
    title: str
    higher_is_better: bool = True
    worst: float | None = 0.0
    digits: int = 4
    informative: bool = False
    aggregate: Aggregate = "mean"
    source: str = ""

    def __post_init__(self) -> None:
        """Convert the worst value to float, as in a file."""
        if self.worst is not None:
            object.__setattr__(self, "worst", float(self.worst))

    def shown(self, value: float) -> str:
        """A value as text, with the metric's number of decimals; `-` for NaN."""
        return "-" if math.isnan(value) else f"{value:.{self.digits}f}"

    @property
    def full_definition(self) -> str:
        """The definition, and the fingerprint of its source if the metric is a plug-in's."""
        return full_definition(self.definition, self.source)

    @property
    def ranks(self) -> bool:
        """Whether runs may be ranked and tested by it."""
        return not self.informative and self.aggregate == "mean"

    @property
    def is_mean(self) -> bool:
        """Whether it is a mean over playlists, all or those of a group, and so has intervals."""
        return self.aggregate != "sum"


@dataclass(frozen=True, kw_only=True)
class Metric(MetricTraits):
    """A metric: its traits and the function that computes it.

    Attributes:
        compute: `compute(evaluation)` -> a value per playlist, (n,) float64; pure. Data named in `needs` are
            passed by keyword: `compute(evaluation, train=...)`.
        needs: names of the data that `compute` takes beyond the lists, see `harness.metrics.needs`.
        word: word of a title that selects the group, of a metric whose registered name ends in `:*`.
        words: of such a registered metric, the usual words.
        description: the docstring of `compute`.
    """

    compute: Callable[..., Values]
    needs: tuple[str, ...] = ()
    word: str = ""
    words: tuple[str, ...] = ()
    description: str = field(default="", repr=False)

    def values(self, evaluation: Evaluation, data: Mapping[str, object] | None = None) -> Values:
        """The value of each list, (n,) float64; a playlist without an answer has the worst value.

        Raises:
            DataError: data that the metric needs are missing.
            ContractError: the metric fails, or does not return one number per playlist.
        """
        given = data or {}
        missing = [need for need in self.needs if need not in given]
        if missing:
            raise DataError(f"metric {self.name!r} needs {', '.join(missing)}: {NEEDS[missing[0]]}")
        try:
            computed = np.asarray(self.compute(evaluation, **{need: given[need] for need in self.needs}), np.float64)
        except HarnessError:
            raise
        except Exception as error:  # a plug-in may raise anything
            raise ContractError(f"metric {self.name!r} failed: {_where(error)}") from error
        if computed.shape != (len(evaluation),):
            raise ContractError(f"metric {self.name!r} returned shape {computed.shape}, not ({len(evaluation)},)")
        outside = np.isnan(computed) & (self.aggregate == "group")
        values = computed if self.worst is None else np.where(evaluation.answered | outside, computed, self.worst)
        if not (np.isfinite(values) | outside).all():
            row = int(np.flatnonzero(~np.isfinite(values) & ~outside)[0])
            raise ContractError(f"metric {self.name!r} returned {values[row]} for row {row}: values must be finite")
        return values

    @property
    def traits(self) -> MetricTraits:
        """The traits alone, with the fingerprint of the metric's source."""
        known = {trait.name: getattr(self, trait.name) for trait in fields(MetricTraits)}
        return MetricTraits(**known | {"source": self.source_digest})

    @cached_property
    def source_digest(self) -> str:
        """Short fingerprint of the sources that compute the values; empty for a metric of the harness."""
        function: Any = self.compute
        while isinstance(function, partial):
            function = function.func
        return own_digest(function.__module__)

    def at(self, k: int) -> Metric:
        """The metric of the first k places, for a metric with `@k` in its name."""
        known = {trait.name: getattr(self, trait.name) for trait in fields(self)}
        known |= {name: known[name].replace("@k", f"@{k}") for name in ("name", "family")}
        return Metric(**known | {"title": self.title.format(k=k), "compute": partial(self.compute, k=k)})

    def of_word(self, word: str) -> Metric:
        """The metric of the playlists whose title holds a word, of one whose name ends in `:*`."""
        known = {each.name: getattr(self, each.name) for each in fields(self)}
        known |= {name: known[name].replace("*", word) for name in ("name", "family")}
        known |= {"title": self.title.format(word=word), "compute": partial(self.compute, word=word)}
        return Metric(**known | {"word": word, "words": ()})


def metric(
    name: str,
    *,
    title: str,
    higher_is_better: bool = True,
    worst: float | None = 0.0,
    digits: int = 4,
    definition: str = "",
    family: str = "",
    needs: tuple[str, ...] = (),
    informative: bool = False,
    aggregate: Aggregate = "mean",
    words: tuple[str, ...] = (),
) -> Callable[[Function], Function]:
    """Declare a function `compute(evaluation)` as a metric.

    A name with `@k` adds the parameter `k`, a name that ends in `:*` the parameter `word`.

    One line of the entry-point group `harness.metrics` with the same name registers it. The keywords are described
    in `MetricTraits` and `Metric`.

    Args:
        name: lower case; family, optional `@k`, optional `:definition`, e.g. `recall@k`, `ndcg:own-hits`; or family
            and `:*` for any word of a title, e.g. `theme:*`.
        title: column heading; `{k}` stands for the number, `{word}` for the word.
        higher_is_better: see `MetricTraits`; likewise `worst`, `digits`, `informative`, `aggregate`.
        worst: see `MetricTraits`.
        digits: see `MetricTraits`.
        definition: short name of the definition; by default the part of `name` after the colon, else `plain`.
        family: by default `name` without its definition.
        needs: data beyond the lists; each is a keyword-only parameter of the function, see `harness.metrics.needs`.
        informative: see `MetricTraits`.
        aggregate: see `MetricTraits`.
        words: see `Metric`.

    Raises:
        RegistryError: name, title, needs and the function's parameters do not agree, the name is a key column of the
            values, or `worst` or `digits` is no suitable number.
    """
    stem, _, suffix = name.partition(":")
    traits: dict[str, Any] = {
        "name": name,
        "family": family or (name if suffix == "*" else stem),
        "definition": definition or suffix.strip("*") or "plain",
        "title": title,
        "higher_is_better": higher_is_better,
        "worst": worst,
        "digits": digits,
        "needs": needs,
        "informative": informative,
        "aggregate": aggregate,
        "words": words,
    }

    def mark(function: Function) -> Function:
        _check(name, title, needs, function)
        _check_numbers(name, worst, digits)
        made = Metric(**traits, compute=function, description=inspect.getdoc(function) or "")
        setattr(function, _MARK, made)
        return function

    return mark


def metric_of(function: object) -> Metric | None:
    """The metric that the decorator made of a function; None if it is not marked."""
    made = getattr(function, _MARK, None)
    return made if isinstance(made, Metric) else None


def _check(name: str, title: str, needs: tuple[str, ...], function: Callable[..., Values]) -> None:
    if not _NAME.fullmatch(name):
        raise RegistryError(f"metric {name!r}: write family, optional @k, optional :definition, in lower case")
    if name in KEYS:
        raise RegistryError(f"metric {name!r} has the name of a key column of the values: choose another name")
    unknown = [need for need in needs if need not in NEEDS]
    if unknown:
        raise RegistryError(f"metric {name!r} needs {unknown[0]!r}, which the harness cannot give: {', '.join(NEEDS)}")
    at_k = "@k" in name
    if at_k != ("{k}" in title):
        raise RegistryError(f"metric {name!r}: name and title {title!r} must both have k, or neither")
    of_word = name.endswith(":*")
    if of_word != ("{word}" in title):
        raise RegistryError(f"metric {name!r}: the name must end in :* if title {title!r} has {{word}}, and only then")
    parameters = list(inspect.signature(function).parameters)
    filled = ["k"] if at_k else ["word"] if of_word else []
    if sorted(parameters[1:]) != sorted([*filled, *needs]):
        wanted = ", ".join(["evaluation", *filled, *(["*", *needs] if needs else [])])
        raise RegistryError(f"metric {name!r}: its function takes ({', '.join(parameters)}), it must take ({wanted})")


def _check_numbers(name: str, worst: float | None, digits: int) -> None:
    if worst is not None and not (isinstance(worst, Real) and math.isfinite(worst)):
        raise RegistryError(f"metric {name!r}: worst={worst!r} is no finite number: write one, or None")
    if not isinstance(digits, int) or digits < 0:
        raise RegistryError(f"metric {name!r}: digits={digits!r} is no number of decimals: write 0 or more")


def _where(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    reason = f"{type(error).__name__}: {error}".splitlines()[0]
    return f"{reason} ({frame.filename}, line {frame.lineno})"
