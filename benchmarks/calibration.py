"""Calibration of a synthetic corpus against the Million Playlist Dataset: every line, and NDCG of recommenders.

    python benchmarks/calibration.py                       # 10,000 playlists
    python benchmarks/calibration.py --playlists 1000000 --output build/calibration.md
    python benchmarks/calibration.py --no-recommenders     # lines only

The corpus is generated on first use and stored. Ranges hold for the corpus size that they name; for another size they
are approximate. Recommenders that are not registered are omitted.
"""

from __future__ import annotations

import resource
import time
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from harness import registry
from harness.metrics.catalogue import metric_named
from harness.metrics.values import measure_lists
from harness.report.corpus import show_calibration
from harness.rules import TRACKS_PER_PLAYLIST
from harness.run.lists import Fallbacks
from harness.synthetic.calibration import calibrate
from harness.synthetic.targets import BANDS, ORDERING
from harness.task.corpora import synthesise
from harness.task.tasks import SplitOptions, local_task

if TYPE_CHECKING:
    from harness.metrics.values import MetricValues
    from harness.synthetic.targets import Band
    from harness.task.tasks import Task


def main(
    playlists: int = 10_000,
    seed: int = 0,
    recommenders: Annotated[bool, typer.Option(help="Score recommenders too.")] = True,  # noqa: FBT002 - an option of typer
    per_category: Annotated[
        int | None, typer.Option(help="Playlists a category; what suits the corpus if absent.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write the tables here too.")] = None,
) -> None:
    """Generate, measure, and print target, tolerance and value side by side."""
    console = Console(record=output is not None, width=120)
    began = time.perf_counter()
    corpus = synthesise(f"synthetic-{playlists}-{seed}", playlists, seed)
    console.print(f"{playlists:,} playlists, seed {seed}: {time.perf_counter() - began:.0f} s to generate or open")
    began = time.perf_counter()
    show_calibration(calibrate(corpus.playlists()), console)
    console.print(f"measured in {time.perf_counter() - began:.0f} s")
    if recommenders:
        show_scores(local_task(corpus, SplitOptions(params={"per_category": per_category})), playlists, console)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    console.print(f"peak memory {peak:.1f} GB")
    if output:
        output.write_text(f"```\n{console.export_text()}```\n", encoding="utf-8")


def show_scores(task: Task, n_playlists: int, console: Console) -> None:
    """Print each band beside the mean NDCG, and whether recommenders come in the right order."""
    known = [name for name in ORDERING if name in registry.names()]
    banded = {band.recommender for band in BANDS}
    scores = {name: scores_of(name, task) for name in known if name in banded}
    table = Table(box=box.SIMPLE)
    for column in ("recommender", "categories", "for playlists", "least", "greatest", "NDCG", ""):
        table.add_column(column, justify="left" if column in ("recommender", "categories") else "right")
    for band in BANDS:
        if band.recommender in scores:
            table.add_row(*band_cells(band, scores[band.recommender], n_playlists))
    console.print(table)
    means = [scores[name].overall("ndcg") for name in scores]
    verdict = "ok" if means == sorted(means) else "MISS"
    console.print(" < ".join(f"{name} {mean:.4f}" for name, mean in zip(scores, means, strict=True)), verdict)


def scores_of(name: str, task: Task) -> MetricValues:
    """NDCG of a recommender's lists with its default hyper-parameters, short lists completed as in a run."""
    recommender = registry.create(name)
    recommender.fit(task.train, task.challenge)
    tracks = Fallbacks(task).complete(recommender.recommend(task.challenge, TRACKS_PER_PLAYLIST).tracks)
    assert task.judged
    return measure_lists(tracks, *task.judged, [metric_named("ndcg")])


def band_cells(band: Band, scores: MetricValues, n_playlists: int) -> list[str]:
    """One line of the table of bands."""
    rows = np.isin(scores.categories, band.categories) if band.categories else np.ones(len(scores.pids), np.bool_)
    value = float(scores.values["ndcg"][rows].mean())
    within = band.low <= value <= band.high
    verdict = ("ok" if within else "MISS") if n_playlists == band.n_playlists else "hint"
    categories = ", ".join(map(str, band.categories)) or "all"
    figures = [f"{band.n_playlists:,}", f"{band.low:.2f}", f"{band.high:.2f}", f"{value:.4f}"]
    return [band.recommender, categories, *figures, verdict]


if __name__ == "__main__":
    typer.run(main)
