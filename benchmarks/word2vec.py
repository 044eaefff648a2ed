"""Hyper-parameters of `word2vec` on next tracks of real, ordered playlists: tuned on validation, the best on the test.

    python benchmarks/word2vec.py --cache CACHE          # writes benchmarks/word2vec.md

It uses the stored corpora `polimi-dev` and `soundscout-dev`, made by `harness data import DIR/polimi-dev/data --name
polimi-dev` and likewise for the other; `--data NAME` selects others. Small corpora are split with several seeds, up to
1,000 validation playlists. Each configuration differs from the founding
project's settings by the parameters in its row. The configuration with the highest NDCG@10 on the validation holdouts
of a corpus is compared on its test holdouts with the defaults and the founding project's settings. CACHE keeps the
values per playlist, so that an interrupted benchmark resumes; remove a file there to compute it again.

The report has aggregate figures only. Its text from the heading "Findings" on is kept.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from _handwritten import handwritten

import harness
from harness.metrics.catalogue import metrics_named
from harness.metrics.values import measure_lists
from harness.run.metric_data import metric_data
from harness.statistics.uncertainty import bootstrap
from harness.task.split_options import SplitOptions

if TYPE_CHECKING:
    from collections.abc import Iterable

REPORT = Path(__file__).with_suffix(".md")
HANDWRITTEN_FROM = "## Findings"
METRICS = metrics_named("ndcg@10,hit@10")
K = 100

Params = dict[str, Any]

FOUNDERS: Params = {
    "vector_size": 30,
    "window": 3,
    "negative": 5,
    "ns_exponent": 0.5,
    "sample": 1e-5,
    "min_count": 1,
    "min_playlists": 2,
    "popularity": 0.0,
    "epochs": 5,
}
"""Settings of the founding project; its number of epochs is unknown, gensim's default is 5."""

ENOUGH = 1_000
"""Validation playlists from which on no further split seed is added."""

SWEPT = "epochs=20"
"""The configuration that the sweeps change by one parameter."""

DEFAULTS = "defaults, 5 epochs"
"""By default there are 20 epochs on corpora of this size; the founding project's row has as few as this one."""

CONFIGURATIONS: dict[str, Params] = {
    DEFAULTS: {"epochs": 5},
    "founding project": FOUNDERS,
    **{
        " ".join(f"{name}={value}" for name, value in changes.items()): FOUNDERS | changes
        for changes in (
            {"epochs": 20},
            {"epochs": 20, "ns_exponent": -0.5},
            {"epochs": 20, "ns_exponent": 0.0},
            {"epochs": 20, "ns_exponent": 1.0},
            {"epochs": 20, "window": 1},
            {"epochs": 20, "window": 10},
            {"epochs": 20, "sample": 1e-3},
        )
    },
}


def main(
    cache: Annotated[Path, typer.Option(help="Where values per playlist are kept.")],
    data: Annotated[list[str], typer.Option(help="Stored corpora.")] = ["polimi-dev", "soundscout-dev"],  # noqa: B006
    output: Annotated[Path, typer.Option(help="The report.")] = REPORT,
    *,
    compute: Annotated[bool, typer.Option(help="Compute what is not kept; else report what is kept.")] = True,
) -> None:
    """Measure what is new and write the report."""
    cache.mkdir(parents=True, exist_ok=True)
    lines = ["# `word2vec` on next tracks of real playlists", "", ABOUT, ""]
    for corpus in data:
        lines += [f"## {corpus}", "", *report(corpus, cache, computes=compute), ""]
        output.write_text("\n".join([*lines, handwritten(output, HANDWRITTEN_FROM)]), encoding="utf-8")


ABOUT = (
    "By `python benchmarks/word2vec.py`. Split `next-track`: the last track of a playlist is recommended from the one "
    "before it. Values with 95 % bootstrap intervals. The founding project reported Hit@10 0.134 and NDCG@10 0.0758 on "
    "its validation playlists (100,000 Deezer playlists, which are not available here): compare within a table only. "
    f"Each row but `{DEFAULTS}` differs from the founding project's settings by what it names."
)


