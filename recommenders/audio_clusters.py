"""Half of a list from similar tracks; how that half sounds picks the playlists that the other half is drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

import harness

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from harness import Challenge, Playlists, Ragged, Ranked

    Ids = NDArray[np.int32]

BATCH = 512
"""Incomplete playlists whose lists are put together at once."""

MODEL = "clusters.npz"


@harness.recommender("audio-clusters", uses_audio=True)
class AudioClusters:
    """Recommend similar tracks, and tracks of the most followed playlists that sound like them.

    The twelve audio features of playlists (`harness.FeatureSpace`) are scaled to 0-1 and clustered by k-means. A
    playlist that lacks n tracks (its public number of withheld ones, or with `length="list"` all of `reach`) gets:

    1. share * n similar tracks: those that share most playlists with the seeds, then with these, breadth first,
       `step` a turn (`harness.expand`).
    2. The features of that part pick the nearest cluster. The rest of the n is drawn at random, by (seed, pid), from
       the tracks of the `leaders` playlists of the cluster that have most followers.
    3. Further similar tracks, up to `reach`.

    A track's score is 1 / rank. No known seed gives an empty list. Where numbers of followers are unknown they
    count as 0, and of equal ones the earlier playlist leads. Of tracks and playlists without features nothing is
    clustered; a first part without features counts as the average playlist.

    Fit costs one pass over the entries and one k-means on (n_playlists, 12), by mini-batches beyond `mini_batch_from`
    playlists. Recommend costs reach / step rows of co-occurrence counts a playlist.

    Source: a course project on the Million Playlist Dataset.
    """

    clusters: int = 10
    """Number of clusters; fewer where there are fewer different playlists."""
    share: float = 0.5
    """Share of what is asked from similar tracks, above 0, at most 1."""
    length: Literal["playlist", "list"] = "playlist"
    """What the share is of: the tracks that the playlist lacks, or the whole list."""
    step: int = 10
    """How many similar tracks the expansion adds for each track."""
    leaders: int = 5
    """How many of a cluster's playlists give their tracks."""
    reach: int = 500
    """How many tracks a list has at most."""
    mini_batch_from: int = 50_000
    """From so many playlists on, k-means learns from mini-batches."""
    seed: int = 0
    """Another seed draws other tracks and begins k-means elsewhere."""
    threads: int = 0
    """Threads at work, 0 for one a core; the lists do not depend on it."""

    def __post_init__(self) -> None:
        """Refuse values without a meaning; raises ValueError."""
        least = min(self.clusters, self.step, self.leaders, self.reach, self.mini_batch_from)
        if least < 1 or not 0 < self.share <= 1:
            raise ValueError(
                f"clusters={self.clusters}, step={self.step}, leaders={self.leaders}, reach={self.reach}, "
                f"mini_batch_from={self.mini_batch_from} must be at least 1, share={self.share} above 0 and at most 1"
            )

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Index the entries, cluster the playlists, and gather the tracks of each cluster's leaders.

        Raises:
            DataError: the corpus has no audio features.
        """
        del challenge
        self.space_ = harness.FeatureSpace.of(train)
        self.index_ = harness.PlaylistIndex.of(train.tracks, train.catalog.n_tracks)
        told = np.flatnonzero(self.space_.known(train.tracks))
        features = self.space_.scaled(train.tracks)[told]
        with harness.step("k-means"):
            cluster_of, self.centres_ = self._clustered(features)
        followers = np.zeros(len(train))
        if "num_followers" in train.info.columns:
            followers = train.info["num_followers"].fill_null(0).to_numpy().astype(np.float64)
        self.pools_ = self._pools(train.tracks.take(told), cluster_of, followers[told])

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """Similar tracks, then the drawn ones, then further similar ones; none is a seed."""
        width = min(k, self.reach)
        tracks = np.full((len(challenge), width), -1, np.int32)
        seeds, _ = self.index_.known(challenge.seeds)
        similar = harness.expand(self.index_, seeds, self.reach, step=self.step, threads=self.threads)
        asked = np.minimum(challenge.info["num_holdouts"].to_numpy(), self.reach)
        asked = np.full_like(asked, self.reach) if self.length == "list" else asked
        for first in harness.track(range(0, len(challenge), BATCH), "lists"):
            rows = np.arange(first, min(first + BATCH, len(challenge)))
            tracks[rows] = self._lists(challenge.pids[rows], seeds.take(rows), similar[rows], asked[rows])[:, :width]
        scores = np.where(tracks >= 0, 1 / np.arange(1, width + 1), 0).astype(np.float32)
        return harness.Ranked(tracks, scores)

    def save(self, folder: Path) -> None:
        """Keep the index and the clusters."""
        self.index_.save(folder)
        space = {name: getattr(self.space_, name) for name in ("tracks", "least", "span", "middle")}
        np.savez(folder / MODEL, allow_pickle=False, centres=self.centres_, pools=self.pools_, **space)

    def load(self, folder: Path) -> None:
        """Read them back."""
        self.index_ = harness.PlaylistIndex.load(folder)
        with np.load(folder / MODEL) as arrays:
            self.centres_, self.pools_ = arrays["centres"], arrays["pools"]
            self.space_ = harness.FeatureSpace(*(arrays[name] for name in ("tracks", "least", "span", "middle")))

    def _clustered(self, features: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The cluster of each playlist, (n,), and the centres, (n_clusters, 12)."""
        from sklearn.cluster import KMeans, MiniBatchKMeans
        from threadpoolctl import threadpool_limits

        if not len(features):
            return np.empty(0, np.intp), self.space_.middle[None]
        n_clusters = min(self.clusters, len(np.unique(features, axis=0)))
        start = int(harness.generator(self.seed, "audio clusters").integers(2**31))
        method = KMeans if len(features) < self.mini_batch_from else MiniBatchKMeans
        with threadpool_limits(1):  # with several threads the last digits depend on who is first
            fitted = method(n_clusters, n_init=3, random_state=start).fit(features)
        return fitted.labels_, fitted.cluster_centers_

    def _pools(self, tracks: Ragged, cluster_of: NDArray[np.intp], followers: NDArray[np.float64]) -> Ids:
        """The distinct tracks of each cluster's leaders, (n_clusters, most), each row ending in -1."""
        pools = []
        for cluster in range(len(self.centres_)):
            members = np.flatnonzero(cluster_of == cluster)
            leaders = members[np.argsort(-followers[members], kind="stable")[: self.leaders]]
            pools.append(np.unique(tracks.take(leaders).values))
        padded = np.full((len(pools), max(map(len, pools))), -1, np.int32)
        for row, pool in enumerate(pools):
            padded[row, : len(pool)] = pool
        return padded

    def _lists(self, pids: NDArray[np.int64], seeds: Ragged, similar: Ids, asked: NDArray[np.int64]) -> Ids:
        """Complete lists of some playlists, (n, reach), from the expansions of their seeds, (n, reach)."""
        n_similar = np.maximum(np.rint(self.share * asked), 1)[:, None]
        n_drawn = np.where(seeds.lengths > 0, asked, 0)[:, None] - n_similar
        places = np.arange(self.reach)
        half = np.where(places < n_similar, similar, -1)
        pool = self._drawn(pids, half)
        fresh = _without(_without(pool, harness.Ragged.from_lists(half), pool.shape[1]), seeds, self.reach)
        drawn = np.where(places < n_drawn, fresh, -1)
        rest = _without(np.where(places < n_similar, -1, similar), harness.Ragged.from_lists(drawn), self.reach)
        joined = np.concatenate([half, drawn, rest], axis=1)
        return _without(joined, harness.Ragged.empty(len(joined)), self.reach)

    def _drawn(self, pids: NDArray[np.int64], half: Ids) -> Ids:
        """The tracks of the leaders of the cluster that each half sounds like, (n, most), in random order."""
        features = self.space_.scaled(harness.Ragged.from_lists(half))
        distances = (self.centres_**2).sum(axis=1) - 2 * features @ self.centres_.T
        pool = self.pools_[distances.argmin(axis=1)]
        places = harness.hashes(self.seed, "audio clusters draw", np.repeat(pids, pool.shape[1]), pool.ravel())
        return np.take_along_axis(pool, np.argsort(places.reshape(pool.shape), axis=1, kind="stable"), axis=1)


def _without(lists: Ids, dropped: Ragged, k: int) -> Ids:
    """The first k tracks of each list that are not among those dropped, and no gap between them."""
    return harness.without_seeds(lists, np.zeros(lists.shape, np.float32), dropped, k).tracks
