"""Quality and costs of every recommender on a synthetic corpus: both R-precisions, NDCG and clicks, by category.

    python benchmarks/quality.py                        # 100,000 playlists; the defaults of each
    python benchmarks/quality.py --playlists 10000 --recommender title --recommender als --param als.factors=64

Each recommender runs in a separate process, `harness run`; finished runs are reused.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from harness.registry import names
from harness.rules import CATEGORIES
from harness.task.corpora import synthesise

METRICS = ("r_precision", "r_precision_tracks", "ndcg", "clicks")
HEADS = ("R-precision", "on tracks", "NDCG", "clicks")


def main(
    playlists: int = 100_000,
    recommender: Annotated[list[str] | None, typer.Option(help="All that are registered, by default.")] = None,
    param: Annotated[list[str] | None, typer.Option(help="RECOMMENDER.NAME=VALUE")] = None,
    runs: Path = Path("build/quality"),
    output: Annotated[Path | None, typer.Option(help="Write the tables here too.")] = None,
) -> None:
    """Generate, run, and print the tables."""
    report = measure(playlists, recommender or list(names()), param or [], runs)
    print(report)
    if output:
        output.write_text(report, encoding="utf-8")


def measure(n_playlists: int, recommenders: list[str], params: list[str], runs: Path) -> str:
    """The tables of these recommenders on one synthetic corpus, as Markdown."""
    began = time.perf_counter()
    corpus = synthesise(f"synthetic-{n_playlists}", n_playlists, seed=0)
    print(f"corpus {corpus.name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    for name in recommenders:
        began = time.perf_counter()
        own = [option for text in params if text.startswith(f"{name}.") for option in ("--param", text)]
        _harness(
            "run", "--recommender", name, "--data", corpus.name, "--runs", runs, "--metrics", ",".join(METRICS), *own
        )
        print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    board = json.loads(
        _harness("leaderboard", "--runs", runs, "--data", corpus.name, "--format", "json", "--by-category")
    )
    return _tables(board, n_playlists)


def _harness(*arguments: object) -> str:
    command = [sys.executable, "-m", "harness.cli.main", *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _tables(board: list[dict], n_playlists: int) -> str:
    lines = [
        f"{n_playlists:,} playlists, first draw, defaults of each recommender unless the table says otherwise.",
        "",
    ]
    lines += _table(["recommender", *HEADS, "fit s", "recommend s", "MB"], [_overall(row) for row in board])
    for metric, head in (("ndcg", "NDCG"), ("r_precision", "R-precision")):
        shown = [each for each in CATEGORIES if str(each.number) in board[0][metric]["by_category"]]
        head_cells = [head, *(f"{each.number} {each.label}" for each in shown)]
        rows = [
            [row["recommender"], *(f"{row[metric]['by_category'][str(each.number)]:.3f}" for each in shown)]
            for row in board
        ]
        lines += ["", *_table(head_cells, rows)]
    return "\n".join([*lines, ""])


def _overall(row: dict) -> list[str]:
    scores = [f"{row[metric]['mean']:.3f}" for metric in METRICS[:3]] + [f"{row['clicks']['mean']:.2f}"]
    costs = [f"{row['fit_seconds']:.0f}", f"{row['recommend_seconds']:.0f}", f"{row['peak_memory_bytes'] / 1e6:,.0f}"]
    return [row["recommender"], *scores, *costs]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


if __name__ == "__main__":
    typer.run(main)
