"""The `next-track` split: the last track of a playlist is withheld, the one before it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from harness.errors import DataError
from harness.kit.randomness import hashes
from harness.splits.holdouts import Holdouts, LocalChallenge
from harness.splits.plugins import split
from harness.types import Playlists, Ragged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.identities import SplitParams

KIND = "next-track"

LEAST_TRACKS = 4
"""A playlist of fewer entries is not drawn."""

MOST_VALIDATION, MOST_TEST = 10_000, 20_000
"""Playlists of the two holdouts, if the corpus is large enough."""

VALIDATION_SHARE, TEST_SHARE = 10, 5
"""Of a smaller corpus every tenth playlist and every fifth."""


@split(KIND, metrics=("hit@10", "ndcg@10", "clicks"), train_keeps_beginnings=True)
class NextTrackSplit:
    """The last track of a playlist from the one before it.

    Tracks of a single playlist are left out everywhere. A playlist can be held out if then it has more than three
    entries and its last track stands nowhere before in it: the withheld track is neither shown nor in the
    beginning, which stays in the training set. It is chosen by hash, so nothing depends on floating point, order
    or threads; one whose last track the training set then lacks is replaced by another. Validation takes 10,000
    playlists, but no more than a tenth of the corpus and a third of those that can be held out; the test 20,000,
    but no more than a fifth and two thirds.

    The training set has every playlist, some without their last entry: see `drop_last`. A playlist without entries
    stays in it, empty.

    Source: the protocol of Caselles-Dupré, Lesaint and Royo-Letelier 2018, "Word2vec Applied to Recommendation:
    Hyperparameters Matter", with a test set of 20,000 and a validation set of 10,000 playlists.
    """

    drop_last: Literal["held-out", "all"] = "held-out"
    """Playlists without their last entry in the training set. held-out: those of the two holdouts, so that training
    uses all other data. all: every playlist, as in the founding project; last entries are never trained on."""

    def cut(self, playlists: Playlists, seed: int) -> Holdouts:
        """Cut a corpus.

        Args:
            playlists: the corpus.
            seed: another seed holds out other playlists.

        Raises:
            DataError: the corpus is too small.
        """
        kept = _stand_twice(playlists)[playlists.tracks.values]
        tracks = playlists.tracks.keep(kept)
        shuffled = np.argsort(hashes(seed, KIND, playlists.info["pid"].to_numpy()), kind="stable")
        candidates = shuffled[_can_be_drawn(tracks)[shuffled]]
        if self.drop_last == "all":
            candidates = _with_last_elsewhere(tracks, candidates)
        else:
            candidates = _without_lost(len(playlists), tracks, candidates)
        n_validation, n_test = _sizes(len(playlists), len(candidates))
        positions = np.flatnonzero(kept)
        validation, test = (
            _challenge(playlists.tracks, tracks, positions, np.sort(rows))
            for rows in (candidates[:n_validation], candidates[n_validation : n_validation + n_test])
        )
        dropped = {"tracks of a single playlist": int(len(kept) - np.count_nonzero(kept))}
        # Without the default: holdouts of the first version, which had no parameter, keep their fingerprints.
        params: SplitParams = {} if self.drop_last == "held-out" else {"drop_last": self.drop_last}
        return Holdouts(KIND, seed, params, validation, test, {}, dropped, self.training)

    def training(self, playlists: Playlists, both: tuple[LocalChallenge, LocalChallenge]) -> Playlists:
        """Every playlist without tracks of a single playlist; those of `drop_last` without their last entry too."""
        kept = _stand_twice(playlists)[playlists.tracks.values]
        if self.drop_last == "all":
            shortened = [np.flatnonzero(playlists.tracks.keep(kept).lengths)]
        else:
            shortened = [each.rows for each in both]
        kept[_last_kept(playlists.tracks, kept, np.concatenate(shortened))] = False
        return Playlists(playlists.info, playlists.tracks.keep(kept), playlists.catalog)


def _with_last_elsewhere(tracks: Ragged, candidates: NDArray[np.int64]) -> NDArray[np.int64]:
    """The candidates whose last track remains in the training set when every playlist loses its last entry."""
    n_left = np.bincount(tracks.values)
    n_left -= np.bincount(_last(tracks, np.flatnonzero(tracks.lengths)), minlength=len(n_left))
    return candidates[n_left[_last(tracks, candidates)] > 0]


def _without_lost(n_playlists: int, tracks: Ragged, candidates: NDArray[np.int64]) -> NDArray[np.int64]:
    """The candidates, in their order, without those that remove the last entry of a track from the training set."""
    counts = np.bincount(tracks.values)
    while True:
        last = _last(tracks, candidates[: sum(_sizes(n_playlists, len(candidates)))])
        left = counts - np.bincount(last, minlength=len(counts))
        lost = np.flatnonzero(left[last] == 0)[::-1]
        if not len(lost):
            return candidates
        # One playlist per lost track returns to the training set, and the track with it.
        refused = candidates[lost[np.unique(last[lost], return_index=True)[1]]]
        candidates = candidates[~np.isin(candidates, refused)]


def _last(tracks: Ragged, rows: NDArray[np.int64]) -> NDArray[np.int32]:
    """The last track of each of these rows, none of which is empty, (m,)."""
    last: NDArray[np.int32] = tracks.values[tracks.indptr[rows + 1] - 1]
    return last


def _challenge(whole: Ragged, tracks: Ragged, positions: NDArray[np.int64], rows: NDArray[np.int64]) -> LocalChallenge:
    """The last two kept entries of each of these rows, the former shown and the latter withheld."""
    last = tracks.indptr[rows + 1] - 1
    ones = np.ones(len(rows), np.int64)
    return LocalChallenge(
        rows,
        np.zeros(len(rows), np.int64),
        Ragged.from_lengths(ones, tracks.values[last - 1]),
        Ragged.from_lengths(ones, positions[last - 1] - whole.indptr[rows]),
        Ragged.from_lengths(ones, tracks.values[last]),
        np.ones(len(rows), np.bool_),
    )


def _sizes(n_playlists: int, n_candidates: int) -> tuple[int, int]:
    third = n_candidates // 3
    n_validation = min(MOST_VALIDATION, n_playlists // VALIDATION_SHARE, third)
    n_test = min(MOST_TEST, n_playlists // TEST_SHARE, 2 * third)
    if n_validation < 1 or n_test < 1:
        raise DataError(
            f"a corpus of {n_playlists} playlists is too small to ask for next tracks: it takes {VALIDATION_SHARE}, "
            f"three of which have {LEAST_TRACKS} tracks of other playlists too and end in one that they have once; "
            f"{n_candidates} such are there"
        )
    return n_validation, n_test


def _stand_twice(playlists: Playlists) -> NDArray[np.bool_]:
    """Whether each track stands in two playlists or more, (n_tracks,): its first row is not its last."""
    tracks, rows = playlists.tracks.values, playlists.tracks.row_ids
    first, last = np.zeros((2, playlists.catalog.n_tracks), np.int32)
    last[tracks] = rows  # of equal indices NumPy keeps the value written last
    first[tracks[::-1]] = rows[::-1]
    stand_twice: NDArray[np.bool_] = first != last
    return stand_twice


def _can_be_drawn(tracks: Ragged) -> NDArray[np.bool_]:
    """Whether each playlist is long enough and ends in a track that it has once, (n,)."""
    lengths = tracks.lengths
    ends = np.full(len(tracks), -1, np.int32)
    ends[lengths > 0] = tracks.values[tracks.indptr[1:][lengths > 0] - 1]
    rows = tracks.row_ids
    n_ends = np.bincount(rows[tracks.values == ends[rows]], minlength=len(tracks))
    can_be_drawn: NDArray[np.bool_] = (lengths >= LEAST_TRACKS) & (n_ends == 1)
    return can_be_drawn


def _last_kept(tracks: Ragged, kept: NDArray[np.bool_], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of the last kept entry of each of these rows, none of which is without one, (m,)."""
    places = np.flatnonzero(kept)
    return places[np.searchsorted(places, tracks.indptr[rows + 1]) - 1]
