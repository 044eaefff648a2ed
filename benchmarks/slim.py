"""Benchmark of SLIM against the dense inverse of EASE, on one corpus and challenge: seconds, memory, metric values.

EASE (Steck 2019) regresses each track on all others by inverting the dense Gram matrix of the tracks; here it has the
same most frequent tracks as SLIM. With 20,000 tracks it needs 5 GB.

    python benchmarks/slim.py                                             # 50,000 playlists, 20,000 tracks
    python benchmarks/slim.py --playlists 1000000 --tracks 100000 --slim-only  # full size, some minutes
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np

import harness
from harness import Holdout
from harness.metrics.catalogue import default_metrics
from harness.metrics.values import measure_lists
from harness.splits.challenge import ChallengeSplit
from harness.synthetic import Model, generate

K = 500
EASE_L2 = 500.0
BATCH = 64


class Ease:
    """The published closed form, as NumPy has it; lists are made as those of SLIM."""

    def __init__(self, n_tracks: int) -> None:
        self.n_tracks = n_tracks

    def fit(self, train: harness.Playlists, challenge: harness.Challenge) -> None:
        del challenge
        frequent = np.argsort(-train.track_counts(), kind="stable")[: self.n_tracks]
        self.targets = np.sort(frequent).astype(np.int32)
        self.column_of = np.full(train.catalog.n_tracks, -1, np.int32)
        self.column_of[self.targets] = np.arange(len(self.targets))
        playlist_tracks = self.columns(train.tracks).matrix(len(self.targets))
        gram = (playlist_tracks.T @ playlist_tracks).toarray()
        gram[np.diag_indices_from(gram)] += EASE_L2
        inverse = np.linalg.inv(gram)
        del gram
        inverse /= -inverse.diagonal().copy()
        inverse[np.diag_indices_from(inverse)] = 0
        self.weights = inverse

    def columns(self, rows: harness.Ragged) -> harness.Ragged:
        columns = self.column_of[rows.values]
        kept = rows.keep(columns >= 0)
        return harness.Ragged(kept.indptr, columns[columns >= 0])

    def recommend(self, challenge: harness.Challenge, k: int) -> harness.Ranked:
        seeds = self.columns(challenge.seeds)
        lists = []
        for first in range(0, len(seeds), BATCH):
            part = seeds.take(np.arange(first, min(first + BATCH, len(seeds))))
            scores = part.matrix(len(self.targets)) @ self.weights
            scores[scores <= 0] = -np.inf
            scores[part.row_ids, part.values] = -np.inf
            lists.append(harness.kit.top_k(scores, k))
        tracks, best = (np.concatenate([getattr(each, name) for each in lists]) for name in ("tracks", "scores"))
        return harness.Ranked(np.where(tracks >= 0, self.targets[tracks], tracks), best)


def measure(name: str, model: harness.Recommender, split: harness.Split) -> float:
    """Print what a model costs and scores; its fit's seconds."""
    before = time.perf_counter(), time.process_time()
    model.fit(split.train, split.challenge)
    fit, cpu = time.perf_counter() - before[0], time.process_time() - before[1]
    start = time.perf_counter()
    ranked = model.recommend(split.challenge, K)
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    scores = measure_lists(ranked.tracks, split.challenge, split.withheld, default_metrics())
    print(f"{name:<24}{fit:8.1f}{cpu:8.1f}{seconds:10.1f}{memory:9.2f}", end="")
    print("".join(f"{scores.overall(metric.name):13.4f}" for metric in default_metrics()), flush=True)
    return fit


def warm_up() -> None:
    """Compile, or load what was compiled, before anything is timed."""
    few = generate(1_000, model=Model.small())
    split = ChallengeSplit(per_category=1).cut(few, 0).split_of(few, Holdout.validation)
    for l1 in ("0", "1"):
        harness.create("slim", {"neighbours": "5", "l1": l1, "metadata": "false"}).fit(split.train, split.challenge)


def run(playlists: harness.Playlists, n_tracks: int, per_category: int | None, *, slim_only: bool) -> None:
    """Every model on the first challenge drawn from the playlists."""
    split = ChallengeSplit(per_category=per_category).cut(playlists, 0).split_of(playlists, Holdout.validation)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{len(split.train)} playlists, {split.train.catalog.n_tracks} tracks, {n_tracks} of them targets;", end=" ")
    print(f"{len(split.challenge)} incomplete playlists; the corpus took {peak:.2f} GB", flush=True)
    print(f"{'':<24}{'fit s':>8}{'cpu s':>8}{'lists s':>10}{'peak GB':>9}", end="")
    print("".join(f"{metric.name:>13}" for metric in default_metrics()), flush=True)
    size = {"max_targets": str(n_tracks), "metadata": "false"}
    slim = measure("slim", harness.create("slim", size), split)
    measure("slim, 100 neighbours", harness.create("slim", {**size, "neighbours": "100"}), split)
    measure("slim, elastic net", harness.create("slim", {**size, "l1": "1"}), split)
    if not slim_only:
        ease = measure("EASE, dense inverse", Ease(n_tracks), split)
        print(f"the dense inverse takes {ease / slim:.1f} times slim's time")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--playlists", type=int, default=50_000)
    parser.add_argument("--tracks", type=int, default=20_000)
    parser.add_argument("--per-category", type=int, help="incomplete playlists a category")
    parser.add_argument("--slim-only", action="store_true", help="leave out what does not fit at this size")
    arguments = parser.parse_args()
    warm_up()
    run(generate(arguments.playlists), arguments.tracks, arguments.per_category, slim_only=arguments.slim_only)


if __name__ == "__main__":
    main()
