"""Metric values of a run's lists; inside a run they are a checkpoint, so that any process can measure them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.data.layout import audio_fingerprint
from harness.errors import HarnessError
from harness.fingerprint import Fingerprint
from harness.kit.checkpoints import part
from harness.metrics.catalogue import metric_named
from harness.metrics.values import MetricValues, measure_lists
from harness.run.metric_data import metric_data
from harness.run.runs import VALUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.metrics.metric import Metric
    from harness.ragged import Ids, Ragged
    from harness.task.tasks import Task
    from harness.types import Challenge


def score(task: Task, judged: tuple[Challenge, Ragged], tracks: Ids, metrics: Sequence[Metric]) -> MetricValues:
    """Measure lists; the same answers and metrics are measured once per run.

    Args:
        task: whose playlists the lists continue.
        judged: challenge and withheld tracks of the task.
        tracks: (n, 500) int32, complete.
        metrics: with distinct names.

    Raises:
        DataError: the task lacks data that a metric needs.
        ContractError: a metric fails.
    """
    challenge, withheld = judged
    return part(
        "values",
        (values_key(task, metrics),),
        lambda: measure_lists(tracks, challenge, withheld, metrics, metric_data(task, metrics)),
        lambda values, folder: values.save(folder / VALUES),
        lambda folder: MetricValues.load(folder / VALUES),
    )


def values_key(task: Task, metrics: Sequence[Metric]) -> str:
    """What the values depend on apart from the lists, 8 hex digits."""
    audio = audio_fingerprint(task.train.catalog) if need_audio(metrics) else ""
    names = [text for metric in metrics for text in (metric.name, metric.traits.full_definition)]
    return str(Fingerprint().texts([task.challenge_id.answers_fingerprint, audio, *names]))[:8]


def need_audio(metrics: Iterable[Metric]) -> bool:
    """Whether any of the metrics needs the audio features of the tracks."""
    return any("audio" in metric.needs for metric in metrics)


def is_found_by_name(metric: Metric) -> bool:
    """Whether another process finds the metric by its name, as it does those of installed plug-ins."""
    try:
        return metric_named(metric.name) == metric
    except HarnessError:
        return False
