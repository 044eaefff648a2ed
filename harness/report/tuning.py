"""What a search of hyper-parameters found: its trials, and the best beside the defaults on the other draw."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from harness.report.cells import digits, metric_title
from harness.report.exchange import csv_text, json_text
from harness.report.tables import plain_table, print_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting that was tried.

    Attributes:
        number: from 1, in the order of the search.
        params: the hyper-parameters that were varied, as they were given.
        run: the folder of its run; "" where it failed.
        value: mean of the metric on the first draw; None where it failed.
        error: why it failed.
    """

    number: int
    params: dict[str, Any]
    run: str = ""
    value: float | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """One metric of the best setting and of the defaults, on the draw that had no part in the choice.

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
        chosen_on, judged_on: the labels of the two draws.
        metric, definition: what was optimised.
        higher_is_better: its direction.
        trials: in the order of the search.
        best: the trial that was judged.
        runs: the folders of the best and of the defaults on the second draw.
        n_playlists: of the second draw.
        verdict: metric -> what it says; the optimised one first.
    """

    recommender: str
    data: str
    chosen_on: str
    judged_on: str
    metric: str
    definition: str
    higher_is_better: bool
    trials: tuple[Trial, ...]
    best: Trial
    runs: tuple[str, str]
    n_playlists: int
    verdict: dict[str, Judged]

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


def show_tuned(tuned: Tuned, console: Console) -> None:
    """Print the trials, best first, those that failed with their reason, and the verdict of the second draw."""
    title = metric_title(tuned.metric)
    head = f"{tuned.recommender} on {tuned.data}, {tuned.chosen_on}: {len(tuned.trials)} trials by {title}"
    print_line(console, f"{head} ({tuned.definition})", "italic")
    names = list(tuned.best.params)
    table = _table("rank", "trial", title, *names, "run")
    for rank, trial in enumerate(tuned.ranked, 1):
        value = digits(tuned.metric, trial.value or 0.0)
        table.add_row(str(rank), str(trial.number), value, *map(_told, trial.params.values()), trial.run)
    console.print(table)
    for trial in tuned.failed:
        print_line(console, f"trial {trial.number} failed, {settings(trial)}: {trial.error}")
    console.print()
    heading = f"judged once on {tuned.judged_on}, {tuned.n_playlists} playlists: best is {settings(tuned.best)}"
    print_line(console, heading, "italic")
    verdict = _table("", *map(metric_title, tuned.verdict), "run")
    for label, run in zip(("best", "defaults", "difference"), (*tuned.runs, ""), strict=True):
        cells = [
            _measured(name, getattr(each, label), signed=label == "difference") for name, each in tuned.verdict.items()
        ]
        verdict.add_row(label, *cells, run)
    console.print(verdict)
    print_line(console, "(…): 95 % intervals; that of the difference is paired", "dim italic")
    print_line(console, conclusion(tuned))


def conclusion(tuned: Tuned) -> str:
    """In one sentence, whether the search was worth it."""
    title = metric_title(tuned.metric)
    if tuned.runs[0] == tuned.runs[1]:
        return f"the best trial is the defaults: nothing was found to beat them in {title}"
    low, high = tuned.verdict[tuned.metric].difference[1]
    if low <= 0 <= high:
        return f"not shown to differ from the defaults in {title}"
    return f"{'better' if (low > 0) == tuned.higher_is_better else 'worse'} than the defaults in {title}"


def settings(trial: Trial) -> str:
    """`neighbours=100 alpha=0.5`."""
    return " ".join(f"{name}={_told(value)}" for name, value in trial.params.items())


def tuned_as_json(tuned: Tuned) -> str:
    """One object with all that is known, trials in the order of the search."""
    return json_text(asdict(tuned) | {"conclusion": conclusion(tuned)})


def tuned_as_csv(tuned: Tuned) -> str:
    """One line a trial, in the order of the search."""
    head = ["trial", tuned.metric, *tuned.best.params, "run", "error"]
    rows = ([each.number, each.value, *each.params.values(), each.run, each.error] for each in tuned.trials)
    return csv_text(head, rows)


def _signed(trial: Trial, higher_is_better: bool) -> float:
    assert trial.value is not None
    return -trial.value if higher_is_better else trial.value


def _told(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _measured(name: str, value: tuple[float, Interval], *, signed: bool) -> str:
    mean, (low, high) = value
    plain = (f"{'-' if each < 0 else '+' if signed else ''}{digits(name, abs(each))}" for each in (mean, low, high))
    return "{} ({} to {})".format(*plain)


def _table(*names: str) -> Table:
    table = plain_table()
    for name in names:
        table.add_column(name, justify="left" if name in ("", "run") else "right", overflow="fold")
    return table
