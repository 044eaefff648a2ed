"""Lookup of metrics by name: `r_precision`, `r_precision:paper`, `hit@10`, `path/to/file.py:function`.

A metric registered as `theme:*` is named with any word of a title, `theme:country`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from harness import plugins
from harness.errors import HarnessError, ParameterError, RegistryError
from harness.metrics.metric import Metric, metric_of
from harness.plugin_parameters import suggestion
from harness.rules import TRACKS_PER_PLAYLIST

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

MetricChoice = Metric | str | Callable[..., Any]
"""A metric, its name, or the function that `@harness.metric` marks."""

DEFAULT_METRIC_NAMES = ("r_precision", "ndcg", "clicks")
"""Metrics of the official challenge; a split declares its own."""

ALL_WORDS = ":all"
"""Ending that names the usual words of a metric registered with `:*`."""

_WORD = re.compile(r"\w+(-\w+)*")
_NUMBER = re.compile(r"@([1-9][0-9]{0,5})(?=$|:)")


def default_metrics() -> tuple[Metric, ...]:
    """The three metrics of the official challenge."""
    return tuple(map(metric_named, DEFAULT_METRIC_NAMES))


@cache
def registered_metrics() -> dict[str, EntryPoint]:
    """Name -> entry point of every registered metric, with `@k` as a template; nothing is imported.

    Raises:
        RegistryError: two distributions claim one name.
    """
    return plugins.registered(plugins.METRIC)


def loaded_metrics() -> dict[str, Metric | HarnessError]:
    """Every registered metric, with `@k` as a template; an error in place of one that cannot be loaded."""
    loaded: dict[str, Metric | HarnessError] = {}
    for name in registered_metrics():
        try:
            loaded[name] = _registered(name)
        except HarnessError as error:
            loaded[name] = error
    return loaded


def metric_named(name: str) -> Metric:
    """The metric of a name (`ndcg`, `ndcg:log2i`, `hit@10`), a `family:definition`, or `path/to/file.py:function`.

    A metric of a file whose name has `@k` is named `path/to/file.py:function@10`.

    Raises:
        ParameterError: no metric has this name.
        RegistryError: its plug-in cannot be imported or does not declare it.
    """
    return _of_file(name) if ".py:" in name else _of_distribution(name)  # a file may be edited between two calls


@cache
def _of_distribution(name: str) -> Metric:
    template, k = _split_number(name)
    match = _registered(template) if template in registered_metrics() else _by_definition(template)
    match = match or _of_word(template)
    if match is not None and (match.name.endswith(":*") or match.word == ALL_WORDS[1:]):
        family = name.partition(":")[0]
        example = f"{family}:{_registered(f'{family}:*').words[-1]}"
        raise ParameterError(f"metric {name!r} is no single metric: name a word of titles, e.g. {example}")
    if match is None or (k is None) != ("@k" not in match.name) or (k or 1) > TRACKS_PER_PLAYLIST:
        raise ParameterError(
            f"no metric {name!r}{suggestion(template, registered_metrics())}; `harness metrics` lists all, "
            f"with k from 1 to {TRACKS_PER_PLAYLIST}"
        )
    return match if k is None else _at(match, k)


def metrics_named(names: str, defaults: Iterable[str] = DEFAULT_METRIC_NAMES) -> tuple[Metric, ...]:
    """The metrics of `name,name,…`, in that order, each once; `theme:all` is one metric per usual word.

    `+name,name,…` adds them to the defaults.

    Raises:
        ParameterError: a name is unknown, or none is given.
        RegistryError: a plug-in cannot be imported.
    """
    chosen = [*defaults, *names[1:].split(",")] if names.startswith("+") else names.split(",")
    single = (each for name in chosen for each in _with_usual_words(name.strip()))
    return tuple({each.name: each for each in map(metric_named, single)}.values())


def chosen_metrics(metrics: MetricChoice | Iterable[MetricChoice]) -> tuple[Metric, ...]:
    """Metrics by name: `"name,name"`, or names, metrics and functions under `@harness.metric`, each once.

    Raises:
        ParameterError: a name is unknown, none is given, or something else stands for a metric.
        RegistryError: a plug-in cannot be imported, or a function has the name of a registered metric.
    """
    if isinstance(metrics, str):
        return metrics_named(metrics)
    several = metrics if isinstance(metrics, Iterable) else (metrics,)
    return tuple({metric.name: metric for metric in map(_chosen, several)}.values())


def _chosen(choice: MetricChoice) -> Metric:
    if isinstance(choice, str):
        return metric_named(choice)
    metric = choice if isinstance(choice, Metric) else metric_of(choice)
    if metric is None:
        called = getattr(choice, "__name__", repr(choice))
        raise ParameterError(f"`metrics` has {called}, which is no metric: name one, or put @harness.metric above it")
    if "@k" in metric.name or metric.name.endswith(":*"):
        raise ParameterError(
            f"metric {metric.name!r} is no single metric: name it with its number, e.g. recall@10, file.py:FUNCTION@10"
        )
    if metric is not choice and metric.name in registered_metrics() and metric != _registered(metric.name):
        raise RegistryError(f"a distribution registers metric {metric.name!r} already: choose another name")
    return metric


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """The distinct names in the order of tables: the challenge's families first, then the others; k ascending."""

    def key(name: str) -> tuple[int, str, int, str]:
        template, k = _split_number(name)
        family, _, definition = template.partition(":")
        places = [place for place, each in enumerate(DEFAULT_METRIC_NAMES) if family.startswith(each) and k is None]
        return (places[0] if places else len(DEFAULT_METRIC_NAMES), family, k or 0, definition)

    return tuple(sorted(dict.fromkeys(names), key=key))


