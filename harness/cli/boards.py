"""`harness leaderboard`, `harness compare` and `harness export`."""

from __future__ import annotations

from enum import StrEnum
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
    from harness.cli.terminal import note, write_leaderboards
    from harness.report.entries import entries
    from harness.report.leaderboard import leaderboards

    known, notes = entries(runs)
    for line in notes:
        note(f"warning: {line}")
    found = [entry for entry in known if data is None or entry.data[0] == data]
    if not found and form is Format.terminal:
        note(f"no runs in {Path(runs)}: `harness run --recommender popularity` makes one")
    write_leaderboards(leaderboards(found), form, output, by_category=by_category, best=best, runs=runs)


class ComparisonFormat(StrEnum):
    """How a comparison is written."""

    terminal = "terminal"
    json = "json"


def compare(
    a: Annotated[str, typer.Argument(help="A run's name, or how it alone begins.")],
    b: Annotated[str, typer.Argument(help="Another run on the same challenge.")],
    runs: RunsOption = RUNS,
    by: Annotated[str, typer.Option("--by", help="The metric that tells which playlists moved most.")] = "ndcg",
    playlists: Annotated[int, typer.Option("--playlists", min=0, help="Playlists shown at each end.")] = 5,
    form: Annotated[ComparisonFormat, typer.Option("--format")] = ComparisonFormat.terminal,
    output: OutputOption = None,
) -> None:
    """Two runs beside each other: differences and whether they are chance, likeness of lists, what moved most."""
    from harness.cli.terminal import bars, note, write_text
    from harness.report.run_comparison import compared
    from harness.run.runs import run_named

    with bars():
        found, notes = compared(run_named(runs, a), run_named(runs, b), by=by, n_moved=playlists)
    for line in notes:
        note(line)
    if form is ComparisonFormat.json:
        import msgspec

        from harness.report.exchange import json_text

        write_text(json_text(msgspec.to_builtins(found)), output)
    else:
        from harness.cli.terminal import printed
        from harness.report.comparison_table import show_comparison

        printed(lambda console: show_comparison(found, console), output)


class ExportFormat(StrEnum):
    """For whom a run is written."""

    trec = "trec"


def export(
    run: Annotated[str, typer.Argument(help="A run's name, or how it alone begins.")],
    form: Annotated[ExportFormat, typer.Option("--format", help="trec: for ir_measures, ranx, trec_eval.")],
    output: Annotated[Path, typer.Option("--output", help="Writes this name with .run and, where known, .qrels.")],
    runs: RunsOption = RUNS,
) -> None:
    """Write a run's lists, and the answers where they are known, for other evaluation tools."""
    from harness.cli.terminal import bars, note
    from harness.report.trec import write_trec
    from harness.run.runs import run_named

    del form  # there is one
    with bars():
        written = write_trec(run_named(runs, run), output)
    for path in written:
        note(str(path))
    if len(written) == 1:
        note("nobody knows the answers of this challenge: no .qrels")
