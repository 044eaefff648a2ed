"""What a search of hyper-parameters found: its trials, and the best beside the defaults on the other holdout."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.text import Text

from harness.report.tables import plain_table
from harness.search.results import Interval, Tuned, conclusion, settings, shown_value

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from harness.metrics.metric import MetricTraits


def show_tuned(tuned: Tuned, console: Console) -> None:
    """Print the trials, best first, those that failed with their reason, and the verdict of the test holdout."""
    by = tuned.metrics[tuned.metric]
    head = f"{tuned.recommender} on {tuned.data}, {tuned.chosen_on}: {len(tuned.trials)} trials by {by.title}"
    console.print(Text(f"{head} ({by.definition})", "italic"), soft_wrap=True)
    names = list(tuned.best.params)
    table = _table("rank", "trial", by.title, *names, "run")
    for rank, trial in enumerate(tuned.ranked, 1):
        value = by.shown(trial.value or 0.0)
        table.add_row(
            *map(Text, (str(rank), str(trial.number), value, *map(shown_value, trial.params.values()), trial.run))
        )
    console.print(table)
    for trial in tuned.failed:
        console.print(Text(f"trial {trial.number} failed, {settings(trial)}: {trial.error}"), soft_wrap=True)
    console.print()
    heading = f"judged once on {tuned.judged_on}, {tuned.n_playlists} playlists: best is {settings(tuned.best)}"
    console.print(Text(heading, "italic"), soft_wrap=True)
    verdict = _table("", *(tuned.metrics[name].title for name in tuned.verdict), "run")
    for label, run in zip(("best", "defaults", "difference"), (*tuned.runs, ""), strict=True):
        cells = [
            _measured(tuned.metrics[name], getattr(each, label), signed=label == "difference")
            for name, each in tuned.verdict.items()
        ]
        verdict.add_row(*map(Text, (label, *cells, run)))
    console.print(verdict)
    console.print(Text("(…): 95 % intervals; that of the difference is paired", "dim italic"), soft_wrap=True)
    console.print(Text(conclusion(tuned)), soft_wrap=True)


def tuned_as_json(tuned: Tuned) -> str:
    """One object with all that is known, trials in the order of the search."""
    return json.dumps(asdict(tuned) | {"conclusion": conclusion(tuned)}, indent=2, ensure_ascii=False) + "\n"


def tuned_as_csv(tuned: Tuned) -> str:
    """One line a trial, in the order of the search."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["trial", tuned.metric, *tuned.best.params, "run", "error"])
    for trial in tuned.trials:
        writer.writerow([trial.number, trial.value, *trial.params.values(), trial.run, trial.error])
    return out.getvalue()


def _measured(traits: MetricTraits, value: tuple[float, Interval], *, signed: bool) -> str:
    mean, (low, high) = value
    plain = (f"{'-' if each < 0 else '+' if signed else ''}{traits.shown(abs(each))}" for each in (mean, low, high))
    return "{} ({} to {})".format(*plain)


def _table(*names: str) -> Table:
    table = plain_table()
    for name in names:
        table.add_column(Text(name), justify="left" if name in ("", "run") else "right", overflow="fold")
    return table