def _with_usual_words(name: str) -> list[str]:
    """`theme:all` -> one name per usual word; another name alone."""
    stem = name.removesuffix(ALL_WORDS)
    if stem == name or f"{stem}:*" not in registered_metrics():
        return [name]
    return [f"{stem}:{word}" for word in _registered(f"{stem}:*").words]


@cache  # the very same metric for `theme:rock` and `theme:rock:log-odds`
def _of_word(name: str) -> Metric | None:
    """The metric of `theme:WORD` or `theme:WORD:DEFINITION` where `theme:*` is registered."""
    stem, _, rest = name.partition(":")
    if f"{stem}:*" not in registered_metrics():
        return None
    found = _registered(f"{stem}:*")
    word = rest.removesuffix(f":{found.definition}")
    if word != rest:
        return _of_word(f"{stem}:{word}")
    return found.of_word(word) if _WORD.fullmatch(word) and word == word.lower() else None


def _split_number(name: str) -> tuple[str, int | None]:
    """`ndcg@10` -> `ndcg@k`, 10; a name without a number stays as it is."""
    number = _NUMBER.search(name)
    if number is None:
        return name, None
    return f"{name[: number.start()]}@k{name[number.end() :]}", int(number[1])


@cache  # the very same metric for `hit@10` and `hit@10:any`
def _at(metric: Metric, k: int) -> Metric:
    return metric.at(k)


@cache
def _registered(template: str) -> Metric:
    point = registered_metrics()[template]
    metric = metric_of(plugins.load(plugins.METRIC, point))
    if metric is None:
        raise RegistryError(f"{point.value} is not marked as a metric: put @harness.metric(NAME, …) above the function")
    if metric.name != template:
        raise RegistryError(
            f"{point.value} declares metric {metric.name!r} but its entry point says {template!r}: make the two agree"
        )
    return metric


def _by_definition(template: str) -> Metric | None:
    """The metric with this `family:definition` if its name differs: `ndcg:start-kit` is `ndcg`."""
    family, colon, definition = template.rpartition(":")
    stem = family.partition("@")[0]
    for name in registered_metrics() if colon else ():
        if name.startswith(stem):
            metric = _registered(name)
            if (metric.family, metric.definition) == (family, definition):
                return metric
    return None


def _of_file(name: str) -> Metric:
    path, k = _split_number(name)
    file, _, function = path.removesuffix("@k").rpartition(":")
    module = plugins.module_of_file(plugins.METRIC, file)
    metric = metric_of(getattr(module, function, None))
    if metric is None:
        marked = [attribute for attribute, value in vars(module).items() if metric_of(value)]
        remedy = f"it has {', '.join(marked)}" if marked else "put @harness.metric(NAME, …) above a function"
        raise RegistryError(f"{file} has no metric {function!r}; {remedy}")
    if (k is None) != ("@k" not in metric.name) or (k or 1) > TRACKS_PER_PLAYLIST:
        form = f"{file}:{function}" + ("@10" if "@k" in metric.name else "")
        raise ParameterError(f"no metric {name!r}: write {form}, k from 1 to {TRACKS_PER_PLAYLIST}")
    if metric.name in registered_metrics():
        raise RegistryError(f"{file}: a distribution registers metric {metric.name!r} already: choose another name")
    return metric if k is None else metric.at(k)
