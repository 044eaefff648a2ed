"""Models of implicit, LensKit and RecTools beside ours: one challenge, one scoring, a process per model.

    python benchmarks/peers.py                                    # the synthetic corpus of `make run`
    python benchmarks/peers.py --data polimi-dev --challenge FILE --answers FILE --output benchmarks/peers.md
    python benchmarks/peers.py --only "ours: slim" --limit 600

LensKit and RecTools get environments of their own below --cache, made with pip on first use: RecTools needs an older
NumPy on Python 3.11 and 3.12 and replaces the files of implicit. Their models run there through the recommenders
`lenskit` and `rectools`. Each result is stored below --cache; delete its file to measure it again.

Seconds are those of the processor, summed over threads, so that other work on the machine counts less. Peak memory is
that of the process that fits: ours and implicit's includes the corpus and this package, the others' the matrix only.
"""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from _handwritten import handwritten

import harness
from harness.metrics.values import MetricValues, measure_lists
from harness.run.metric_data import metric_data
from harness.statistics.uncertainty import normal_intervals
from harness.task.tasks import Task, open_task

K = 500
REQUIRED = {"lenskit": ["lenskit==2025.8.1"], "rectools": ["rectools==0.19.0", "scipy<1.17"]}
"""Peer -> what its environment gets; RecTools 0.19 calls `svds` in a way that SciPy 1.17 refuses."""

EASE = {"lenskit: EASE", "rectools: EASE"}
"""They hold dense matrices of n_tracks squared."""

TF_IDF, BM25, COSINE, ALS = "TFIDFRecommender", "BM25Recommender", "CosineRecommender", "AlternatingLeastSquares"
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "ours: popularity": ("popularity", {}),
    "ours: item-knn": ("item-knn", {}),
    "ours: playlist-knn": ("playlist-knn", {}),
    "ours: als": ("als", {}),
    "ours: slim": ("slim", {}),
    "implicit: TF-IDF": ("implicit", {"model": TF_IDF}),
    "implicit: TF-IDF, K=1000": ("implicit", {"model": TF_IDF, "K": 1000}),
    "implicit: BM25": ("implicit", {"model": BM25}),
    "implicit: cosine": ("implicit", {"model": COSINE}),
    "implicit: ALS": ("implicit", {"model": ALS}),
    "lenskit: ItemKNN": ("lenskit", {"scorer": "lenskit.knn.ItemKNNScorer"}),
    "lenskit: ImplicitMF": ("lenskit", {"scorer": "lenskit.als.ImplicitMFScorer"}),
    "rectools: PureSVD": ("rectools", {"cls": "PureSVDModel"}),
    "rectools: PureSVD, factors=128": ("rectools", {"cls": "PureSVDModel", "factors": 128}),
    "lenskit: EASE": ("lenskit", {"scorer": "lenskit.knn.EASEScorer", "regularization": 500}),
    "rectools: EASE": ("rectools", {"cls": "EASEModel"}),
}
TITLE = """# Models of other libraries beside ours

By `python benchmarks/peers.py`. Aggregate figures only; ± is half a 95 % interval of the mean."""
HANDWRITTEN_FROM = "## Findings"
HEAD = ["model", "R-precision", "NDCG", "clicks", "fit, CPU s", "lists, CPU s", "peak MB", "no list"]


