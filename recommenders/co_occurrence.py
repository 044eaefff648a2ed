"""Tracks that stand in the same playlists, counted; from one track, the tracks beside it and beside those."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

import harness

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from harness import Challenge, Playlists, Ragged, Ranked, SimilarTracks

    Ids = NDArray[np.int32]


@harness.recommender("co-occurrence")
class CoOccurrence:
    """Recommend the tracks that share most playlists with the seeds.

    With n(s, t) the number of playlists that hold both s and t::

        score(t) = sum over distinct seeds s of n(s, t)

    One seed is expanded instead, breadth first: the `step` tracks that share most playlists with it are listed,
    best first; then, for each track of the list in its turn, the `step` that share most playlists with that
    track and are not listed yet; until the list has `reach` tracks or nothing is left to add. A track's score is
    then 1 / rank, and `score` gives NaN for tracks outside the first `reach`. Several seeds, where expanded too,
    are the first to have their turn: the last of the playlist first, since it stands nearest to what follows.
    Seeds are never listed. Of equal counts the lower id comes first. No known seed gives an empty list.

    Counts are made when asked, a row at a time, so there is no table of pairs at any size: a row of track t takes
    O(n(t) * mean length) time, and all of recommend O(n_tracks) memory a thread beside the index of 14 bytes an
    entry, which is all that fit makes. An expanded list of k tracks counts k / step rows; others one a seed.
    Time grows with n_playlists and hardly with n_tracks.

    Source: a course project on the Million Playlist Dataset, which built half of each playlist so from its
    first track, ten tracks a step.
    """

    expansion: Literal["one-seed", "always", "never"] = "one-seed"
    """Which playlists are answered by breadth-first expansion, the others by sums of shared playlists."""
    step: int = 10
    """How many tracks the expansion adds for each track."""
    reach: int = 1_000
    """How many tracks an expansion lists at most."""
    threads: int = 0
    """Threads at work, 0 for one a core; the lists do not depend on it."""

    def __post_init__(self) -> None:
        """Refuse values without a meaning; raises ValueError."""
        if self.step < 1 or self.reach < 1:
            raise ValueError(f"step={self.step}, reach={self.reach}: both must be at least 1")

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Index the entries by playlist and by track."""
        del challenge
        self.index_ = harness.PlaylistIndex.of(train.tracks, train.catalog.n_tracks)

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k best tracks that are no seeds."""
        seeds, expanded = self._seeds(challenge)
        tracks = np.full((len(seeds), k), -1, np.int32)
        scores = np.zeros((len(seeds), k), np.float32)
        lists = self._expanded(seeds.take(expanded), min(k, self.reach))
        tracks[expanded, : lists.shape[1]] = lists
        scores[expanded] = 1 / np.arange(1, k + 1)
        summed = harness.neighbour_top_k(self.index_, self._asked(seeds.take(~expanded)), k, threads=self.threads)
        tracks[~expanded], scores[~expanded] = summed.tracks, summed.scores
        return harness.Ranked(tracks, scores)

    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """The scores of the candidates, (total,); 0 where no playlist is shared, NaN where an expansion ends before."""
        seeds, expanded = self._seeds(challenge)
        of_expanded = expanded[candidates.row_ids]
        scores = np.empty(len(candidates.values), np.float32)
        lists = self._expanded(seeds.take(expanded), self.reach)
        scores[of_expanded] = _one_over_rank(lists, candidates.take(expanded))
        scores[~of_expanded] = harness.neighbour_scores(
            self.index_, self._asked(seeds.take(~expanded)), candidates.take(~expanded), threads=self.threads
        )
        return scores

    def save(self, folder: Path) -> None:
        """Keep the index."""
        self.index_.save(folder)

    def load(self, folder: Path) -> None:
        """Read it back."""
        self.index_ = harness.PlaylistIndex.load(folder)

    def _seeds(self, challenge: Challenge) -> tuple[Ragged, NDArray[np.bool_]]:
        """The distinct known seeds of each playlist, and whether they are expanded, (n,)."""
        seeds, _ = self.index_.known(challenge.seeds)
        expanded = seeds.lengths == 1 if self.expansion == "one-seed" else seeds.lengths > 0
        return seeds, expanded & (self.expansion != "never")

    def _asked(self, seeds: Ragged) -> SimilarTracks:
        """The plain number of shared playlists: nothing is weighed, nothing cut."""
        ones = np.ones(self.index_.n_tracks)
        return harness.SimilarTracks(
            indptr=seeds.indptr,
            seeds=seeds.values,
            weights=np.ones(len(seeds.values)),
            seed_norm=ones,
            norm=ones,
            scale=np.ones(self.index_.n_playlists),
            shrink=0.0,
        )

    def _expanded(self, seeds: Ragged, k: int) -> Ids:
        return harness.expand(self.index_, seeds, k, step=self.step, threads=self.threads)


def _one_over_rank(lists: Ids, candidates: Ragged) -> NDArray[np.float32]:
    """1 / rank of each candidate in its list, (total,); NaN where it stands in none."""
    width = max(int(lists.max(initial=0)), int(candidates.values.max(initial=0))) + 1
    rows, ranks = np.nonzero(lists >= 0)
    keys = rows * width + lists[rows, ranks]
    order = np.argsort(keys)
    asked = candidates.row_ids.astype(np.int64) * width + candidates.values
    at = np.searchsorted(keys, asked, sorter=order)
    scores = np.full(len(asked), np.nan, np.float32)
    inside = at < len(keys)
    places = order[at[inside]]
    scores[inside] = np.where(keys[places] == asked[inside], 1 / (ranks[places] + 1), np.nan)
    return scores
