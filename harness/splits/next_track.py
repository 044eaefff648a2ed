"""The `next-track` split: the last track of a playlist is withheld, the one before it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from harness.errors import DataError
from harness.kit.randomness import hashes
from harness.ragged import Ragged
from harness.splits.holdouts import Holdouts, LocalChallenge
from harness.splits.plugins import split
from harness.types import Playlists

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.identities import SplitParams

KIND = "next-track"

LEAST_TRACKS = 4
"""Minimum number of entries of a held-out playlist."""

MOST_VALIDATION, MOST_TEST = 10_000, 20_000
"""Maximum number of playlists in each holdout."""

VALIDATION_SHARE, TEST_SHARE = 10, 5
"""In a smaller corpus, every tenth playlist is for validation and every fifth for the test."""


@split(KIND, metrics=("hit@10", "ndcg@10", "clicks"), train_keeps_beginnings=True)
class NextTrackSplit:
    """The last track of a playlist is predicted from the one before it.

    Tracks that occur in one playlist only are removed everywhere. A playlist can be held out if it then has more than
    three entries and its last track does not occur earlier in it: the withheld track is neither shown nor in the
    beginning, which stays in the training set. Playlists are chosen by hash, so nothing depends on floating point,
    order or threads; a playlist whose last track no longer occurs in the training set is replaced by another.
    Validation takes 10,000 playlists, but at most a tenth of the corpus and a third of the playlists that can be held
    out; the test takes 20,000, but at most a fifth and two thirds.

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
            seed: seed of the choice of playlists.

        Raises:
            DataError: the corpus is too small.
        """
        kept = _in_several_playlists(playlists)[playlists.tracks.values]
        tracks = playlists.tracks.keep(kept)
        shuffled = np.argsort(hashes(seed, KIND, playlists.info["pid"].to_numpy()), kind="stable")
        candidates = shuffled[_can_be_held_out(tracks)[shuffled]]
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
        kept = _in_several_playlists(playlists)[playlists.tracks.values]
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
    """The last two kept entries of each of these rows: the first is the seed, the second is withheld."""
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
            f"a corpus of {n_playlists} playlists is too small for the next-track split: it needs {VALIDATION_SHARE}, "
            f"of which three have {LEAST_TRACKS} tracks that other playlists have too and a last track that occurs "
            f"once in them; it has {n_candidates} of these"
        )
    return n_validation, n_test


def _in_several_playlists(playlists: Playlists) -> NDArray[np.bool_]:
    """Whether each track occurs in two or more playlists, (n_tracks,): its first row differs from its last."""
    tracks, rows = playlists.tracks.values, playlists.tracks.row_ids
    first, last = np.zeros((2, playlists.catalog.n_tracks), np.int32)
    last[tracks] = rows  # of equal indices NumPy keeps the value written last
    first[tracks[::-1]] = rows[::-1]
    in_several: NDArray[np.bool_] = first != last
    return in_several


def _can_be_held_out(tracks: Ragged) -> NDArray[np.bool_]:
    """Whether each playlist is long enough and its last track occurs once in it, (n,)."""
    lengths = tracks.lengths
    ends = np.full(len(tracks), -1, np.int32)
    ends[lengths > 0] = tracks.values[tracks.indptr[1:][lengths > 0] - 1]
    rows = tracks.row_ids
    n_ends = np.bincount(rows[tracks.values == ends[rows]], minlength=len(tracks))
    can_be_held_out: NDArray[np.bool_] = (lengths >= LEAST_TRACKS) & (n_ends == 1)
    return can_be_held_out


def _last_kept(tracks: Ragged, kept: NDArray[np.bool_], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position of the last kept entry of each of these rows, (m,); each row must have one."""
    places = np.flatnonzero(kept)
    return places[np.searchsorted(places, tracks.indptr[rows + 1]) - 1]
