"""`Submission`: recommended lists that satisfy every rule of the challenge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import SubmissionError
from harness.kit.seeds import is_seed
from harness.notebook import ROWS_SHOWN, Tabular
from harness.ragged import NO_ID
from harness.rules import TRACKS_PER_PLAYLIST

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from harness.ragged import Ids
    from harness.types import Challenge


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Submission(Tabular):
    """One list for each playlist of a challenge, in the challenge's order.

    Attributes:
        challenge: the challenge that it answers.
        tracks: ids of the challenge's catalog, best first, (n, 500) int32; distinct in each row, without the
            seeds of its playlist.
    """

    challenge: Challenge
    tracks: Ids

    def __post_init__(self) -> None:
        """Check every rule.

        Raises:
            SubmissionError: a rule is broken; names the rule and the first playlist that breaks it.
        """
        tracks = np.asarray(self.tracks)
        shape = (len(self.challenge), TRACKS_PER_PLAYLIST)
        if tracks.shape != shape or tracks.dtype != np.int32:
            raise SubmissionError(
                f"a submission to this challenge has shape {shape} int32, "
                f"not {tracks.shape} {tracks.dtype}: one list of {TRACKS_PER_PLAYLIST} tracks per playlist"
            )
        n_tracks = self.challenge.catalog.n_tracks
        self._refuse(tracks == NO_ID, "is missing", f"a list has {TRACKS_PER_PLAYLIST} tracks")
        self._refuse((tracks < 0) | (tracks >= n_tracks), "is not a track", f"ids of the catalog are below {n_tracks}")
        in_order = np.sort(tracks, axis=1)
        if bool((in_order[:, 1:] == in_order[:, :-1]).any()):
            self._refuse(_repeated(tracks), "occurs earlier in the list", "the tracks of a list are distinct")
        if _has_seeds(in_order, self.challenge):
            self._refuse(is_seed(tracks, self.challenge.seeds), "is a seed", "a list has none of its playlist's seeds")
        view = tracks.view()
        view.flags.writeable = False
        object.__setattr__(self, "tracks", view)

    def facts(self) -> dict[str, Any]:
        """Number of playlists, and of tracks per playlist."""
        return {"n_playlists": len(self.challenge), "tracks_per_playlist": self.tracks.shape[1]}

    def to_polars(self) -> pl.DataFrame:
        """One row per recommended track; see `list_table`."""
        return list_table(self.challenge, self.tracks)

    def first_rows(self) -> pl.DataFrame:
        """The beginning of the first list."""
        return list_table(self.challenge.take(np.arange(1)), self.tracks[:1, :ROWS_SHOWN])

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


def list_table(challenge: Challenge, tracks: Ids) -> pl.DataFrame:
    """One row per track of lists, (n, k): pid, rank from 1, URI and name of the track, name of its artist."""
    import polars as pl

    n, k = tracks.shape
    places = pl.DataFrame({"pid": np.repeat(challenge.pids, k), "rank": np.tile(np.arange(1, k + 1), n)})
    return pl.concat([places, challenge.catalog.describe(tracks.ravel())], how="horizontal")


def _repeated(tracks: Ids) -> NDArray[np.bool_]:
    """True for each track that occurs earlier in its row, (n, k)."""
    order = np.argsort(tracks, axis=1, kind="stable")
    in_order = np.take_along_axis(tracks, order, axis=1)
    repeats_previous = np.zeros(tracks.shape, np.bool_)
    repeats_previous[:, 1:] = in_order[:, 1:] == in_order[:, :-1]
    repeated = np.empty_like(repeats_previous)
    np.put_along_axis(repeated, order, repeats_previous, axis=1)
    return repeated


def _has_seeds(in_order: Ids, challenge: Challenge) -> bool:
    """True if any sorted row has a seed of its playlist; searches the few seeds among the many tracks."""
    width = np.int64(challenge.catalog.n_tracks)
    entries = (np.arange(len(in_order), dtype=np.int64)[:, None] * width + in_order).ravel()
    if not len(entries):
        return False
    seeds = challenge.seeds.row_ids * width + challenge.seeds.values
    positions = np.minimum(np.searchsorted(entries, seeds), len(entries) - 1)
    return bool((entries[positions] == seeds).any())
