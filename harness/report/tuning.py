"""Result of a hyper-parameter search: its trials, and the best trial compared with the defaults on the test holdout."""

from __future__ import annotations

from dataclasses import asdict
from math import isnan
from typing import TYPE_CHECKING

from harness.report.exchange import csv_text, json_text
from harness.report.tables import plain_table, print_line
from harness.search.results import Interval, Tuned, conclusion, settings, shown_value

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from harness.metrics.metric import MetricTraits


def show_tuned(tuned: Tuned, console: Console) -> None:
    """Print the trials, best first, those that failed or repeat an earlier one, and the result on the test holdout."""
    by = tuned.metrics[tuned.metric]
    head = f"{tuned.recommender} on {tuned.data}, {tuned.chosen_on}: {len(tuned.trials)} trials by {by.title}"
    print_line(console, f"{head} ({by.definition})", "italic")
    names = list(tuned.best.params)
    table = _table("rank", "trial", by.title, *names, "run")
    for rank, trial in enumerate(tuned.ranked, 1):
        value = by.shown(trial.value or 0.0)
        table.add_row(str(rank), str(trial.number), value, *map(shown_value, trial.params.values()), trial.run)
    console.print(table)
    for trial in tuned.failed:
        print_line(console, f"trial {trial.number} failed, {settings(trial)}: {trial.error}")
    if tuned.repeats:
        pairs = ", ".join(f"{number} (trial {earlier})" for number, earlier in tuned.repeats.items())
        print_line(console, f"trials that repeat the setting of an earlier one, which is run once: {pairs}")
    console.print()
    heading = f"evaluated once on {tuned.judged_on}, {tuned.n_playlists} playlists: best is {settings(tuned.best)}"
    print_line(console, heading, "italic")
    verdict = _table("", *(tuned.metrics[name].title for name in tuned.verdict), "run")
    for label, run in zip(("best", "defaults", "difference"), (*tuned.runs, ""), strict=True):
        cells = [
            _measured(tuned.metrics[name], getattr(interval, label), signed=label == "difference")
            for name, interval in tuned.verdict.items()
        ]
        verdict.add_row(label, *cells, run)
    console.print(verdict)
    print_line(console, "(…): 95 % confidence intervals; the interval of the difference is paired", "dim italic")
    print_line(console, conclusion(tuned))


def tuned_as_json(tuned: Tuned) -> str:
    """JSON object with the whole result; trials in the order of the search."""
    return json_text(asdict(tuned) | {"repeats": tuned.repeats, "conclusion": conclusion(tuned)})


def tuned_as_csv(tuned: Tuned) -> str:
    """CSV with one line per trial, in the order of the search."""
    head = ["trial", tuned.metric, *tuned.best.params, "run", "error"]
    rows = ([trial.number, trial.value, *trial.params.values(), trial.run, trial.error] for trial in tuned.trials)
    return csv_text(head, rows)


def _measured(traits: MetricTraits, value: tuple[float, Interval], *, signed: bool) -> str:
    mean, low, high = (
        f"{'-' if number < 0 else '+' if signed else ''}{traits.shown(abs(number))}" for number in (value[0], *value[1])
    )
    return mean if isnan(value[1][0]) else f"{mean} ({low} to {high})"


def _table(*names: str) -> Table:
    table = plain_table()
    for name in names:
        table.add_column(name, justify="left" if name in ("", "run") else "right", overflow="fold")
    return table
