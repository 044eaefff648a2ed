"""Playlists that `audio-clusters` continues per minute, and scores of its lists beside co-occurrence and popularity.

python benchmarks/audio_clusters.py                       # 10,000 playlists, a minute
python benchmarks/audio_clusters.py --playlists 100000    # ten minutes, most of them the corpus
"""

from __future__ import annotations

import argparse
import resource
import time

import harness
from harness import Holdout
from harness.metrics.catalogue import default_metrics
from harness.metrics.values import measure_lists
from harness.splits.challenge import ChallengeSplit
from harness.synthetic import Model, generate

K = 500
LEAST_A_MINUTE = 5_000


def measure(name: str, params: dict[str, object], split: harness.Split) -> float:
    """Print costs and metric values of a model; returns the playlists per minute of `recommend`."""
    model = harness.create(name, params)
    start = time.perf_counter()
    model.fit(split.train, split.challenge)
    fit = time.perf_counter() - start
    start, cpu = time.perf_counter(), time.process_time()
    ranked = model.recommend(split.challenge, K)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    rate = len(ranked) / seconds * 60
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    scores = measure_lists(ranked.tracks, split.challenge, split.withheld, default_metrics())
    settings = " ".join(f"{key}={value}" for key, value in params.items())
    print(f"{f'{name} {settings}':<30}{fit:8.1f}{seconds:10.1f}{cpu:9.1f}{rate:13,.0f}{memory:9.2f}", end="")
    print("".join(f"{scores.overall(metric.name):13.4f}" for metric in default_metrics()), flush=True)
    return rate


def warm_up() -> None:
    """Compile, or load what was compiled, before anything is timed."""
    few = generate(1_000, model=Model.small())
    split = ChallengeSplit(per_category=1).cut(few, 0).split_of(few, Holdout.validation)
    for name in ("audio-clusters", "co-occurrence"):
        model = harness.create(name)
        model.fit(split.train, split.challenge)
        model.recommend(split.challenge, K)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--playlists", type=int, default=10_000)
    parser.add_argument("--clusters", type=int, nargs="*", default=[2, 10, 50, 100])
    arguments = parser.parse_args()
    warm_up()
    playlists = generate(arguments.playlists)
    split = ChallengeSplit().cut(playlists, 0).split_of(playlists, Holdout.validation)
    print(f"{len(split.train)} playlists, {split.train.catalog.n_tracks} tracks, {len(split.challenge)} to continue")
    print(f"{'':<30}{'fit s':>8}{'lists s':>10}{'cpu s':>9}{'a minute':>13}{'peak GB':>9}", end="")
    print("".join(f"{metric.name:>13}" for metric in default_metrics()), flush=True)
    rates = [measure("audio-clusters", {"clusters": n}, split) for n in arguments.clusters]
    measure("co-occurrence", {"expansion": "always"}, split)
    measure("popularity", {}, split)
    if min(rates) < LEAST_A_MINUTE:
        raise SystemExit(f"missed: {min(rates):,.0f} playlists a minute, {LEAST_A_MINUTE:,} are wanted")


if __name__ == "__main__":
    main()