def main(
    data: Annotated[str, typer.Option(help="Corpus.")] = "synthetic",
    challenge: Annotated[Path | None, typer.Option(help="Challenge file, instead of the validation holdout.")] = None,
    answers: Annotated[Path | None, typer.Option(help="Its answers.")] = None,
    cache: Annotated[Path, typer.Option(help="Environments of the peers, and results.")] = Path("build/peers"),
    only: Annotated[list[str] | None, typer.Option(help="Measure these; report all that are stored.")] = None,
    limit: Annotated[int, typer.Option(help="Longest time of a model, in seconds.")] = 1800,
    dense: Annotated[int, typer.Option(help="EASE is left out on corpora of more tracks.")] = 25_000,
    output: Annotated[
        Path | None, typer.Option(help="Write the report here too; its text from the heading Findings on is kept.")
    ] = None,
    one: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Measure, and print the table."""
    task = open_task(data, challenge=challenge, answers=answers)
    digest = hashlib.sha256(task.challenge.info["pid"].to_numpy().tobytes()).hexdigest()
    folder = cache / "results" / f"{data}-{digest[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    if one:
        measure(task, one, cache, place_of(folder, one))
        return
    missing = {}
    for label in only or MODELS:
        if label in EASE and task.train.catalog.n_tracks > dense:
            missing[label] = f"{task.train.catalog.n_tracks:,} tracks are too many for a dense matrix"
        elif not place_of(folder, label).exists():
            print(label, file=sys.stderr, flush=True)
            missing |= apart(label, limit)
    report = table(task, folder, missing)
    print(report)
    if output:
        text = f"{TITLE}\n\n## {data}\n\n{report}\n{handwritten(output, HANDWRITTEN_FROM)}"
        output.write_text(text, encoding="utf-8")


def place_of(folder: Path, label: str) -> Path:
    """File of a model's result."""
    return folder / f"{''.join(letter if letter.isalnum() else '-' for letter in label)}.npz"


def apart(label: str, limit: int) -> dict[str, str]:
    """Measure a model in a process of its own; label -> reason if that fails."""
    command = [sys.executable, *sys.argv, "--one", label]
    try:
        subprocess.run(command, check=True, timeout=limit, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    except subprocess.TimeoutExpired:
        return {label: f"not finished in {limit} s"}
    except subprocess.CalledProcessError as error:
        return {label: (error.stderr.strip().splitlines() or [f"ended with code {error.returncode}"])[-1]}
    return {}


def measure(task: Task, label: str, cache: Path, place: Path) -> None:
    """Fit, recommend, and store lists, seconds, peak memory and version."""
    name, params = MODELS[label]
    if name in REQUIRED:
        params = {**params, "python": str(environment(cache, name))}
    model = harness.create(name, params)
    start = time.process_time()
    model.fit(task.train, task.challenge)
    fitted = time.process_time()
    lists = model.recommend(task.challenge, K).tracks
    listed = time.process_time()
    facts = getattr(model, "summary", {})
    costs = {
        "fit": facts.get("worker_fit_cpu_seconds", fitted - start),
        "lists": facts.get("worker_recommend_cpu_seconds", listed - fitted),
        "peak": facts.get("worker_peak_bytes", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024),
        "version": facts.get(name, ""),
        "unserved": facts.get("share_without_known_seeds", float((lists[:, 0] < 0).mean())),
    }
    np.savez(place, lists=lists, costs=json.dumps(costs))


def environment(cache: Path, peer: str) -> Path:
    """Interpreter of the peer's environment, which is made on first use."""
    home = (cache / peer).resolve()
    python = home / "bin" / "python"
    ready = home / "installed"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *REQUIRED[peer]], check=True)
        ready.touch()
    return python


def table(task: Task, folder: Path, missing: dict[str, str]) -> str:
    """Markdown: a row per stored result, then a line per model without one."""
    rows = []
    versions = {}
    for label in MODELS:
        place = place_of(folder, label)
        if place.exists():
            with np.load(place) as stored:
                costs = json.loads(str(stored["costs"]))
                scores = scored(task, stored["lists"])
            versions |= {label.partition(":")[0]: costs["version"]} if costs["version"] else {}
            rows.append([label, *cells(scores), *figures(costs)])
    train, n = task.train, len(task.challenge)
    about = f"{len(train):,} training playlists, {train.catalog.n_tracks:,} tracks; {n:,} playlists to continue."
    used = ", ".join(f"{peer} {version}" for peer, version in versions.items())
    lines = [f"| {' | '.join(row)} |" for row in (HEAD, ["---"] * len(HEAD), *rows)]
    left_out = [f"- {label}: {reason}" for label, reason in missing.items()]
    return "\n".join([about, f"Versions: {used}.", "", *lines, "", *left_out]).rstrip() + "\n"


def scored(task: Task, lists: np.ndarray) -> MetricValues:
    """Values of the default metrics; lists are scored as they are, without the fallback."""
    if task.judged is None:
        raise harness.DataError("the challenge has no answers: pass --answers")
    metrics = harness.default_metrics()
    return measure_lists(lists, *task.judged, metrics, metric_data(task, metrics))


def cells(scores: MetricValues) -> list[str]:
    """Mean and half width of the 95 % interval of each metric."""
    values = np.array(list(scores.values.values()))
    low, high = normal_intervals(values, scores.categories)
    digits = [2 if name == "clicks" else 4 for name in scores.values]
    return [
        f"{mean:.{d}f} ± {(b - a) / 2:.{d}f}"
        for mean, a, b, d in zip(values.mean(axis=1), low, high, digits, strict=True)
    ]


def figures(costs: dict[str, Any]) -> list[str]:
    """Seconds, memory and the share of playlists without a list."""
    return [f"{costs['fit']:.1f}", f"{costs['lists']:.1f}", f"{costs['peak'] / 1e6:,.0f}", f"{costs['unserved']:.1%}"]


if __name__ == "__main__":
    typer.run(main)