def report(corpus: str, cache: Path, *, computes: bool) -> list[str]:
    """Two tables of one corpus: all configurations on validation, and the best on test."""
    n_validation = len(task_of(corpus, harness.Holdout.validation, 0).challenge)
    seeds = range(-(-ENOUGH // n_validation))

    def measured(holdout: harness.Holdout, labels: Iterable[str]) -> dict[str, np.ndarray]:
        """Values on the playlists of all split seeds, (n_metrics, n), of each configuration."""
        kept = {}
        for label in labels:
            parts = [values_of(corpus, cache, (holdout, seed), CONFIGURATIONS[label], computes) for seed in seeds]
            if not any(part is None for part in parts):
                kept[label] = np.concatenate(parts, axis=1)
        return kept

    on_validation = measured(harness.Holdout.validation, CONFIGURATIONS)
    if not on_validation:
        return ["Nothing is measured yet."]
    best = max(on_validation, key=lambda label: float(on_validation[label][0].mean()))
    on_test = measured(harness.Holdout.test, dict.fromkeys((best, DEFAULTS, "founding project")))
    lines = [f"Validation: {len(seeds)} split seed{'s' * (len(seeds) > 1)}.", "", *table(on_validation, SWEPT)]
    if on_test:
        lines += ["", f"Test, with `{best}` chosen on validation by NDCG@10:", "", *table(on_test, best)]
    return lines


def values_of(
    corpus: str, cache: Path, part: tuple[harness.Holdout, int], params: Params, computes: bool
) -> np.ndarray | None:
    """Values of a configuration on the holdout of a split seed, (n_metrics, n); None if not kept nor computed."""
    holdout, seed = part
    text = json.dumps([corpus, holdout, seed, params], sort_keys=True)
    path = cache / f"{corpus}-{holdout}-{seed}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.npy"
    if path.exists():
        return np.load(path)
    if not computes:
        return None
    task = task_of(corpus, holdout, seed)
    start = time.perf_counter()
    model = harness.create("word2vec", params)
    model.fit(task.train, task.challenge)
    lists = model.recommend(task.challenge, K).tracks
    scores = measure_lists(lists, *task.judged, METRICS, metric_data(task, METRICS))
    values = np.array([scores.values[metric.name] for metric in METRICS])
    np.save(path, values)
    seconds = time.perf_counter() - start
    print(corpus, holdout, seed, params, values.mean(axis=1), f"{seconds:.0f} s", file=sys.stderr, flush=True)
    return values


def task_of(corpus: str, holdout: harness.Holdout, seed: int) -> harness.Task:
    """A holdout of the next-track split."""
    return harness.open_task(corpus, options=SplitOptions(split="next-track", holdout=holdout, seed=seed))


def table(measured: dict[str, np.ndarray], reference: str) -> list[str]:
    """Markdown: means with intervals, and the paired difference of NDCG@10 to the reference."""
    labels = list(measured)
    to = labels.index(reference) if reference in labels else 0
    n = measured[labels[0]].shape[1]
    sample = bootstrap(np.array(list(measured.values())), np.zeros(n, np.int64))
    low, high = sample.intervals()
    rows = [[f"{n:,} playlists", "NDCG@10", "Hit@10", f"NDCG@10 minus `{labels[to]}`"], ["---"] * 4]
    for i, label in enumerate(labels):
        cells = [f"{sample.means[i, m]:.4f} [{low[i, m]:.4f}, {high[i, m]:.4f}]" for m in range(len(METRICS))]
        difference, (below, above) = sample.difference(i, to)
        cells.append(f"{difference[0]:+.4f} [{below[0]:+.4f}, {above[0]:+.4f}]" if i != to else "")
        rows.append([label, *cells])
    return [f"| {' | '.join(row)} |" for row in rows]


if __name__ == "__main__":
    typer.run(main)
