"""Clusters of playlists by their engineered features: centres, sizes and typical titles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.kit.randomness import generator
from harness.kit.titles import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

N_CLUSTERS = 10
"""Default number of clusters: the best of 2, 10, 50 and 100 in the course project of `course`."""

N_TITLES = 6
"""Typical titles per cluster."""

_MINI_BATCH_FROM = 100_000
"""From so many playlists KMeans works on batches, which takes a small part of the time."""

_LEAST_SHARED = 2
"""A typical title occurs on at least this many playlists of its cluster."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Playlists with similar features.

    Attributes:
        n_playlists: number of playlists.
        centre: mean of each scaled feature, 0 to 1, in the order of the columns.
        titles: typical titles, and the number of playlists of the cluster with each.
    """

    n_playlists: int
    centre: list[float]
    titles: list[tuple[str, int]]


def clusters_of(
    features: NDArray[np.float64], names: Sequence[str | None], n_clusters: int = N_CLUSTERS, seed: int = 0
) -> list[Cluster]:
    """Cluster playlists by KMeans, the largest cluster first.

    Args:
        features: scaled features of the playlists, (n, n_features) in [0, 1], n at least 1.
        names: their titles, (n,).
        n_clusters: number of clusters; less if fewer playlists differ.
        seed: seed of the initial centres.
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from threadpoolctl import threadpool_limits

    n_clusters = min(n_clusters, len(np.unique(features, axis=0)))
    method = KMeans if len(features) < _MINI_BATCH_FROM else MiniBatchKMeans
    state = int(generator(seed, "clusters of a corpus").integers(2**31))
    with threadpool_limits(1):  # with several threads the order of sums varies
        fitted = method(n_clusters, n_init=3, random_state=state).fit(features)
    titles = typical_titles(fitted.labels_, names, n_clusters)
    sizes = np.bincount(fitted.labels_, minlength=n_clusters)
    order = np.argsort(-sizes, kind="stable").tolist()
    return [Cluster(int(sizes[i]), fitted.cluster_centers_[i].tolist(), titles[i]) for i in order if sizes[i]]


def typical_titles(
    cluster_of: NDArray[np.integer], names: Sequence[str | None], n_clusters: int
) -> list[list[tuple[str, int]]]:
    """Titles that are more frequent in a cluster than in the corpus, the most typical first.

    They are ordered by the Pearson residual: with n(t, c) playlists of title t in cluster c, n(t) and n(c) in all and
    n titled playlists, the expected number is e = n(t) n(c) / n, and the residual (n(t, c) - e) / sqrt(e).

    Args:
        cluster_of: cluster of each playlist, (n,).
        names: title of each playlist, (n,); those without one do not count.
        n_clusters: number of clusters.

    Returns:
        Normalised titles, each with its number of playlists in the cluster, at most `N_TITLES` per cluster.
    """
    import polars as pl

    keys = {name: normalise(name or "") for name in set(names)}
    frame = pl.DataFrame({"cluster": cluster_of.astype(np.int64), "title": [keys[name] for name in names]})
    titled = frame.filter(pl.col("title") != "")
    pairs = titled.group_by("cluster", "title").agg(n=pl.len()).sort("cluster", "title")
    expected = (
        pl.col("n").sum().over("title").cast(float) * pl.col("n").sum().over("cluster") / max(titled.height, 1)
    ).alias("expected")
    typical = (
        pairs.with_columns(expected)
        .filter((pl.col("n") >= _LEAST_SHARED) & (pl.col("n") > pl.col("expected")))
        .sort((pl.col("n") - pl.col("expected")) / pl.col("expected").sqrt(), descending=True, maintain_order=True)
    )
    return [
        typical.filter(pl.col("cluster") == i).select("title", "n").head(N_TITLES).rows() for i in range(n_clusters)
    ]
