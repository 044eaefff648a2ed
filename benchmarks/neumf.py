"""Benchmark of `neumf` against a plain loop over pairs: training playlists per second, seconds for 4,000 lists.

Both train the same towers on the same batches. The loop computes the gradients of a batch in NumPy, one playlist and
one track at a time; they must agree within 1e-3 of their size, in float32. The loop is timed on one batch and on the
lists of a few playlists, and both times are extrapolated: a complete run would take hours.

    python benchmarks/neumf.py                                # 10,000 playlists, some minutes
    python benchmarks/neumf.py --candidates clusters
    python benchmarks/neumf.py --playlists 100000 --epochs 4
"""

from __future__ import annotations

import argparse
import time

import numpy as np

import harness
from harness.identities import Holdout
from harness.splits.challenge import ChallengeSplit
from harness.synthetic import generate
from recommenders import _cuts, _training
from recommenders._towers import POOLING, Towers
from recommenders._vocabulary import Vocabulary
from recommenders.neumf import NeuMf

K, LISTS = 500, 4_000
PUBLISHED_PLAYLISTS_A_SECOND = 10_000 / 225
"""Speed of a similar network, published by its authors: 225 s per epoch of 10,000 MPD playlists."""

LEAST_TIMES_PUBLISHED, MOST_SECONDS, MOST_DIFFERENCE = 10, 120, 1e-3


def looped_gradients(towers: Towers, batch: _cuts.Batch) -> dict[str, np.ndarray]:
    """The sum of the gradients of one pair after the other, as whole tables."""
    sums = {name: np.zeros_like(values) for name, values in towers.parameters.items()}
    n_targets = len(batch.targets.values)
    for row in range(len(batch.given)):
        seeds, targets = batch.given.row(row), batch.targets.row(row)
        weight = towers.negative * len(targets) / len(batch.negatives)
        pairs = [(track, -1, 1.0) for track in targets]
        pairs += [
            (track, 1, weight) for track, absent in zip(batch.negatives, batch.absent[row], strict=True) if absent
        ]
        for track, sign, weighs in pairs:
            add_pair(towers.parameters, sums, seeds, track, sign, weighs / n_targets)
    return sums


def add_pair(p: dict, sums: dict, seeds: np.ndarray, track: int, sign: int, weight: float) -> None:
    """Add the gradient of weight * log(1 + exp(sign * z))."""
    n_gmf = len(p["gmf_output"])
    playlist = p["seeds"][seeds].sum(axis=0) / len(seeds) ** POOLING
    vector = p["tracks"][track]
    inside = playlist[n_gmf:] @ p["of_playlist"] + vector[n_gmf:] @ p["of_track"] + p["bias_1"]
    first = np.maximum(inside, 0)
    second = np.maximum(first @ p["layer_2"] + p["bias_2"], 0)
    product = playlist[:n_gmf] * vector[:n_gmf]
    z = product @ p["gmf_output"] + second @ p["mlp_output"] + p["bias"][track]
    slope = weight * sign * np.exp(-np.logaddexp(0, -sign * z))
    d_second = slope * p["mlp_output"] * (second > 0)
    d_first = (p["layer_2"] @ d_second) * (first > 0)
    d_playlist = np.concatenate([slope * p["gmf_output"] * vector[:n_gmf], p["of_playlist"] @ d_first])
    d_vector = np.concatenate([slope * p["gmf_output"] * playlist[:n_gmf], p["of_track"] @ d_first])
    sums["seeds"][seeds] += d_playlist / len(seeds) ** POOLING
    sums["tracks"][track] += d_vector
    sums["bias"][track] += slope
    sums["gmf_output"] += slope * product
    sums["of_playlist"] += np.outer(playlist[n_gmf:], d_first)
    sums["of_track"] += np.outer(vector[n_gmf:], d_first)
    sums["bias_1"] += d_first
    sums["layer_2"] += np.outer(first, d_second)
    sums["bias_2"] += d_second
    sums["mlp_output"] += slope * second


