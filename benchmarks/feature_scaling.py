"""Scalings of the twelve audio features of playlists: which one recognises a playlist by its sound.

    python benchmarks/feature_scaling.py                # 10,000 synthetic playlists, one minute
    python benchmarks/feature_scaling.py --data NAME    # a stored corpus with audio features

Scales, weights and clusters are learnt from the playlists in even rows. Each playlist in an odd row is divided at
random into two halves of at least five tracks with known features; then, per scaling of `audio-clusters`:

- variance: the feature with the largest share of the variance, and the share;
- two clusters: the feature that explains most of a k-means with two clusters (R² of the division), and its R²;
- rank: mean reciprocal rank of the other half among all other halves by distance, with the 95 % interval of its
  difference to `range`;
- clusters: agreement of the ten k-means clusters of both halves, adjusted Rand index (0 is chance), mean of five seeds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, get_args

import numpy as np
import typer
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.pairwise import euclidean_distances

from harness import ENGINEERED, FeatureSpace, Ragged
from harness.data import store
from harness.data.engineered import Scaling
from harness.kit import generator
from harness.synthetic import generate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness import Playlists

    Values = NDArray[np.float64]

LEAST = 5
"""Tracks of a half with known features."""

MOST = 4_000
"""Playlists that are divided, so that all pairs of halves fit into memory."""


def halves(space: FeatureSpace, playlists: Playlists) -> tuple[Ragged, Ragged]:
    """Two random halves of each playlist, without tracks of unknown features."""
    rng = generator(0, "feature scaling")
    is_known = np.isfinite(space.tracks).any(axis=1)
    rows = [rng.permutation(row[is_known[row]]) for row in map(playlists.tracks.row, range(len(playlists)))]
    rows = [row for row in rows if len(row) >= 2 * LEAST][:MOST]
    return tuple(Ragged.from_rows([row[first::2] for row in rows]) for first in (0, 1))


def reciprocal_ranks(one: Values, other: Values) -> Values:
    distances = euclidean_distances(one, other)
    return 1 / (1 + (distances < np.diag(distances)[:, None]).sum(axis=1))


def largest(shares: Values) -> str:
    return f"{ENGINEERED[shares.argmax()]} {shares.max():.0%}"


def explained(features: Values) -> Values:
    """R² of a division into two clusters from each feature alone, (12,)."""
    division = KMeans(2, n_init=3, random_state=0).fit(features).labels_
    varying = features.std(axis=0) > 0
    shares = np.zeros(len(ENGINEERED))
    shares[varying] = np.corrcoef(np.column_stack([features[:, varying], division]).T)[-1, :-1] ** 2
    return shares


def agreement(features: Values, one: Values, other: Values) -> float:
    fitted = [KMeans(10, n_init=3, random_state=seed).fit(features) for seed in range(5)]
    return float(np.mean([adjusted_rand_score(each.predict(one), each.predict(other)) for each in fitted]))


def main(
    data: Annotated[str, typer.Option(help="A stored corpus with audio features; default: synthetic.")] = "",
    playlists: Annotated[int, typer.Option(help="Size of the synthetic corpus.")] = 10_000,
) -> None:
    corpus = store.open_corpus(data).playlists() if data else generate(playlists)
    rows = np.arange(len(corpus))
    train, judged = corpus.take(rows[::2]), corpus.take(rows[1::2])
    space = FeatureSpace.of(train)
    train = train.take(space.known(train.tracks))
    one, other = halves(space, judged)
    print(f"{len(train)} playlists to learn from, {len(one)} divided\n")
    reliability = zip(ENGINEERED, space.reliability(train.tracks), strict=True)
    print("reliability:", ", ".join(f"{name} {value:.2f}" for name, value in reliability), end="\n\n")
    print("| scaling | variance | two clusters | rank | minus `range` | clusters |\n|---|---|---|---|---|---|")
    scaled = [space.scaled(each) for each in (train.tracks, one, other)]
    by_range = reciprocal_ranks(*scaled[1:])
    for scaling in get_args(Scaling):
        features, first, second = (each * space.weights(train.tracks, scaling) for each in scaled)
        variance = features.var(axis=0)
        found = reciprocal_ranks(first, second)
        gain, error = (found - by_range).mean(), 1.96 * (found - by_range).std() / np.sqrt(len(found))
        print(
            f"| `{scaling}` | {largest(variance / variance.sum())} | {largest(explained(features))} "
            f"| {found.mean():.3f} | {gain:+.3f} ± {error:.3f} | {agreement(features, first, second):.2f} |"
        )


if __name__ == "__main__":
    typer.run(main)
