"""`Evaluation`: recommended lists aligned with the withheld tracks; all that most metrics need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import DataError
from harness.kit.seeds import is_member
from harness.notebook import Shown
from harness.ragged import NO_ID, pairs_of, read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.ragged import Ids, Ragged
    from harness.types import Challenge


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Evaluation(Shown):
    """Lists of n playlists and their withheld tracks; the other fields are derived once.

    Attributes:
        tracks: R, (n, k) int32, best first, a track at most once per list; -1 where there is none.
        withheld: G, n rows of distinct tracks, at least one each.
        artist_of: primary artist of each track, (n_tracks,) int32, -1 where unknown.
        hits: True where the track is withheld, (n, k) bool.
        opening: T, True for the first |G| places, (n, k) bool.
        n_withheld: |G|, (n,) int64.
        answered: True where a list has any track, (n,) bool.
    """

    tracks: Ids
    withheld: Ragged
    artist_of: Ids
    hits: NDArray[np.bool_] = field(init=False)
    opening: NDArray[np.bool_] = field(init=False)
    n_withheld: NDArray[np.int64] = field(init=False)
    answered: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        """Check and derive; raises DataError if rows or ids do not agree, or a playlist has no G."""
        tracks = read_only(self.tracks, np.int32, 2, "tracks")
        artist_of = read_only(self.artist_of, np.int32, 1, "artist_of")
        if len(tracks) != len(self.withheld):
            raise DataError(f"{len(tracks)} lists for {len(self.withheld)} playlists: one row per playlist is needed")
        least = min(int(tracks.min(initial=NO_ID)), NO_ID)
        most = max(int(tracks.max(initial=NO_ID)), int(self.withheld.values.max(initial=NO_ID)))
        if least < NO_ID or most >= len(artist_of):
            raise DataError(f"tracks must lie between -1 and {len(artist_of) - 1}, the catalog's last row")
        withheld = _distinct(self.withheld)
        if not withheld.lengths.all():
            raise DataError(f"row {int(withheld.lengths.argmin())} has no withheld track")
        hits = is_member(tracks, withheld)
        _refuse_repeated(tracks, hits)
        opening = np.arange(tracks.shape[1]) < withheld.lengths[:, None]
        for name, value in (
            ("tracks", tracks),
            ("withheld", withheld),
            ("artist_of", artist_of),
            ("hits", read_only(hits, np.bool_, 2, "hits")),
            ("opening", read_only(opening, np.bool_, 2, "opening")),
            ("n_withheld", read_only(withheld.lengths, np.int64, 1, "n_withheld")),
            ("answered", read_only((tracks != NO_ID).any(axis=1), np.bool_, 1, "answered")),
        ):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.tracks)

    def facts(self) -> dict[str, Any]:
        """Number of lists, their greatest length, and the number of hits."""
        return {"n_lists": len(self), "k": self.tracks.shape[1], "n_hits": int(self.hits.sum())}


def evaluate_lists(tracks: Ids, challenge: Challenge, withheld: Ragged) -> Evaluation:
    """Align the lists of a challenge's playlists with their withheld tracks.

    Args:
        tracks: (n, k) int32, best first; a short list ends in -1, a playlist without an answer is all -1.
        challenge: the n playlists; its catalog has the artists.
        withheld: withheld tracks of each, n rows; a track that occurs twice counts once.

    Raises:
        DataError: a playlist has no withheld track, or rows or ids do not agree.
    """
    empty = np.flatnonzero(withheld.lengths == 0)
    if len(empty):
        raise DataError(
            f"playlist {challenge.pids[empty[0]]} has no withheld track"
            f"{f' (as have {len(empty) - 1} more)' if len(empty) > 1 else ''}: leave it out of the challenge"
        )
    return Evaluation(tracks, withheld, challenge.catalog.artist_of)


def _distinct(withheld: Ragged) -> Ragged:
    numbers = withheld.pairs
    first = np.zeros(len(numbers), np.bool_)
    first[np.unique(numbers, return_index=True)[1]] = True
    return withheld if first.all() else withheld.keep(first)


def _refuse_repeated(tracks: Ids, hits: NDArray[np.bool_]) -> None:
    """Refuse a list with a repeated hit; other repeated tracks change no metric and are not checked."""
    pairs = np.sort(pairs_of(np.nonzero(hits)[0], tracks[hits]))
    repeated = np.flatnonzero(pairs[1:] == pairs[:-1])
    if len(repeated):
        raise DataError(f"row {pairs[repeated[0]] >> 32}: a track occurs twice in the list; it must occur once")
