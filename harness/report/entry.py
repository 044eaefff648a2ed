"""Entry of a leaderboard: one run with its metric values and costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.metrics.catalogue import DEFAULT_METRIC_NAMES
from harness.notebook import Shown
from harness.run.labels import NO_LABELS, Labels

if TYPE_CHECKING:
    from harness.identities import ChallengeKey, CorpusId
    from harness.metrics.values import MetricValues


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Entry(Shown):
    """One run on a leaderboard.

    Attributes:
        run: the run's name, unique on a leaderboard.
        recommender: its registered name.
        params: its hyper-parameters.
        corpus: the training corpus.
        challenge: the challenge with its withheld tracks.
        metric_values: values per playlist and metric; None if the withheld tracks are unknown.
        fit_seconds: wall seconds; None for a submission made elsewhere.
        recommend_seconds: wall seconds, fallback included; None for a submission made elsewhere.
        peak_memory_bytes: the highest of all stages; None for a submission made elsewhere.
        lists_digest: equal for equal lists on one challenge; empty for a submission made elsewhere.
        labels: name, note and tags that the user gave the run.
        metrics: names of the default metrics of the challenge, which rank its runs.
    """

    run: str
    recommender: str
    params: dict[str, Any]
    corpus: CorpusId
    challenge: ChallengeKey
    metric_values: MetricValues | None
    fit_seconds: float | None = None
    recommend_seconds: float | None = None
    peak_memory_bytes: int | None = None
    lists_digest: str = ""
    labels: Labels = NO_LABELS
    metrics: tuple[str, ...] = DEFAULT_METRIC_NAMES

    def facts(self) -> dict[str, Any]:
        """Names of run, corpus and challenge, and the mean of each metric."""
        values = self.metric_values
        means = {name: values.overall(name) for name in values.values} if values else {}
        return {"run": self.run, "corpus": self.corpus.name, "challenge": self.challenge.label} | means

    @property
    def shown_name(self) -> str:
        """The user's name of the run, or else that of its folder."""
        return self.labels.name or self.run