def looped_lists(model: NeuMf, challenge: harness.Challenge, n_candidates: int) -> None:
    """Score as many tracks of the catalog as ours has candidates, pair by pair, and sort them."""
    p = model.towers_.parameters
    n_gmf = len(p["gmf_output"])
    playlists = model.towers_.playlists(model.vocabulary_.rows(model.index_.known(challenge.seeds)[0]))
    for playlist in playlists:
        scores = np.empty(n_candidates)
        for track in range(n_candidates):
            vector = p["tracks"][track]
            first = np.maximum(playlist[n_gmf:] @ p["of_playlist"] + vector[n_gmf:] @ p["of_track"] + p["bias_1"], 0)
            second = np.maximum(first @ p["layer_2"] + p["bias_2"], 0)
            z = (playlist[:n_gmf] * vector[:n_gmf]) @ p["gmf_output"] + second @ p["mlp_output"] + p["bias"][track]
            scores[track] = 1 / (1 + np.exp(-z))
        np.argsort(-scores)


def largest_difference(sums: dict[str, np.ndarray], found: dict[str, _training.Gradient]) -> float:
    """By parameter, in parts of its largest gradient."""
    differences = []
    for name, gradient in found.items():
        mine = np.zeros_like(sums[name])
        mine[slice(None) if gradient.rows is None else gradient.rows] = gradient.values
        differences.append(float(np.abs(mine - sums[name]).max() / np.abs(sums[name]).max()))
    return max(differences)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--playlists", type=int, default=10_000, help="size of the synthetic corpus")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--candidates", choices=["neighbours", "clusters"], default="neighbours")
    parser.add_argument("--sample", type=int, default=4, help="playlists that the loop continues")
    options = parser.parse_args()
    corpus = generate(options.playlists)
    split = ChallengeSplit().cut(corpus, 0).split_of(corpus, Holdout.validation)
    model = NeuMf(epochs=options.epochs, validation=0, candidates=options.candidates)
    vocabulary = Vocabulary.of(split.train, model.max_tracks)
    playlists = _cuts.learnable(split.train, vocabulary)
    popular = _cuts.Popular(playlists, len(vocabulary), model.exponent)
    batches = _cuts.Batches(playlists, popular, size=model.batch, targets=model.targets, negatives=model.negatives)

    began = time.perf_counter()
    model.fit(split.train, split.challenge)
    seconds = time.perf_counter() - began
    ours = options.epochs * len(playlists) / seconds
    print(f"{len(playlists):,} playlists, {options.epochs} epochs, first vectors and candidates: {seconds:.1f} s")
    print(f"trained, playlists a second   {ours:10,.1f}   {ours / PUBLISHED_PLAYLISTS_A_SECOND:8.1f} x the published")

    batch = next(batches.of(np.arange(len(playlists)), harness.kit.generator(0, "benchmark")))
    found = model.towers_.gradients(batch).gradients
    began = time.perf_counter()
    sums = looped_gradients(model.towers_, batch)
    seconds = time.perf_counter() - began
    difference = largest_difference(sums, found)
    looped = len(batch.given) / seconds
    times = f"{ours / looped:8.0f} x; gradients to {difference:.0e}"
    print(f"one pair after the other      {looped:10,.1f}   ours {times}")

    seeded = np.flatnonzero(split.challenge.seeds.lengths > 0)
    challenge = split.challenge.take(seeded)
    model.recommend(challenge.take(np.arange(1)), K)  # compiled, or read from the disk
    began = time.perf_counter()
    for first in range(0, LISTS, len(seeded)):  # a challenge names no playlist twice
        model.recommend(challenge.take(np.arange(min(len(seeded), LISTS - first))), K)
    seconds = time.perf_counter() - began
    print(f"{LISTS:,} lists, seconds          {seconds:10,.1f}")
    began = time.perf_counter()
    looped_lists(model, challenge.take(np.arange(options.sample)), model.n_candidates)
    looped_seconds = (time.perf_counter() - began) / options.sample * LISTS
    print(f"one pair after the other      {looped_seconds:10,.1f}   ours {looped_seconds / seconds:8.0f} x")
    if (
        ours < LEAST_TIMES_PUBLISHED * PUBLISHED_PLAYLISTS_A_SECOND
        or seconds > MOST_SECONDS
        or difference > MOST_DIFFERENCE
    ):
        raise SystemExit("missed: ten times the published speed, two minutes for the lists, equal gradients")


if __name__ == "__main__":
    main()
