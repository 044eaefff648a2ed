"""Benchmark at the size of the MPD: 1,000,000 synthetic playlists, from generation to leaderboard, all recommenders.

    python benchmarks/full_size.py                # hours; its table is in benchmarks/full_size.md

Some parameters differ from the defaults so that a laptop is sufficient: ALS with 64 factors, 1,000 similar tracks per
seed for `item-knn` within the blend, and at most as many training steps as for 100,000 playlists.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from quality import measure

from harness.registry import names

N_PLAYLISTS = 1_000_000
MEMBERS = ["als.factors=64", "cosine.neighbours=1000", "rp3beta.neighbours=1000"]
PARAMS = [
    *("als.factors=64", "word2vec.workers=2", "word2vec.epochs=1", "neumf.epochs=2", "mean-variance.epochs=2"),
    *(f"blend.{each}" for each in MEMBERS),
    *(f"two-stage.blend.{each}" for each in MEMBERS),
]
TABLE = Path(__file__).with_suffix(".md")


def main(
    playlists: int = N_PLAYLISTS,
    recommender: Annotated[list[str] | None, typer.Option(help="All that are registered, by default.")] = None,
    runs: Path = Path("build/full_size"),
    output: Path = TABLE,
) -> None:
    """Generate, run, print the tables and keep them."""
    report = measure(playlists, recommender or list(names()), PARAMS, runs)
    parameters = f"Parameters beside the defaults: {', '.join(PARAMS)}.\n"
    output.write_text(report + parameters, encoding="utf-8")
    print(report + parameters)


if __name__ == "__main__":
    typer.run(main)
