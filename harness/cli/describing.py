"""`harness data info`."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli.terminal import BY_ENDING, OutputOption
from harness.report.sections import ReportFormat


def info(
    name: Annotated[str, typer.Argument(help="Name of a corpus.")],
    form: Annotated[
        ReportFormat | None,
        typer.Option(
            "--format",
            help="terminal: a quick summary. md, html and json add albums, artists and audio features: description, "
            f"correlations, principal components, clusters; html has charts and is one file; {BY_ENDING}.",
        ),
    ] = None,
    output: OutputOption = None,
) -> None:
    """Describe a corpus: counts, followers, lengths, titles, dates, popularity, missing values, audio features."""
    from harness.cli.terminal import bars, chosen_format, printed, write_text
    from harness.report.corpus_report import corpus_report, show_corpus
    from harness.task.corpora import corpus

    form = chosen_format(form, output, ReportFormat)
    with bars():
        stored = corpus(name)
        if form is not ReportFormat.terminal:
            text = corpus_report(stored, form)
    if form is ReportFormat.terminal:
        printed(lambda console: show_corpus(stored, console), output)
    else:
        write_text(text, output)
