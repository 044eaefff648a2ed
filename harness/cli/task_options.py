"""Options that several commands share: corpus, recommender, challenge file, metrics."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.completion import complete_corpus, complete_metric, complete_recommender

DataOption = Annotated[
    str,
    typer.Option("--data", help="Name of a corpus, or a source to import.", autocompletion=complete_corpus),
]
RecommenderOption = Annotated[
    str,
    typer.Option("--recommender", help="A registered name or file.py:Class.", autocompletion=complete_recommender),
]
ChallengeOption = Annotated[
    Path | None, typer.Option("--challenge", help="A challenge_set.json instead of a local holdout.")
]
AnswersOption = Annotated[
    Path | None,
    typer.Option("--answers", help="Withheld tracks of --challenge: JSON, pid to list of URIs."),
]
MetricsOption = Annotated[
    str | None,
    typer.Option(
        "--metrics",
        help="E.g. r_precision:paper,ndcg,hit@10; default: the metrics of the split; +NAME,… adds to these.",
        autocompletion=complete_metric,
    ),
]
