"""Similar tracks, and tracks of playlists in the nearest cluster of audio features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

import harness
from recommenders._bounds import NonNegative, Positive, Seed

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from harness import Challenge, Playlists, Ragged, Ranked
    from harness.kit import Expansions

    Ids = NDArray[np.int32]

BATCH = 512
"""Incomplete playlists per batch."""

MODEL = "clusters.npz"
FITTED = ("centres", "pools", "weights")
SPACE = ("tracks", "least", "span", "middle", "deviation")


@harness.recommender("audio-clusters", uses_audio=True)
class AudioClusters:
    """Recommend similar tracks, and tracks of the most followed playlists with similar audio features.

    The twelve audio features of playlists (`harness.FeatureSpace`) are scaled (see `scaling`) and clustered by k-means.
    For a playlist with n withheld tracks (the public number; with `length="list"`, n = `reach`), the list has three
    parts:

    1. share * n similar tracks: a breadth-first expansion from the seeds by number of shared playlists, `step` tracks
       per expanded track (`harness.kit.Expansions`).
    2. n - share * n tracks, drawn at random by (seed, pid) from the tracks of the `top_playlists` most followed
       playlists of one cluster: the one nearest to the features of part 1.
    3. Further similar tracks, up to `reach`.

    The score of a track is 1 / rank. A playlist without known seeds gets an empty list. Unknown numbers of followers
    count as 0; ties are broken by the earlier playlist. Playlists without audio features are not clustered; where
    part 1 has no audio features, those of the average playlist are used.

    Cost: fit is one pass over the entries and one k-means on (n_playlists, 12), by mini-batches from `mini_batch_from`
    playlists on. Recommend counts reach / step rows of co-occurrences per playlist.

    Source: a course project on the Million Playlist Dataset.
    """

    clusters: Positive = 10
    """Number of clusters, at most the number of distinct playlists."""
    share: Annotated[float, harness.Bounds(gt=0, le=1)] = 0.5
    """Share of part 1 in the n tracks, above 0, at most 1."""
    length: Literal["playlist", "list"] = "playlist"
    """n: the number of withheld tracks (playlist), or `reach` (list)."""
    step: Positive = 10
    """Similar tracks that the expansion adds per expanded track."""
    min_count: Positive = 1
    """Least number of playlists that two tracks must share to be similar."""
    expansion: Literal["seeds", "seed"] = "seeds"
    """Similar tracks: `harness.kit.Expansions.of_seeds`, or `of_first_seed`, the course project's rule."""
    scaling: Literal["none", "range", "standard", "reliability"] = "reliability"
    """Weights of the features in distances (`harness.FeatureSpace.weights`): their own units (`none`), 0-1 (`range`),
    standard deviations (`standard`), or these times the reliability of the feature. In 0-1 the time signature makes
    more than half of the distance; `reliability` recognises playlists best (benchmarks/feature_scaling.md)."""
    top_playlists: Positive = 5
    """Playlists per cluster whose tracks are drawn."""
    reach: Annotated[int, harness.Bounds(ge=1, le=1_000_000)] = 500
    """Maximum length of a list."""
    mini_batch_from: Positive = 50_000
    """Number of playlists from which k-means uses mini-batches."""
    seed: Seed = 0
    """Seed of the drawn tracks and of k-means."""
    threads: NonNegative = 0
    """Number of threads, 0 for one per core; the lists do not depend on it."""

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Index the entries, cluster the playlists, and collect the tracks of each cluster's leaders.

        Raises:
            DataError: the corpus has no audio features.
        """
        del challenge
        self.space_ = harness.FeatureSpace.of(train)
        self.index_ = harness.kit.PlaylistIndex.of(train.tracks, train.catalog.n_tracks)
        self.expansions_ = self._expansions()
        with_features = np.flatnonzero(self.space_.known(train.tracks))
        self.weights_ = self.space_.weights(train.tracks, self.scaling)
        features = self._features(train.tracks.take(with_features))
        with harness.kit.step("k-means"):
            cluster_of, self.centres_ = self._clustered(features)
        followers = np.zeros(len(train))
        if "num_followers" in train.info.columns:
            followers = train.info["num_followers"].fill_null(0).to_numpy().astype(np.float64)
        self.pools_ = self._pools(train.tracks.take(with_features), cluster_of, followers[with_features])

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """Similar tracks, drawn tracks, further similar tracks; none is a seed."""
        width = min(k, self.reach)
        tracks = np.full((len(challenge), width), -1, np.int32)
        seeds, _ = self.index_.known(challenge.seeds)
        expanded = self.expansions_.of_first_seed if self.expansion == "seed" else self.expansions_.of_seeds
        similar = expanded(seeds, self.reach)
        n_wanted = np.minimum(challenge.info["num_holdouts"].to_numpy(), self.reach)
        n_wanted = np.full_like(n_wanted, self.reach) if self.length == "list" else n_wanted
        for first in harness.kit.track(range(0, len(challenge), BATCH), "lists"):
            rows = np.arange(first, min(first + BATCH, len(challenge)))
            tracks[rows] = self._lists(challenge.pids[rows], seeds.take(rows), similar[rows], n_wanted[rows])[:, :width]
        scores = np.where(tracks >= 0, 1 / np.arange(1, width + 1), 0).astype(np.float32)
        return harness.Ranked(tracks, scores)

    def save(self, folder: Path) -> None:
        """Save the index and the clusters."""
        self.index_.save(folder)
        space = {name: getattr(self.space_, name) for name in SPACE}
        fitted = {name: getattr(self, f"{name}_") for name in FITTED}
        np.savez(folder / MODEL, allow_pickle=False, **fitted, **space)

    def load(self, folder: Path) -> None:
        """Load them."""
        self.index_ = harness.kit.PlaylistIndex.load(folder)
        self.expansions_ = self._expansions()
        with np.load(folder / MODEL) as arrays:
            self.centres_, self.pools_, self.weights_ = (arrays[name] for name in FITTED)
            self.space_ = harness.FeatureSpace(*(arrays[name] for name in SPACE))

    def _expansions(self) -> Expansions:
        return harness.kit.Expansions(self.index_, step=self.step, min_count=self.min_count, threads=self.threads)

    def _features(self, rows: Ragged) -> NDArray[np.float64]:
        return self.space_.scaled(rows) * self.weights_

    def _clustered(self, features: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The cluster of each playlist, (n,), and the centres, (n_clusters, 12)."""
        from sklearn.cluster import KMeans, MiniBatchKMeans
        from threadpoolctl import threadpool_limits

        if not len(features):
            return np.empty(0, np.intp), self.space_.middle[None] * self.weights_
        n_clusters = min(self.clusters, len(np.unique(features, axis=0)))
        start = int(harness.kit.generator(self.seed, "audio clusters").integers(2**31))
        method = KMeans if len(features) < self.mini_batch_from else MiniBatchKMeans
        with threadpool_limits(1):  # with several threads the order of sums varies
            fitted = method(n_clusters, n_init=3, random_state=start).fit(features)
        return fitted.labels_, fitted.cluster_centers_

    def _pools(self, tracks: Ragged, cluster_of: NDArray[np.intp], followers: NDArray[np.float64]) -> Ids:
        """The distinct tracks of each cluster's leaders, (n_clusters, most), each row ending in -1."""
        pools = []
        for cluster in range(len(self.centres_)):
            members = np.flatnonzero(cluster_of == cluster)
            leaders = members[np.argsort(-followers[members], kind="stable")[: self.top_playlists]]
            pools.append(np.unique(tracks.take(leaders).values))
        padded = np.full((len(pools), max(map(len, pools))), -1, np.int32)
        for row, pool in enumerate(pools):
            padded[row, : len(pool)] = pool
        return padded

    def _lists(self, pids: NDArray[np.int64], seeds: Ragged, similar: Ids, n_wanted: NDArray[np.int64]) -> Ids:
        """Complete lists of n playlists, (n, reach), from the expansions of their seeds, (n, reach)."""
        n_similar = np.maximum(np.rint(self.share * n_wanted), 1)[:, None]
        n_drawn = np.where(seeds.lengths > 0, n_wanted, 0)[:, None] - n_similar
        places = np.arange(self.reach)
        half = np.where(places < n_similar, similar, -1)
        pool = self._drawn(pids, half)
        fresh = _without(_without(pool, harness.Ragged.from_lists(half), pool.shape[1]), seeds, self.reach)
        drawn = np.where(places < n_drawn, fresh, -1)
        rest = _without(np.where(places < n_similar, -1, similar), harness.Ragged.from_lists(drawn), self.reach)
        joined = np.concatenate([half, drawn, rest], axis=1)
        return _without(joined, harness.Ragged.empty(len(joined)), self.reach)

    def _drawn(self, pids: NDArray[np.int64], half: Ids) -> Ids:
        """Tracks of the leaders of the cluster nearest to each part 1, (n, most), in random order."""
        features = self._features(harness.Ragged.from_lists(half))
        distances = (self.centres_**2).sum(axis=1) - 2 * features @ self.centres_.T
        pool = self.pools_[distances.argmin(axis=1)]
        places = harness.kit.hashes(self.seed, "audio clusters draw", np.repeat(pids, pool.shape[1]), pool.ravel())
        return np.take_along_axis(pool, np.argsort(places.reshape(pool.shape), axis=1, kind="stable"), axis=1)


def _without(lists: Ids, dropped: Ragged, k: int) -> Ids:
    """The first k tracks of each list that are not in `dropped`, without gaps."""
    return harness.kit.without_seeds(lists, np.zeros(lists.shape, np.float32), dropped, k).tracks
