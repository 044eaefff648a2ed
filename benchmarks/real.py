"""Recommenders on two real corpora, with nested selection: one part of the playlists selects, another evaluates.

    python benchmarks/real.py --corpora DIR                 # writes benchmarks/real.md
    python benchmarks/real.py --corpora DIR --only als      # adds the configurations of one recommender

DIR contains `polimi-dev/` (data/, challenge_set.json, answers.json) and `soundscout-dev/` (data/). On `polimi-dev` the
challenge playlists are halved by a hash of the pid, one half for selection and one for evaluation; on `soundscout-dev`
the validation and the test holdouts serve for these. The values per playlist of each configuration are kept in a folder
(`--cache`, by default in `build/`, which git ignores), so that a second run computes only new ones: another
configuration, or a changed module of its recommender. Remove a file there to compute it again (a changed kernel of the
harness is not detected).

The report has aggregate figures only. Its text from the heading "Tried, lost by" onwards is preserved.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from _handwritten import handwritten

import harness
from harness.kit.randomness import hashes
from harness.metrics.values import measure_lists
from harness.run.metric_data import metric_data
from harness.statistics.uncertainty import normal_intervals
from harness.task.split_options import SplitOptions
from harness.task.tasks import Task, open_task

K, PER_CATEGORY = 500, 100
NDCG = [metric.name for metric in harness.default_metrics()].index("ndcg")
HANDWRITTEN_FROM = "## Tried, lost by"
REPORT = Path(__file__).with_suffix(".md")

CONFIGURATIONS: list[tuple[str, dict[str, Any]]] = [
    ("popularity", {}),
    ("co-occurrence", {}),
    ("item-knn", {}),
    ("item-knn", {"alpha": 0.5, "beta": 0.5}),
    ("item-knn", {"alpha": 0.5, "beta": 0.3, "length": 1.0}),
    ("item-knn", {"similarity": "cosine"}),
    ("item-knn", {"similarity": "tf-idf"}),
    ("item-knn", {"similarity": "tf-idf", "neighbours": 1_000}),
    ("item-knn", {"similarity": "tversky", "alpha": 0.3, "beta": 0.3}),
    ("item-knn", {"similarity": "bm25"}),
    ("item-knn", {"similarity": "p3alpha"}),
    ("item-knn", {"similarity": "asymmetric-cosine"}),
    ("item-knn", {"shrink": 0.0}),
    ("item-knn", {"shrink": 1.0}),
    ("item-knn", {"shrink": 5.0}),
    ("item-knn", {"shrink": 20.0}),
    ("item-knn", {"similarity": "cosine", "shrink": 0.0}),
    ("item-knn", {"similarity": "tf-idf", "shrink": 0.0}),
    ("item-knn", {"similarity": "tversky", "alpha": 0.3, "beta": 0.3, "shrink": 0.0}),
    ("item-knn", {"rise": 1.0}),
    ("item-knn", {"rise": 4.0}),
    ("item-knn", {"neighbours": 100}),
    ("item-knn", {"metadata": False}),
    ("playlist-knn", {}),
    ("playlist-knn", {"neighbours": 100}),
    ("playlist-knn", {"neighbours": 1_000}),
    ("playlist-knn", {"metadata": False}),
    ("slim", {}),
    ("slim", {"metadata": False}),
    ("slim", {"l1": 0.0, "l2": 500.0, "dropout": 0.0, "beta": 0.0}),
    ("slim", {"l1": 1.0, "l2": 100.0, "dropout": 0.0, "beta": 0.0}),
    ("slim", {"l1": 0.5, "l2": 20.0, "dropout": 0.0, "beta": 0.0}),
    ("als", {}),
    ("als", {"regularization": 15.0}),
    ("als", {"regularization": 100.0}),
    ("als", {"factors": 128}),
    ("als", {"factors": 512}),
    ("als", {"nu": 0.0, "regularization": 5.0}),
    ("als", {"min_count": 5}),
    ("als", {"metadata": 0.0}),
    ("als", {"metadata": 1.0}),
    ("word2vec", {}),
    ("neumf", {}),
    ("mean-variance", {}),
    ("mean-variance", {"factors": 64}),
    ("mean-variance", {"learning_rate": 0.002}),
    ("title", {}),
    ("blend", {}),
    ("two-stage", {}),
]


@dataclass(frozen=True)
class Measured:
    """A configuration on the playlists of one part: (n_metrics, n) values, their categories, and seconds."""

    values: np.ndarray
    categories: np.ndarray
    seconds: float

    def cells(self) -> list[str]:
        """Mean and half width of the 95 % interval of each metric."""
        low, high = normal_intervals(self.values, self.categories)
        means = self.values.mean(axis=1)
        digits = [2 if metric.name == "clicks" else 4 for metric in harness.default_metrics()]
        return [f"{m:.{d}f} ± {(b - a) / 2:.{d}f}" for m, a, b, d in zip(means, low, high, digits, strict=True)]

    def less(self, other: Measured) -> Measured:
        """Differences from another configuration on the same playlists."""
        return Measured(self.values - other.values, self.categories, self.seconds)


def main(
    corpora: Annotated[Path, typer.Option(help="The folder of polimi-dev/ and soundscout-dev/.")],
    cache: Annotated[Path, typer.Option(help="Where values per playlist are kept.")] = Path("build/real"),
    only: Annotated[
        list[str] | None, typer.Option(help="Compute these recommenders; report all that are kept.")
    ] = None,
    corpus: Annotated[list[str] | None, typer.Option(help="Compute on this corpus only.")] = None,
    seeds: Annotated[int, typer.Option(help="Split seeds on soundscout-dev.")] = 3,
    output: Annotated[Path, typer.Option(help="The report.")] = REPORT,
) -> None:
    """Measure what is new and write the report."""
    cache.mkdir(parents=True, exist_ok=True)
    lines = ["# Recommenders on real playlists", "", f"By `python benchmarks/real.py`. {DEFAULTS}", ""]
    for name, about, parts in (
        ("polimi-dev", POLIMI, (0,)),
        ("soundscout-dev", f"{SOUNDSCOUT} Split seeds: {seeds}.", range(seeds)),
    ):
        rows, selecting, judging = [], {}, {}
        for recommender, params in CONFIGURATIONS:
            computes = recommender in (only or [recommender]) and name in (corpus or [name])
            halves = [measure(corpora, cache, (name, part), (recommender, params), computes) for part in parts]
            if None in halves:
                continue
            chooses, judges = (joined([half[at] for half in halves if half]) for at in (0, 1))
            if not params:
                selecting[recommender], judging[recommender] = chooses, judges
            label = " ".join([recommender, *(f"{key}={value}" for key, value in params.items())])
            rows.append([label, *judges.cells(), *(f"{mean:.4f}" for mean in chooses.values.mean(axis=1)[:2])])
            rows[-1].append(f"{judges.seconds:.0f}")
        lines += [f"## {name}", "", about, "", *table(HEAD, rows), ""]
        singles = selecting.keys() - {"blend", "two-stage"}
        if singles and "blend" in judging:
            best = max(sorted(singles), key=lambda single: selecting[single].values[NDCG].mean())
            lines += [compared(("blend", judging["blend"]), (best, judging[best])), ""]
        if {"blend", "two-stage"} <= judging.keys():
            lines += [compared(*((name, judging[name]) for name in ("two-stage", "blend"))), ""]
    output.write_text("\n".join([*lines, handwritten(output, HANDWRITTEN_FROM)]), encoding="utf-8")


def compared(one: tuple[str, Measured], other: tuple[str, Measured]) -> str:
    """The paired differences of two named configurations, and that in NDCG as a share of the second, one line."""
    (name, measured), (than, base) = one, other
    difference = measured.less(base)
    (low, *_), (high, *_) = normal_intervals(difference.values[[NDCG]], difference.categories)
    share = 100 / base.values[NDCG].mean()
    gain, half = difference.values[NDCG].mean() * share, (high - low) / 2 * share
    return (
        f"{name} - {than}, paired, on the judging playlists: {' / '.join(difference.cells())}; "
        f"NDCG {gain:+.1f} ± {half:.1f} % of that of {than}"
    )


DEFAULTS = "A name alone means the defaults. Aggregate figures only; ± is half a 95 % interval of the mean."
POLIMI = (
    "50,446 playlists, 4,000 to continue; columns 2 to 4 judge on the half that selected nothing, the next two are of "
    "the half that selects. Seconds of fit and lists, of a machine shared with other work: compare their order only."
)
SOUNDSCOUT = (
    "1,503 training playlists, local splits with 100 playlists a category; test holdouts judge, validation holdouts "
    "select. Seconds are means of one holdout. Lists are judged before popular tracks fill them."
)
HEAD = ["configuration", "R-precision", "NDCG", "clicks", "selecting: R-precision", "NDCG", "s"]


def measure(
    corpora: Path, cache: Path, part: tuple[str, int], configuration: tuple[str, dict[str, Any]], computes: bool
) -> tuple[Measured, Measured] | None:
    """A configuration on the selecting and the judging playlists of a part; None if it is not kept nor computed."""
    recommender, params = configuration
    module = inspect.getsource(sys.modules[type(harness.create(recommender)).__module__])
    text = json.dumps([*part, recommender, params, PER_CATEGORY, module], sort_keys=True)
    path = cache / f"{part[0]}-{part[1]}-{recommender}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.npz"
    if not path.exists():
        if not computes:
            return None
        print(*part, recommender, params, file=sys.stderr, flush=True)
        halves = [evaluate(task, configuration) for task in tasks(corpora, *part)]
        if len(halves) == 1:
            halves = cut(*halves[0])
        arrays = {}
        for name, (measured, _) in zip(("selects", "judges"), halves, strict=True):
            arrays[f"{name}_values"], arrays[f"{name}_categories"] = measured.values, measured.categories
            arrays[f"{name}_seconds"] = np.array(measured.seconds)
        np.savez(path, allow_pickle=False, **arrays)
    with np.load(path) as kept:
        selects, judges = (
            Measured(kept[f"{name}_values"], kept[f"{name}_categories"], float(kept[f"{name}_seconds"]))
            for name in ("selects", "judges")
        )
    return selects, judges


def tasks(corpora: Path, name: str, seed: int) -> list[Task]:
    """The challenge of polimi-dev, or the validation and the test holdout of soundscout-dev."""
    folder = corpora / name
    if name == "polimi-dev":
        challenge, answers = folder / "challenge_set.json", folder / "answers.json"
        return [open_task(str(folder), challenge=challenge, answers=answers)]
    params = {"per_category": PER_CATEGORY}
    holdouts = (SplitOptions(holdout=holdout, seed=seed, params=params) for holdout in harness.Holdout)
    return [open_task(str(folder), options=options) for options in holdouts]


def evaluate(task: Task, configuration: tuple[str, dict[str, Any]]) -> tuple[Measured, np.ndarray]:
    """Fit, recommend and score; and the pids."""
    model = harness.create(*configuration)
    start = time.perf_counter()
    model.fit(task.train, task.challenge)
    lists = model.recommend(task.challenge, K).tracks
    seconds = time.perf_counter() - start
    if task.judged is None:
        raise harness.DataError("the challenge has no answers: nothing judges")
    metrics = harness.default_metrics()
    scores = measure_lists(lists, *task.judged, metrics, metric_data(task, metrics))
    values = np.array([scores.values[metric.name] for metric in metrics])
    return Measured(values, scores.categories, seconds), scores.pids


def cut(measured: Measured, pids: np.ndarray) -> list[tuple[Measured, np.ndarray]]:
    """The playlists whose hash is even, and the others."""
    odd = hashes(0, "nested selection", pids) % np.uint64(2) == 1
    return [
        (Measured(measured.values[:, rows], measured.categories[rows], measured.seconds), pids[rows])
        for rows in (~odd, odd)
    ]


def joined(parts: list[Measured]) -> Measured:
    """All playlists of several parts."""
    values = np.concatenate([part.values for part in parts], axis=1)
    categories = np.concatenate([part.categories for part in parts])
    return Measured(values, categories, float(np.mean([part.seconds for part in parts])))


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Markdown."""
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


if __name__ == "__main__":
    typer.run(main)
