"""A study of hyper-parameters: one ordinary run for each combination of their values."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from harness import registry
from harness.errors import ParameterError
from harness.metrics.values import MetricValues
from harness.progress import step
from harness.run import runs
from harness.run.lists import Fallbacks
from harness.run.pipeline import evaluate

if TYPE_CHECKING:
    from harness.run.pipeline import Options
    from harness.task.tasks import Task

AUDIO_CLUSTERS = ("clusters=2,10,50,100", "share=0.25,0.5,0.75", "step=5,10,20")
"""What is varied where nothing else is asked."""

Studied = dict[tuple[str, ...], tuple[runs.Record, MetricValues]]
"""One value of each hyper-parameter, in their order -> the run and what its lists are worth."""


def listed(texts: list[str]) -> dict[str, list[str]]:
    """Hyper-parameter -> its values, from texts as `clusters=2,10,50`; nobody has looked whether they fit.

    Raises:
        ParameterError: a text is malformed, or a name stands twice.
    """
    values: dict[str, list[str]] = {}
    for text in texts:
        name, _, told = text.partition("=")
        if not name or not told or name in values:
            raise ParameterError(f"--param {text!r}: write NAME=VALUE,VALUE,…, each name once, e.g. clusters=2,10,50")
        values[name] = list(dict.fromkeys(value.strip() for value in told.split(",")))
    return values


def varied(recommender: str, texts: list[str]) -> dict[str, list[str]]:
    """Hyper-parameter -> its values, as `listed` reads them; every combination is checked.

    Raises:
        ParameterError: a text is malformed, a name stands twice, or a name or a value does not fit.
        RegistryError: there is no such recommender.
    """
    values = listed(texts)
    for combination in product(*values.values()):
        registry.create(recommender, dict(zip(values, combination, strict=True)))
    return values


def study(task: Task, recommender: str, values: dict[str, list[str]], options: Options) -> Studied:
    """Run every combination; those that are there already answer at once, so what was stopped goes on.

    Args:
        task: what is asked.
        recommender: a registered name or `path/to/file.py:Class`.
        values: as `varied` gives them.
        options: of every run; its metrics are what is studied.

    Raises:
        ParameterError: nothing tells what was withheld.
        HarnessError: a run cannot be made.
    """
    if task.judged is None:
        raise ParameterError("a study compares scores, and nothing tells what was withheld")
    fallbacks = Fallbacks(task)
    combinations = list(product(*values.values()))
    found: Studied = {}
    with step("study", len(combinations)) as bar:
        for combination in combinations:
            record = evaluate(task, recommender, dict(zip(values, combination, strict=True)), options, fallbacks)
            found[combination] = record, MetricValues.load(options.runs / record.run / runs.VALUES)
            bar.advance()
    return found
