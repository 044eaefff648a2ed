"""Latency of `harness serve`: pages with a continuation by `playlist-knn`, once everything is loaded.

python benchmarks/serve.py                 # 100,000 synthetic playlists; target: 95 % of the pages within 300 ms
python benchmarks/serve.py --playlists 20000
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import warnings

import numpy as np

SEEDS = (0, 1, 5, 25, 100)
N_PAGES = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--playlists", type=int, default=100_000)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HARNESS_DATA"] = folder
        measure(parser.parse_args().playlists)


def measure(n_playlists: int) -> None:
    warnings.simplefilter("ignore")  # Starlette recommends a successor of httpx
    from starlette.testclient import TestClient

    from harness.data import store
    from harness.serve.app import application
    from harness.serve.explorer import Explorer
    from harness.synthetic import generate

    corpus = store.write_corpus(generate(n_playlists, seed=0), "serve", {"kind": "benchmark"})
    start = time.perf_counter()
    explorer = Explorer(corpus, {"playlist-knn": {}})
    explorer.warm_up()
    print(f"{n_playlists:,} playlists, {explorer.lookup.n_tracks:,} tracks, "
          f"ready in {time.perf_counter() - start:.1f} s")  # fmt: skip
    client = TestClient(application(explorer), base_url="http://127.0.0.1")
    playlists = corpus.playlists()
    client.get("/", params={"title": "party"})
    lasting = {n: [page_seconds(client, query) for query in queries(playlists, n)] for n in SEEDS}
    searching = [page_seconds(client, {"words": words}) for words in words_of(explorer)]
    every = [each for taken in lasting.values() for each in taken]
    rows = [
        *((f"continuation of a title and {n} seeds", taken) for n, taken in lasting.items()),
        ("all continuations", every),
        ("search", searching),
    ]
    for what, taken in rows:
        median, p95 = np.percentile(taken, [50, 95]) * 1000
        print(f"{what:<38} median {median:6.0f} ms   p95 {p95:6.0f} ms   n {len(taken)}")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def queries(playlists, n_seeds):
    """Titles and first tracks of random playlists that are long enough."""
    rng = np.random.default_rng(n_seeds)
    long_enough = np.flatnonzero(playlists.tracks.lengths >= n_seeds)
    for row in rng.choice(long_enough, N_PAGES, replace=len(long_enough) < N_PAGES):
        yield {"title": playlists.info["name"][int(row)], "track": playlists.tracks.row(row)[:n_seeds].tolist()}


def words_of(explorer):
    """Names of random tracks."""
    rng = np.random.default_rng(0)
    for track in rng.choice(explorer.lookup.n_tracks, N_PAGES):
        yield explorer.lookup.name(int(track))


def page_seconds(client, query):
    start = time.perf_counter()
    answer = client.get("/", params=query)
    taken = time.perf_counter() - start
    assert answer.status_code == 200, answer.text
    return taken


if __name__ == "__main__":
    main()
