"""Results of a search: its trials, and the best setting compared with the defaults on the test holdout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.metrics.metric import MetricTraits

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting of a search.

    Attributes:
        number: from 1, in the order of the search.
        params: the varied hyper-parameters.
        run: name of its run; "" if it failed.
        value: mean of the metric on the validation holdout; None if it failed.
        error: message of the failure, or "".
    """

    number: int
    params: dict[str, Any]
    run: str = ""
    value: float | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """One metric of the best setting and of the defaults, on the test holdout, which the search did not use.

    Attributes:
        best, defaults: means, each with its 95 % interval.
        difference: best minus defaults on the same playlists, with its 95 % interval.
    """

    best: tuple[float, Interval]
    defaults: tuple[float, Interval]
    difference: tuple[float, Interval]


@dataclass(frozen=True, slots=True)
class Tuned:
    """A search and its comparison on the test holdout.

    Attributes:
        recommender: its registered name.
        data: name of the corpus.
        chosen_on, judged_on: labels of the validation and the test holdout.
        metric: name of the optimised metric.
        metrics: name -> traits of each compared metric.
        trials: in the order of the search.
        best: the best trial.
        runs: names of the runs of the best setting and of the defaults on the test holdout.
        n_playlists: number of playlists of the test holdout.
        verdict: metric -> comparison; the optimised metric first.
    """

    recommender: str
    data: str
    chosen_on: str
    judged_on: str
    metric: str
    metrics: dict[str, MetricTraits]
    trials: tuple[Trial, ...]
    best: Trial
    runs: tuple[str, str]
    n_playlists: int
    verdict: dict[str, Judged]

    @property
    def higher_is_better(self) -> bool:
        """Direction of the optimised metric."""
        return self.metrics[self.metric].higher_is_better

    @property
    def ranked(self) -> list[Trial]:
        """Successful trials, best first; of several trials with the same run, the first."""
        by_run: dict[str, Trial] = {}
        for trial in self.trials:
            if trial.value is not None:
                by_run.setdefault(trial.run, trial)
        return sorted(by_run.values(), key=lambda trial: _signed(trial, self.higher_is_better))

    @property
    def repeats(self) -> dict[int, int]:
        """Number of a trial -> number of an earlier one with the same setting, which is run once."""
        first: dict[str, int] = {}
        earlier = {trial.number: first.setdefault(trial.run or settings(trial), trial.number) for trial in self.trials}
        return {number: same for number, same in earlier.items() if number != same}

    @property
    def failed(self) -> list[Trial]:
        """Failed trials."""
        return [trial for trial in self.trials if trial.error]


def best_of(trials: list[Trial], *, higher_is_better: bool) -> Trial:
    """Best successful trial; the first of equal ones. At least one must be successful."""
    return min(
        (trial for trial in trials if trial.value is not None), key=lambda trial: _signed(trial, higher_is_better)
    )


def settings(trial: Trial) -> str:
    """Format the setting of a trial: `neighbours=100 alpha=0.5`."""
    return " ".join(f"{name}={shown_value(value)}" for name, value in trial.params.items())


def _signed(trial: Trial, higher_is_better: bool) -> float:
    assert trial.value is not None
    return -trial.value if higher_is_better else trial.value


def shown_value(value: object) -> str:
    """Short text of a hyper-parameter's value."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def conclusion(tuned: Tuned) -> str:
    """Conclusion of the search in one sentence."""
    title = tuned.metrics[tuned.metric].title
    if tuned.runs[0] == tuned.runs[1]:
        return f"the best trial is the defaults: no setting was better in {title}"
    low, high = tuned.verdict[tuned.metric].difference[1]
    if not (low > 0 or high < 0):  # also NaN, for a single playlist
        return f"not shown to differ from the defaults in {title}"
    return f"{'better' if (low > 0) == tuned.higher_is_better else 'worse'} than the defaults in {title}"
