"""Study of hyper-parameters: one ordinary run per combination of values."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from harness import registry
from harness.errors import ParameterError
from harness.kit.progress import step
from harness.metrics.values import MetricValues
from harness.run import runs
from harness.run.lists import Fallbacks
from harness.run.pipeline import evaluate
from harness.run.record import RunRecord

if TYPE_CHECKING:
    from harness.run.pipeline import Options
    from harness.task.tasks import Task

AUDIO_CLUSTERS = ("clusters=2,10,50,100", "share=0.25,0.5,0.75", "step=5,10,20")
"""Default values of a study of `audio-clusters`."""

Studied = dict[tuple[str, ...], tuple[RunRecord, MetricValues]]
"""One value of each hyper-parameter, in order -> the run and its metric values."""


def listed(texts: list[str]) -> dict[str, list[str]]:
    """Parse texts as `clusters=2,10,50` into hyper-parameter -> values, without checking the values.

    Raises:
        ParameterError: a text is malformed, or a name is repeated.
    """
    values: dict[str, list[str]] = {}
    for text in texts:
        name, _, joined = text.partition("=")
        if not name or not joined or name in values:
            raise ParameterError(f"`params` {text!r}: write NAME=VALUE,VALUE,…, each name once, e.g. clusters=2,10,50")
        values[name] = list(dict.fromkeys(value.strip() for value in joined.split(",")))
    return values


def varied(recommender: str, texts: list[str]) -> dict[str, list[str]]:
    """Parse texts as `listed` does, and check every combination of values.

    Raises:
        ParameterError: a text is malformed, a name is repeated, or a name or value is invalid.
        RegistryError: the recommender is unknown.
    """
    values = listed(texts)
    for combination in product(*values.values()):
        registry.create(recommender, dict(zip(values, combination, strict=True)))
    return values


def study(task: Task, recommender: str, values: dict[str, list[str]], options: Options) -> Studied:
    """Run every combination; finished runs are reused, so an interrupted study resumes.

    Args:
        task: training set and challenge.
        recommender: a registered name or `path/to/file.py:Class`.
        values: result of `varied`.
        options: options of every run, with the metrics of the study.

    Raises:
        ParameterError: the withheld tracks are unknown.
        HarnessError: a run failed.
    """
    if task.judged is None:
        raise ParameterError(
            "a study compares metric values, but the withheld tracks are unknown: name the answers file"
        )
    fallbacks = Fallbacks(task)
    combinations = list(product(*values.values()))
    studied: Studied = {}
    with step("study", len(combinations)) as bar:
        for combination in combinations:
            record = evaluate(task, recommender, dict(zip(values, combination, strict=True)), options, fallbacks)
            studied[combination] = record, MetricValues.load(options.runs / record.run / runs.VALUES)
            bar.advance()
    return studied
