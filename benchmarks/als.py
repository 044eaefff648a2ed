"""Benchmark of `als` against implicit's `fit` and `recalculate_user`, on one corpus and challenge in one run.

Both receive the same playlists, tracks and titles; implicit receives a finished matrix, ours builds it.

    python benchmarks/als.py                                     # 20,000 playlists, some minutes
    python benchmarks/als.py --playlists 1000000                 # full size: a quarter of an hour per model
    python benchmarks/als.py --playlists 1000000 --ours-only     # peak memory of ours only
"""

from __future__ import annotations

import argparse
import resource
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix, hstack
from threadpoolctl import threadpool_limits

from harness.identities import Holdout
from harness.kit.parallel import n_threads
from harness.splits.challenge import ChallengeSplit
from harness.synthetic import generate
from recommenders.als import Als

if TYPE_CHECKING:
    from collections.abc import Iterator

K = 500
MOST_OVERHEAD = 0.10
FOLDED = 500


@contextmanager
def clock(what: str, seconds: dict[str, float]) -> Iterator[None]:
    """Wall seconds, with CPU seconds beside them: on a busy machine those are what can be compared."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    seconds[what] = time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{what:34s} {time.perf_counter() - wall:8.1f} s wall {seconds[what]:8.1f} s CPU   peak so far {peak:.2f} GB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--playlists", type=int, default=20_000)
    parser.add_argument("--factors", type=int, default=64)
    parser.add_argument("--iterations", type=int, default=15)
    parser.add_argument("--ours-only", action="store_true")
    arguments = parser.parse_args()
    playlists = generate(arguments.playlists)
    split = ChallengeSplit().cut(playlists, 0).split_of(playlists, Holdout.validation)
    del playlists
    seconds: dict[str, float] = {}
    model = Als(factors=arguments.factors, iterations=arguments.iterations, metadata=0.0)
    print(f"{len(split.train)} playlists, {split.train.catalog.n_tracks} tracks, {len(split.challenge)} to continue")
    with clock("fit", seconds):
        model.fit(split.train, split.challenge)
    with clock("recommend", seconds):
        model.recommend(split.challenge, K)
    if arguments.ours_only:
        return
    n_tracks = split.train.catalog.n_tracks
    titled = model._read_titles(split.train.info["name"].to_list())  # noqa: SLF001 - the peer factorises the same
    joined = csr_matrix(hstack([split.train.tracks.matrix(n_tracks), titled * np.float32(model.title)]))
    theirs = csr_matrix((joined.data, joined.indices.astype(np.int32), joined.indptr.astype(np.int32)), joined.shape)
    with threadpool_limits(1, "blas"):
        peer = AlternatingLeastSquares(
            factors=model.factors,
            regularization=model.regularization,
            alpha=model.alpha,
            iterations=model.iterations,
            num_threads=n_threads(),
            random_state=model.seed,
        )
        with clock("fit, implicit", seconds):
            peer.fit(theirs, show_progress=False)
        same = np.array_equal(peer.item_factors, model.vectors_)
        print(f"the same vectors to the last bit: {same}")
        some = split.challenge.take(np.arange(0, len(split.challenge), max(len(split.challenge) // FOLDED, 1)))
        columns = some.seeds.matrix(len(model.vectors_))
        with clock(f"fold {len(some)} in, implicit", seconds):
            expected = peer.recalculate_user(np.arange(len(some)), csr_matrix(columns))
    ragged = type(some.seeds)(columns.indptr.astype(np.int64), columns.indices.astype(np.int32))
    with clock(f"fold {len(some)} in", seconds):
        ours = model.fold_in(ragged)
    difference = float(np.abs(ours - expected).max())
    overhead = seconds["fit"] / seconds["fit, implicit"] - 1
    print(f"largest difference of the folded in: {difference:.1e}; overhead of fit in CPU seconds: {overhead:+.1%}")
    if not same or difference > 1e-4 or overhead > MOST_OVERHEAD:
        raise SystemExit(f"missed: the same vectors, folded in to 1e-4, at most {MOST_OVERHEAD:.0%} overhead")


if __name__ == "__main__":
    main()
