"""One run as a leaderboard sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.metrics.values import MetricValues


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """What a board needs to know of a run.

    Attributes:
        run: the run's name, distinct on a board.
        recommender: its registered name.
        params: its hyper-parameters.
        data: the corpus's name and fingerprint.
        split: the challenge's label and fingerprint, answers included.
        metric_values: a value per playlist and metric, or None where the answers are unknown.
        fit_seconds: wall seconds; None for a submission made elsewhere.
        recommend_seconds: wall seconds, fallback included; None for a submission made elsewhere.
        peak_memory_bytes: the highest of all stages; None for a submission made elsewhere.
        metrics: names of the metrics that suit the challenge, and rank its runs.
    """

    run: str
    recommender: str
    params: dict[str, Any]
    data: tuple[str, str]
    split: tuple[str, str]
    metric_values: MetricValues | None
    fit_seconds: float | None = None
    recommend_seconds: float | None = None
    peak_memory_bytes: int | None = None
    metrics: tuple[str, ...] = ("r_precision", "ndcg", "clicks")
