"""`harness leaderboard`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.terminal import RUNS, BestOption, ByCategoryOption, Format, FormatOption, OutputOption, RunsOption


def leaderboard(
    runs: RunsOption = RUNS,
    form: FormatOption = Format.terminal,
    by_category: ByCategoryOption = False,
    best: BestOption = False,
    output: OutputOption = None,
    data: Annotated[str | None, typer.Option("--data", help="Only runs on this corpus.")] = None,
) -> None:
    """Rank all runs of a folder, recomputed from their scores; what may not be compared stands apart."""
    from harness.cli.terminal import note, write_boards
    from harness.report.leaderboard import boards
    from harness.run.entries import entries

    found = [entry for entry in entries(runs) if data is None or entry.data[0] == data]
    if not found and form is Format.terminal:
        note(f"no runs in {Path(runs)}: `harness run --recommender popularity` makes one")
    write_boards(boards(found), form, output, by_category=by_category, best=best, runs=runs)
