"""`harness leaderboard`, `harness compare` and `harness export`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.completion import complete_corpus
from harness.cli.runs import RunArgument, TagOption
from harness.cli.terminal import (
    BY_ENDING,
    RUNS,
    BestOption,
    ByCategoryOption,
    Format,
    FormatOption,
    OutputOption,
    RunsOption,
)


def leaderboard(
    runs: RunsOption = RUNS,
    form: FormatOption = None,
    by_category: ByCategoryOption = False,
    best: BestOption = False,
    output: OutputOption = None,
    data: Annotated[
        str | None, typer.Option("--data", help="Only runs on this corpus.", autocompletion=complete_corpus)
    ] = None,
    tag: TagOption = None,
) -> None:
    """Rank all runs of a folder; runs that are not comparable are on separate leaderboards."""
    from harness.cli.terminal import chosen_format, note, write_leaderboards
    from harness.report.entries import entries, tagged
    from harness.report.leaderboard import leaderboards

    form = chosen_format(form, output, Format)
    known, notes = entries(runs)
    for line in notes:
        note(f"warning: {line}")
    selected = [entry for entry in tagged(known, tag or ()) if data is None or entry.corpus.name == data]
    if not selected and form is Format.terminal:
        if known:
            note(f"no runs of {runs} match: `harness runs list` lists all with their tags")
        else:
            note(f"no runs in {runs}: `harness run --recommender popularity` makes one")
    write_leaderboards(leaderboards(selected), form, output, by_category=by_category, best=best, runs=runs)


class ComparisonFormat(StrEnum):
    """Output formats of a comparison."""

    terminal = "terminal"
    json = "json"


def compare(
    a: RunArgument,
    b: RunArgument,
    runs: RunsOption = RUNS,
    by: Annotated[str, typer.Option("--by", help="Metric that selects the playlists to show.")] = "ndcg",
    playlists: Annotated[int, typer.Option("--playlists", min=0, help="Number of playlists to show per run.")] = 5,
    form: Annotated[ComparisonFormat | None, typer.Option("--format", help=f"Output format; {BY_ENDING}.")] = None,
    output: OutputOption = None,
) -> None:
    """Compare two runs: paired differences with tests, similarity of lists, playlists with the largest differences."""
    from harness.cli.terminal import bars, chosen_format, note, write_text
    from harness.report.run_comparison import compared
    from harness.run.runs import run_named

    form = chosen_format(form, output, ComparisonFormat)
    with bars():
        comparison, notes = compared(run_named(runs, a), run_named(runs, b), by=by, n_moved=playlists)
    for line in notes:
        note(line)
    if form is ComparisonFormat.json:
        import msgspec

        from harness.report.exchange import json_text

        write_text(json_text(msgspec.to_builtins(comparison)), output)
    else:
        from harness.cli.terminal import printed
        from harness.report.comparison_table import show_comparison

        printed(lambda console: show_comparison(comparison, console), output)


class ExportFormat(StrEnum):
    """Export formats of a run."""

    trec = "trec"
    codabench = "codabench"


def export(
    run: RunArgument,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            help="Path without suffix; trec writes .run and, if the withheld tracks are known, .qrels; vectors .npy "
            "and .txt; codabench takes it as a folder for scoring_program.zip and reference_data.zip.",
        ),
    ],
    form: Annotated[
        ExportFormat | None,
        typer.Option("--format", help="trec: for ir_measures, ranx, trec_eval; codabench: a scoring program."),
    ] = None,
    vectors: Annotated[
        bool,
        typer.Option(
            "--vectors", help="The track vectors of a factor model, as an array and as word2vec's text format."
        ),
    ] = False,
    runs: RunsOption = RUNS,
) -> None:
    """Export a run for other evaluation tools, its challenge as a scoring program of Codabench, or its vectors."""
    from harness.cli.terminal import bars, note
    from harness.errors import ParameterError
    from harness.report.codabench import write_codabench
    from harness.report.trec import write_trec
    from harness.run.runs import run_named

    if form is None and not vectors:
        raise ParameterError("pass --format trec for the lists, --vectors for the track vectors, or both")
    folder = run_named(runs, run)
    if vectors:
        _export_vectors(folder, output)
    if form is None:
        return
    write = write_codabench if form is ExportFormat.codabench else write_trec
    with bars():
        written = write(folder, output)
    for path in written:
        note(str(path))
    if form is ExportFormat.codabench:
        note("the reference data hold the withheld tracks: keep them secret")
    elif len(written) == 1:
        note("the withheld tracks of this challenge are unknown: no .qrels")


def _export_vectors(folder: Path, output: Path) -> None:
    from harness.cli.terminal import bars, note
    from harness.report.vectors import write_vectors
    from harness.run.models import track_vectors

    with bars():
        fitted = track_vectors(folder)
        written = write_vectors(fitted, output)
    for line in (fitted.remark, *map(str, written)):
        note(line)
