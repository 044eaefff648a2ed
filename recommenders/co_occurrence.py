"""Co-occurrence counts: tracks that share most playlists with the seeds, or a breadth-first expansion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

import harness
from recommenders._bounds import NonNegative, Positive

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from harness import Challenge, Playlists, Ragged, Ranked
    from harness.kit import SimilarTracks

    Ids = NDArray[np.int32]


@harness.recommender("co-occurrence")
class CoOccurrence:
    """Recommend the tracks that share most playlists with the seeds.

    With n(s, t) the number of playlists that have both s and t::

        score(t) = sum over distinct seeds s of n(s, t), where n(s, t) below `min_count` counts as 0

    A playlist with one seed is answered by a breadth-first expansion instead (see `expansion`): the `step` tracks that
    share most playlists with the seed are appended to the list, best first; then, for each track of the list in turn,
    the `step` tracks that share most playlists with it and are not in the list; until the list has `reach` tracks or
    no track is left. The score of a track is then 1 / rank, and `score` returns NaN for tracks outside the first
    `reach`. With several seeds (`expansion="always"`), the seeds are expanded first, from the last to the first,
    because the last is nearest to the continuation. Seeds are never listed. Ties are broken by the lower track id. A
    playlist without known seeds gets an empty list.

    Cost: fit builds an index of 14 bytes per entry. Recommend counts one row of co-occurrences at a time, so no
    table of pairs is stored: a row of track t takes O(n(t) * mean length) time, and memory is O(n_tracks) per thread.
    In a large training set, up to 2,000 rows of frequent tracks are stored once, in up to 2 GB.
    An expansion to k tracks counts k / step rows, a sum one row per seed. Time grows with n_playlists and hardly with
    n_tracks.

    Source: a course project on the Million Playlist Dataset, which built half of each playlist by an expansion from
    its first track, ten tracks per step. `expansion="seed"` is its literal rule
    (`harness.kit.Expansions.of_first_seed`): the first seed alone is expanded, and tracks of a step that are listed
    already are skipped, not replaced by the next.
    """

    expansion: Literal["one-seed", "always", "never", "seed"] = "one-seed"
    """Playlists that are answered by expansion, the others by the sum; `seed`: all, from the first seed alone."""
    step: Positive = 10
    """Tracks that the expansion adds per expanded track."""
    reach: Annotated[int, harness.Bounds(ge=1, le=1_000_000)] = 1_000
    """Maximum length of an expansion."""
    min_count: Positive = 1
    """Least number of playlists that two tracks must share to be similar."""
    threads: NonNegative = 0
    """Number of threads, 0 for one per core; the lists do not depend on it."""

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Index the entries by playlist and by track."""
        del challenge
        self.index_ = harness.kit.PlaylistIndex.of(train.tracks, train.catalog.n_tracks)
        self._derive()

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k highest-scoring tracks that are not seeds."""
        seeds, expanded = self._seeds(challenge)
        tracks = np.full((len(seeds), k), -1, np.int32)
        scores = np.zeros((len(seeds), k), np.float32)
        lists = self._expanded(seeds.take(expanded), min(k, self.reach))
        tracks[expanded, : lists.shape[1]] = lists
        scores[expanded] = 1 / np.arange(1, k + 1)
        query = self._query(seeds.take(~expanded))
        summed = harness.kit.neighbour_top_k(self.index_, query, k, threads=self.threads, frequent=self.frequent_)
        tracks[~expanded], scores[~expanded] = summed.tracks, summed.scores
        return harness.Ranked(tracks, scores)

    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """Scores of the candidates, (total,); 0 without a shared playlist, NaN outside an expansion."""
        seeds, expanded = self._seeds(challenge)
        of_expanded = expanded[candidates.row_ids]
        scores = np.empty(len(candidates.values), np.float32)
        lists = self._expanded(seeds.take(expanded), self.reach)
        scores[of_expanded] = _one_over_rank(lists, candidates.take(expanded))
        scores[~of_expanded] = harness.kit.neighbour_scores(
            *(self.index_, self._query(seeds.take(~expanded)), candidates.take(~expanded)),
            threads=self.threads,
            frequent=self.frequent_,
        )
        return scores

    def save(self, folder: Path) -> None:
        """Save the index."""
        self.index_.save(folder)

    def load(self, folder: Path) -> None:
        """Load it."""
        self.index_ = harness.kit.PlaylistIndex.load(folder)
        self._derive()

    def _derive(self) -> None:
        """Begin without stored counts."""
        self.frequent_ = harness.kit.FrequentSeeds()
        self.expansions_ = harness.kit.Expansions(
            self.index_, step=self.step, min_count=self.min_count, threads=self.threads
        )

    def _seeds(self, challenge: Challenge) -> tuple[Ragged, NDArray[np.bool_]]:
        """The distinct known seeds of each playlist, and whether they are expanded, (n,)."""
        seeds, _ = self.index_.known(challenge.seeds)
        expanded = seeds.lengths == 1 if self.expansion == "one-seed" else seeds.lengths > 0
        return seeds, expanded & (self.expansion != "never")

    def _query(self, seeds: Ragged) -> SimilarTracks:
        """Query for the number of shared playlists, without weights or shrinkage."""
        ones = np.ones(self.index_.n_tracks)
        return harness.kit.SimilarTracks(
            indptr=seeds.indptr,
            seeds=seeds.values,
            weights=np.ones(len(seeds.values)),
            seed_norm=ones,
            norm=ones,
            scale=np.ones(self.index_.n_playlists),
            shrink=0.0,
            least=0.0 if self.min_count == 1 else float(self.min_count),
        )

    def _expanded(self, seeds: Ragged, k: int) -> Ids:
        expanded = self.expansions_.of_first_seed if self.expansion == "seed" else self.expansions_.of_seeds
        return expanded(seeds, k)


def _one_over_rank(lists: Ids, candidates: Ragged) -> NDArray[np.float32]:
    """1 / rank of each candidate in its list, (total,); NaN where it is not in the list."""
    width = max(int(lists.max(initial=0)), int(candidates.values.max(initial=0))) + 1
    rows, ranks = np.nonzero(lists >= 0)
    keys = rows * width + lists[rows, ranks]
    order = np.argsort(keys)
    candidate_keys = candidates.row_ids.astype(np.int64) * width + candidates.values
    positions = np.searchsorted(keys, candidate_keys, sorter=order)
    scores = np.full(len(candidate_keys), np.nan, np.float32)
    inside = positions < len(keys)
    places = order[positions[inside]]
    scores[inside] = np.where(keys[places] == candidate_keys[inside], 1 / (ranks[places] + 1), np.nan)
    return scores
