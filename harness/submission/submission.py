"""A submission: it exists only if it obeys every rule of the challenge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import SubmissionError
from harness.kit.seeds import is_seed
from harness.rules import TRACKS_PER_PLAYLIST
from harness.types import NO_ID

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Challenge, Ids


@dataclass(frozen=True, slots=True, eq=False)
class Submission:
    """One list for each playlist of a challenge, in the challenge's order.

    Attributes:
        challenge: what is answered.
        tracks: rows of the challenge's catalog, best first, (n, 500) int32: all of a row distinct, none of
            them a seed of its playlist.
    """

    challenge: Challenge
    tracks: Ids

    def __post_init__(self) -> None:
        """Check every rule; raises SubmissionError that names the first playlist at fault and the rule."""
        tracks = np.asarray(self.tracks)
        shape = (len(self.challenge), TRACKS_PER_PLAYLIST)
        if tracks.shape != shape or tracks.dtype != np.int32:
            raise SubmissionError(
                f"a submission to this challenge is of shape {shape} int32, "
                f"not {tracks.shape} {tracks.dtype}: one list of {TRACKS_PER_PLAYLIST} tracks a playlist"
            )
        n_tracks = self.challenge.catalog.n_tracks
        self._refuse(tracks == NO_ID, "is missing", f"a list has {TRACKS_PER_PLAYLIST} tracks")
        self._refuse((tracks < 0) | (tracks >= n_tracks), "is no track", f"ids of the catalog lie below {n_tracks}")
        in_order = np.sort(tracks, axis=1)
        if bool((in_order[:, 1:] == in_order[:, :-1]).any()):
            self._refuse(_repeated(tracks), "stands earlier in the list", "the tracks of a list are distinct")
        if _has_seeds(in_order, self.challenge):
            self._refuse(
                is_seed(tracks, self.challenge.seeds), "is a seed", "a list repeats none of its playlist's seeds"
            )
        view = tracks.view()
        view.flags.writeable = False
        object.__setattr__(self, "tracks", view)

    def _refuse(self, fault: NDArray[np.bool_], what: str, rule: str) -> None:
        if not fault.any():
            return
        row, column = (int(number) for number in np.argwhere(fault)[0])
        track = int(np.asarray(self.tracks)[row, column])
        known = 0 <= track < self.challenge.catalog.n_tracks
        uri = self.challenge.catalog.tracks["uri"][track] if known else f"id {track}"
        n_more = int(fault.any(axis=1).sum()) - 1
        raise SubmissionError(
            f"playlist {self.challenge.pids[row]}, track {column + 1} ({uri}) {what}: {rule}"
            + (f" (also broken in {n_more} more playlists)" if n_more else "")
        )


def _repeated(tracks: Ids) -> NDArray[np.bool_]:
    """Whether each track stands earlier in its row, (n, k)."""
    order = np.argsort(tracks, axis=1, kind="stable")
    in_order = np.take_along_axis(tracks, order, axis=1)
    again = np.zeros(tracks.shape, np.bool_)
    again[:, 1:] = in_order[:, 1:] == in_order[:, :-1]
    repeated = np.empty_like(again)
    np.put_along_axis(repeated, order, again, axis=1)
    return repeated


def _has_seeds(in_order: Ids, challenge: Challenge) -> bool:
    """Whether any row, sorted, holds a seed of its playlist: few seeds are looked for in many tracks."""
    width = np.int64(challenge.catalog.n_tracks)
    held = (np.arange(len(in_order), dtype=np.int64)[:, None] * width + in_order).ravel()
    if not len(held):
        return False
    seeds = challenge.seeds.row_ids * width + challenge.seeds.values
    at = np.minimum(np.searchsorted(held, seeds), len(held) - 1)
    return bool((held[at] == seeds).any())
