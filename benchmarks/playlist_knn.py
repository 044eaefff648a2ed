"""Benchmark of the nearest-neighbour search against three other implementations, on one corpus and challenge.

Each implementation receives the same query weights and finished matrices. For every playlist of two or more seeds it
finds the nearest playlists, weighs them, sums their tracks and takes the top 500; scores must agree within 1e-5.

    python benchmarks/playlist_knn.py                                    # 100,000 playlists, some minutes
    python benchmarks/playlist_knn.py --playlists 1000000 --sample 20    # full size

`sparse_dot_topn` is not among the project's dependencies: `pip install sparse-dot-topn`.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, csr_matrix, diags_array
from sparse_dot_topn import sp_matmul_topn

from harness.identities import Holdout
from harness.kit.parallel import n_threads
from harness.splits.challenge import ChallengeSplit
from harness.synthetic import generate
from recommenders.playlist_knn import PlaylistKnn

if TYPE_CHECKING:
    import harness

K = 500
LEAST = {"scipy, playlist by playlist": 20.0, "scipy, one product": 3.0, "sparse_dot_topn": 1.5}


@dataclass
class Matrices:
    """What every peer needs, made before the clock runs; all float64, as the walk adds up."""

    held: csr_array  # (n_playlists, n_tracks), 0 and 1
    normed: csr_array  # its rows, L2-normed
    queries: csr_array  # (n, n_tracks), the seeds' weights
    nearest: np.ndarray  # (n,)
    seeds: harness.Ragged


def prepare(model: PlaylistKnn, train: harness.Playlists, challenge: harness.Challenge) -> Matrices:
    query = model._query(challenge)  # noqa: SLF001 - the peers take the same weights
    held = train.tracks.matrix(train.catalog.n_tracks).astype(np.float64)
    shape = (len(challenge), train.catalog.n_tracks)
    queries = csr_array((query.weights, query.seeds, query.indptr), shape=shape)
    queries.sort_indices()
    return Matrices(held, diags_array(model.scale_) @ held, queries, query.nearest, challenge.seeds)


def amplified(similarity: np.ndarray, k: int) -> np.ndarray:
    smallest = similarity.min() if len(similarity) >= k else 0.0
    return ((similarity - smallest) / similarity.max()) ** 2


def playlist_by_playlist(m: Matrices) -> np.ndarray:
    """The formula as published: a dense query, a full product, full sorts."""
    best = np.zeros((len(m.nearest), K))
    columns = m.held.T
    for row, k in enumerate(m.nearest):
        seeds, weights = (
            part[m.queries.indptr[row] : m.queries.indptr[row + 1]] for part in (m.queries.indices, m.queries.data)
        )
        query = np.zeros(m.held.shape[1])
        query[seeds] = weights
        similarity = m.normed @ query
        nearest = similarity.argsort()[-k:][::-1]
        near = similarity[nearest]
        scores = columns[:, nearest] @ ((near - near.min()) / near.max()) ** 2
        order = scores.argsort()[-(K + len(seeds)) :][::-1]
        best[row] = scores[order[~np.isin(order, seeds)][:K]]
    return best


def one_product(m: Matrices) -> np.ndarray:
    """All playlists in one sparse product, pruned to the nearest, and a second product."""
    similarity = csr_array(m.queries @ m.normed.T)
    keep, data = [], []
    for row, k in enumerate(m.nearest):
        low, high = similarity.indptr[row], similarity.indptr[row + 1]
        values = similarity.data[low:high]
        chosen = np.argpartition(values, -k)[-k:] if k < len(values) else np.arange(len(values))
        keep.append(low + chosen)
        data.append(amplified(values[chosen], k))
    indptr = np.concatenate([[0], np.cumsum([len(each) for each in keep])])
    shape = similarity.shape
    weights = csr_array((np.concatenate(data), similarity.indices[np.concatenate(keep)], indptr), shape=shape)
    return best_of(csr_array(weights @ m.held), m.seeds)


def topn(m: Matrices, threads: int) -> np.ndarray:
    """`sparse_dot_topn` for both products; one call for each number of neighbours."""
    best = np.zeros((len(m.nearest), K))
    longest = int(m.seeds.lengths.max())
    transposed, held = csr_matrix(m.normed.T), csr_matrix(m.held)
    for k in np.unique(m.nearest):
        rows = np.flatnonzero(m.nearest == k)
        weights = sp_matmul_topn(csr_matrix(m.queries[rows]), transposed, top_n=int(k), n_threads=threads)
        for low, high in zip(weights.indptr[:-1], weights.indptr[1:], strict=True):
            weights.data[low:high] = amplified(weights.data[low:high], k)
        scores = sp_matmul_topn(weights, held, top_n=K + longest, sort=True, n_threads=threads)
        best[rows] = best_of(csr_array(scores), m.seeds.take(rows))
    return best


def best_of(scores: csr_array, seeds: harness.Ragged) -> np.ndarray:
    """The best K scores of each row without its seeds, best first, (n, K)."""
    best = np.zeros((len(seeds), K))
    for row in range(len(seeds)):
        low, high = scores.indptr[row], scores.indptr[row + 1]
        values = scores.data[low:high][~np.isin(scores.indices[low:high], seeds.row(row))]
        if len(values) > K:
            values = np.partition(values, -K)[-K:]
        best[row, : len(values)] = np.sort(values)[::-1]
    return best


def timed(work):
    """The answer, and what it took: wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = work()
    return answer, np.array([time.perf_counter() - wall, time.process_time() - cpu])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--playlists", type=int, default=100_000, help="size of the synthetic corpus")
    parser.add_argument("--sample", type=int, default=25, help="playlists of each category with two seeds or more")
    parser.add_argument("--threads", type=int, default=0, help="of the walk and of sparse_dot_topn; 0 is one a core")
    options = parser.parse_args()
    corpus = generate(options.playlists)
    split = ChallengeSplit(per_category=options.sample).cut(corpus, 0).split_of(corpus, Holdout.validation)
    model = PlaylistKnn(threads=options.threads, metadata=False)
    _, fit_seconds = timed(lambda: model.fit(split.train, split.challenge))
    several = model.index_.known(split.challenge.seeds)[0].lengths > 1
    challenge = split.challenge.take(several)
    matrices = prepare(model, split.train, challenge)
    model.recommend(challenge.take(np.arange(1)), K)  # compiled, or read from the disk
    threads = n_threads(options.threads)
    print(f"{len(split.train):,} playlists, {len(split.train.tracks.values):,} entries, fit {fit_seconds[0]:.1f} s")
    print(f"{len(challenge)} playlists queried, {threads} threads; milliseconds per playlist, and the ratio to ours:")
    ours, own_seconds = timed(lambda: model.recommend(challenge, K))
    peers = {
        "scipy, playlist by playlist": lambda: playlist_by_playlist(matrices),
        "scipy, one product": lambda: one_product(matrices),
        "sparse_dot_topn": lambda: topn(matrices, threads),
    }
    report("walk", own_seconds, own_seconds, len(challenge))
    for name, work in peers.items():
        best, seconds = timed(work)
        assert np.allclose(best, ours.scores, rtol=1e-5, atol=1e-12), f"{name}: other scores"
        report(name, seconds, own_seconds, len(challenge))


def report(name: str, seconds: np.ndarray, own_seconds: np.ndarray, n: int) -> None:
    wall, cpu = 1000 * seconds / n
    times, cpu_times = seconds / own_seconds
    verdict = f"  BELOW {LEAST[name]:g}" if times < LEAST.get(name, 0) else ""
    print(f"{name:28s} wall {wall:8.1f} {times:6.1f} x   CPU {cpu:8.1f} {cpu_times:6.1f} x{verdict}", flush=True)


if __name__ == "__main__":
    main()
