"""Sequential rules: tracks that follow the last seeds in other playlists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

import harness
from recommenders._bounds import NonNegative, Positive
from recommenders._entries import Entries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Challenge, Playlists, Ragged, Ranked

    Ids = NDArray[np.int32]
    Floats = NDArray[np.float32]

FILE = "playlists.npz"

MOST = 2_000
"""Maximum number of entries read per seed, evenly spaced; their sum is scaled, so that time is bounded."""

BLOCK = 256
"""Playlists whose sums are stored at a time."""


@harness.recommender("sequential-rules")
class SequentialRules:
    """Recommend the tracks that follow the last seeds most closely in other playlists.

    With the entries of a track its places in the training playlists, d the distance of an entry of t after an entry of
    s in the same playlist, n(t) the number of entries of t, and a(s) the number of seeds after s::

        rule(s, t) = sum over entries of s, and entries of t up to `reach` places after them, of 1 / d
        score(t)   = sum over the `last` last seeds s of rule(s, t) / (1 + a(s)), divided by n(t)^damping

    Seeds in a random order (categories 8 and 10 of the challenge) have no last one: all count the same, and entries of
    t before those of s as well. At most 2,000 entries per seed are read, evenly spaced. A playlist without a seed in
    the training set, or whose seeds nothing follows, gets an empty list.

    Where the order of the training playlists means nothing (`harness data info` shows it), neither do these rules.
    Alone they are weak; they know what the other members of a blend do not: the order.

    Cost: fit sorts the entries once, 14 bytes per entry. Recommend reads at most 2,000 * `reach` entries per seed, and
    needs O(n_tracks) memory per thread.

    Source: Ludewig and Jannach 2018, "Evaluation of session-based recommendation algorithms" (rules of weight 1 / d).
    The weights of earlier seeds, the damping and what happens with random orders are the project's own, chosen on real
    playlists.
    """

    reach: Annotated[int, harness.Bounds(ge=1, le=255)] = 30
    """Maximum distance of two entries."""
    last: Positive = 10
    """Number of last seeds whose rules count."""
    damping: Annotated[float, harness.Bounds(ge=0, le=10)] = 0.3
    """Exponent that reduces the scores of frequent tracks."""
    threads: NonNegative = 0
    """Number of threads, 0 for one per core; the lists do not depend on it."""

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Index the entries."""
        del challenge
        self._index(train.tracks, train.catalog.n_tracks)

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k highest-scoring tracks that are not seeds."""
        tracks = np.full((len(challenge), k), -1, np.int32)
        scores = np.zeros((len(challenge), k), np.float32)
        for rows, sums in self._sums(challenge):
            seeds = challenge.seeds.take(rows)
            ranked = harness.kit.sparse_top_k(_unweighted(len(rows)), sums, seeds, k, threads=self.threads)
            tracks[rows], scores[rows] = ranked.tracks, ranked.scores
        return harness.Ranked(tracks, scores)

    def score(self, challenge: Challenge, candidates: Ragged) -> Floats:
        """Scores of the candidates, (total,); 0 where no rule leads to them."""
        parts = [
            harness.kit.sparse_scores(_unweighted(len(rows)), sums, candidates.take(rows), threads=self.threads)
            for rows, sums in self._sums(challenge)
        ]
        return np.concatenate([np.empty(0, np.float32), *parts])

    def save(self, folder: Path) -> None:
        """Save the training playlists."""
        np.savez(
            folder / FILE,
            allow_pickle=False,
            indptr=self.tracks_.indptr,
            values=self.tracks_.values,
            n_tracks=self.n_tracks_,
        )

    def load(self, folder: Path) -> None:
        """Load and index them."""
        with np.load(folder / FILE) as arrays:
            self._index(harness.Ragged(arrays["indptr"], arrays["values"]), int(arrays["n_tracks"]))

    def _index(self, tracks: Ragged, n_tracks: int) -> None:
        self.tracks_, self.n_tracks_ = tracks, n_tracks
        self.entries_ = Entries.of(tracks, n_tracks, self.reach)
        self.scale_ = np.maximum(np.diff(self.entries_.starts), 1).astype(np.float32) ** np.float32(-self.damping)

    def _sums(self, challenge: Challenge) -> Iterator[tuple[NDArray[np.int64], csr_array]]:
        """Blocks of rows and their scores, (n_rows, n_tracks)."""
        from scipy.sparse import csr_array

        at_random = harness.kit.in_random_order(challenge)
        n_after = challenge.seeds.lengths[challenge.seeds.row_ids] - 1 - challenge.seeds.places
        weights = np.where(at_random[challenge.seeds.row_ids], 1, (n_after < self.last) / (1 + n_after))
        counts = (challenge.seeds.values < self.n_tracks_) & (weights > 0)
        seeds, weights = challenge.seeds.keep(counts), weights[counts].astype(np.float32)
        for first in harness.kit.track(range(0, len(challenge), BLOCK), "rules"):
            rows = np.arange(first, min(first + BLOCK, len(challenge)))
            found: list[tuple[Ids, Floats]] = [(np.empty(0, np.int32), np.empty(0, np.float32))] * len(rows)

            def fill(start: int, end: int, rows: NDArray[np.int64] = rows, found: list[Any] = found) -> None:
                sums, touched = np.zeros(self.n_tracks_, np.float32), np.empty(self.n_tracks_, np.int32)
                for at in range(start, end):
                    own = slice(seeds.indptr[rows[at]], seeds.indptr[rows[at] + 1])
                    n = _add_rules(
                        *(self.entries_, seeds.values[own], weights[own], bool(at_random[rows[at]])), sums, touched
                    )
                    tracks = np.sort(touched[:n])
                    found[at] = tracks, sums[tracks] * self.scale_[tracks]
                    sums[tracks] = 0

            harness.kit.in_blocks(fill, len(rows), "rules of a block", threads=self.threads)
            lengths = [len(tracks) for tracks, _ in found]
            values, columns = (np.concatenate([part[which] for part in found]) for which in (1, 0))
            indptr = np.concatenate([[0], np.cumsum(lengths)])
            yield rows, csr_array((values, columns, indptr), shape=(len(rows), self.n_tracks_))


def _unweighted(n: int) -> csr_array:
    """A list for each row, with weight 1, (n, n)."""
    from scipy.sparse import csr_array

    return csr_array((np.ones(n, np.float32), np.arange(n), np.arange(n + 1)), shape=(n, n))


@harness.kit.compiled
def _add_rules(entries: Entries, seeds: Ids, weights: Floats, both_ways: bool, sums: Floats, touched: Ids) -> int:
    """Add the rules of the seeds to the sums of all tracks; return the number of tracks touched."""
    n = 0
    for at in range(len(seeds)):
        begin, end = entries.starts[seeds[at]], entries.starts[seeds[at] + 1]
        n_read = min(end - begin, MOST)
        for turn in range(n_read):
            entry = entries.of_track[begin + turn * (end - begin) // n_read]
            back = np.int64(entries.before[entry]) if both_ways else np.int64(0)
            for step in range(-back, np.int64(entries.after[entry]) + 1):
                if step == 0:
                    continue
                track = entries.tracks[entry + step]
                if sums[track] == 0:
                    touched[n] = track
                    n += 1
                sums[track] += weights[at] * np.float32((end - begin) / n_read) / np.float32(abs(step))
    return n
