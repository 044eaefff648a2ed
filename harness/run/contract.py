"""Check of a recommender's lists against the contract: plug-ins are checked, not trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.errors import ContractError
from harness.kit.seeds import is_seed
from harness.ragged import NO_ID
from harness.types import Ranked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Challenge


def check(answer: object, challenge: Challenge, n_tracks: int, k: int, name: str) -> Ranked:
    """Return the lists if they satisfy every rule of `Recommender.recommend`.

    Args:
        answer: return value of `recommend(challenge, k)`.
        challenge: the incomplete playlists that were passed to it.
        n_tracks: `train.catalog.n_tracks`; valid ids are below it.
        k: maximum number of tracks per playlist.
        name: registered name of the recommender, for the message.

    Raises:
        ContractError: a rule is broken; names the recommender, the first such playlist and the rule.
    """
    if not isinstance(answer, Ranked):
        raise ContractError(f"{name}: recommend must return harness.Ranked, not {type(answer).__name__}")
    if len(answer) != len(challenge) or answer.tracks.shape[1] > k:
        raise ContractError(
            f"{name}: lists of shape {answer.tracks.shape} for {len(challenge)} playlists and k = {k}; "
            "return one row per playlist, at most k wide"
        )
    is_track = answer.tracks != NO_ID
    outside = is_track & ((answer.tracks < 0) | (answer.tracks >= n_tracks))
    _refuse(outside, challenge, name, answer, f"is not an id of the training catalog (0 to {n_tracks - 1})")
    gaps = np.zeros_like(is_track)
    gaps[:, :-1] = ~is_track[:, :-1] & is_track[:, 1:]
    _refuse(gaps, challenge, name, answer, "comes before a track: only the end of a list may be -1")
    _refuse(is_track & is_seed(answer.tracks, challenge.seeds), challenge, name, answer, "is a seed of the playlist")
    _refuse(_repeated(answer.tracks) & is_track, challenge, name, answer, "occurs twice in the list")
    _refuse(is_track & np.isnan(answer.scores), challenge, name, answer, "has the score NaN")
    rising = np.zeros_like(is_track)
    rising[:, 1:] = is_track[:, 1:] & (answer.scores[:, 1:] > answer.scores[:, :-1])
    _refuse(rising, challenge, name, answer, "has a higher score than the track before it: lists are best first")
    return answer


def _repeated(tracks: NDArray[np.int32]) -> NDArray[np.bool_]:
    order = np.argsort(tracks, axis=1, kind="stable")
    ordered = np.take_along_axis(tracks, order, axis=1)
    is_repeated = np.zeros_like(tracks, dtype=np.bool_)
    is_repeated[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
    in_list_order = np.empty_like(is_repeated)
    np.put_along_axis(in_list_order, order, is_repeated, axis=1)
    return in_list_order


def _refuse(fault: NDArray[np.bool_], challenge: Challenge, name: str, answer: Ranked, rule: str) -> None:
    if not fault.any():
        return
    row, column = (int(number) for number in np.argwhere(fault)[0])
    n_playlists = int(fault.any(axis=1).sum())
    raise ContractError(
        f"{name}: playlist {challenge.pids[row]}, rank {column + 1}: track {answer.tracks[row, column]} {rule}"
        + (f" (and in {n_playlists - 1} more playlists)" if n_playlists > 1 else "")
    )
