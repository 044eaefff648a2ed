"""Benchmark of a leaderboard's statistics: 10,000 draws, 20 runs x 10,000 playlists, against SciPy's for one mean.

python benchmarks/board_statistics.py
"""

from __future__ import annotations

import time

import numpy as np
from scipy import stats

from harness.statistics.uncertainty import N_DRAWS, bootstrap, compare, ranks

N_RUNS, N_PLAYLISTS = 20, 10_000
HIGHER_IS_BETTER = np.array([True, True, False])
SECONDS = 10


def main() -> None:
    rng = np.random.default_rng(0)
    values = rng.gamma(1.0, size=(N_RUNS, len(HIGHER_IS_BETTER), N_PLAYLISTS))
    categories = np.repeat(np.arange(1, 11), N_PLAYLISTS // 10)
    began, cpu = time.perf_counter(), time.process_time()
    sample = bootstrap(values, categories)
    ranks(sample, HIGHER_IS_BETTER)
    drawn = time.perf_counter() - began
    compare(values)
    ours, cpu = time.perf_counter() - began, time.process_time() - cpu
    began = time.perf_counter()
    stats.bootstrap((values[0, 0],), np.mean, method="percentile", n_resamples=N_DRAWS, batch=250)
    theirs = time.perf_counter() - began
    verdict = "reached" if ours <= SECONDS else "MISSED"
    print(f"{N_DRAWS:,} draws, {N_RUNS} runs x {N_PLAYLISTS:,} playlists x {len(HIGHER_IS_BETTER)} metrics")
    print(f"  ranks {drawn:.1f} s, pairs tested too {ours:.1f} s (target {SECONDS}: {verdict}; CPU {cpu:.1f} s)")
    print(f"  scipy.stats.bootstrap for one of the {N_RUNS * len(HIGHER_IS_BETTER)} means, no strata: {theirs:5.1f} s")


if __name__ == "__main__":
    main()
