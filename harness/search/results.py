"""Results of a search: its trials, and the best setting beside the defaults on the other holdout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.metrics.metric import MetricTraits

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting that was tried.

    Attributes:
        number: from 1, in the order of the search.
        params: the hyper-parameters that were varied, as they were given.
        run: the folder of its run; "" where it failed.
        value: mean of the metric on the validation holdout; None where it failed.
        error: why it failed.
    """

    number: int
    params: dict[str, Any]
    run: str = ""
    value: float | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """One metric of the best setting and of the defaults, on the holdout that had no part in the choice.

    Attributes:
        best, defaults: means, each with its 95 % interval.
        difference: best minus defaults on the same playlists, with its 95 % interval.
    """

    best: tuple[float, Interval]
    defaults: tuple[float, Interval]
    difference: tuple[float, Interval]


@dataclass(frozen=True, slots=True)
class Tuned:
    """A search and its verdict.

    Attributes:
        recommender: its registered name.
        data: the corpus's name.
        chosen_on, judged_on: the labels of the two holdouts.
        metric: name of the metric that was optimised.
        metrics: name -> traits of each metric of the verdict.
        trials: in the order of the search.
        best: the trial that was judged.
        runs: the folders of the best and of the defaults on the test holdout.
        n_playlists: of the test holdout.
        verdict: metric -> what it says; the optimised one first.
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
        """The direction of the metric that was optimised."""
        return self.metrics[self.metric].higher_is_better

    @property
    def ranked(self) -> list[Trial]:
        """The trials that did not fail, best first; of several of one run the first."""
        done: dict[str, Trial] = {}
        for trial in self.trials:
            if trial.value is not None:
                done.setdefault(trial.run, trial)
        return sorted(done.values(), key=lambda each: _signed(each, self.higher_is_better))

    @property
    def failed(self) -> list[Trial]:
        """The trials that failed."""
        return [trial for trial in self.trials if trial.error]


def best_of(trials: list[Trial], *, higher_is_better: bool) -> Trial:
    """The best trial that did not fail, of equal ones the first; there must be one."""
    return min((each for each in trials if each.value is not None), key=lambda each: _signed(each, higher_is_better))


def settings(trial: Trial) -> str:
    """`neighbours=100 alpha=0.5`."""
    return " ".join(f"{name}={shown_value(value)}" for name, value in trial.params.items())


def _signed(trial: Trial, higher_is_better: bool) -> float:
    assert trial.value is not None
    return -trial.value if higher_is_better else trial.value


def shown_value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def conclusion(tuned: Tuned) -> str:
    """In one sentence, whether the search was worth it."""
    title = tuned.metrics[tuned.metric].title
    if tuned.runs[0] == tuned.runs[1]:
        return f"the best trial is the defaults: nothing was found to beat them in {title}"
    low, high = tuned.verdict[tuned.metric].difference[1]
    if low <= 0 <= high:
        return f"not shown to differ from the defaults in {title}"
    return f"{'better' if (low > 0) == tuned.higher_is_better else 'worse'} than the defaults in {title}"
