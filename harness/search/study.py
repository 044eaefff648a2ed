"""Study of hyper-parameters: one ordinary run per combination of values and part of the corpus."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from harness import registry
from harness.errors import ParameterError
from harness.identities import Holdout
from harness.kit.progress import step
from harness.metrics.values import MetricValues
from harness.run import runs
from harness.run.lists import Fallbacks
from harness.run.pipeline import evaluate
from harness.search.parts import Part
from harness.task.corpora import corpus
from harness.task.tasks import local_task, training_task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.run.options import Options
    from harness.run.record import RunRecord
    from harness.task.split_options import SplitOptions
    from harness.task.tasks import Task

AUDIO_CLUSTERS = ("clusters=2,10,50,100", "share=0.25,0.5,0.75", "step=5,10,20")
"""Default values of a study of `audio-clusters`."""


@dataclass(frozen=True, slots=True)
class Studied:
    """One run of a study.

    Attributes:
        combination: one value of each hyper-parameter, in order.
        part: the playlists that it was measured on.
        record: record of the run.
        values: its metric values.
    """

    combination: tuple[str, ...]
    part: Part
    record: RunRecord
    values: MetricValues


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


def study_tasks(data: str, options: SplitOptions, parts: Sequence[Part]) -> dict[Part, Task]:
    """Open the task of each part of a corpus; all have the same training set.

    Raises:
        DataError: the corpus is at fault, or too small.
    """
    stored_corpus = corpus(data)
    return {
        part: training_task(stored_corpus, options)
        if part is Part.train
        else local_task(stored_corpus, replace(options, holdout=Holdout(part)))
        for part in dict.fromkeys(parts)
    }


def study(
    tasks: Mapping[Part, Task], recommender: str, values: dict[str, list[str]], options: Options
) -> list[Studied]:
    """Run every combination on every part; finished runs are reused, so an interrupted study resumes.

    Args:
        tasks: result of `study_tasks`.
        recommender: a registered name or `path/to/file.py:Class`.
        values: result of `varied`.
        options: options of every run, with the metrics of the study.

    Raises:
        HarnessError: a run failed.
    """
    combinations = list(product(*values.values()))
    studied = []
    with step("study", len(combinations) * len(tasks)) as bar:
        for part, task in tasks.items():
            fallbacks = Fallbacks(task)
            for combination in combinations:
                record = evaluate(task, recommender, dict(zip(values, combination, strict=True)), options, fallbacks)
                measured = MetricValues.load(options.runs / record.run / runs.VALUES)
                studied.append(Studied(combination, part, record, measured))
                bar.advance()
    return studied
