"""What a recommender answered, held against its contract: plug-ins are checked, not trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.errors import ContractError
from harness.kit.seeds import is_seed
from harness.types import NO_ID, Ranked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.types import Challenge


def check(answer: object, challenge: Challenge, n_tracks: int, k: int, name: str) -> Ranked:
    """The answer itself if it keeps every rule of `Recommender.recommend`.

    Args:
        answer: what `recommend(challenge, k)` returned.
        challenge: what it was asked.
        n_tracks: `train.catalog.n_tracks`; ids lie below it.
        k: how many tracks a playlist were asked for.
        name: the recommender's name, for the message.

    Raises:
        ContractError: names the recommender, the first playlist at fault and the rule.
    """
    if not isinstance(answer, Ranked):
        raise ContractError(f"{name}: recommend must return harness.Ranked, not {type(answer).__name__}")
    if len(answer) != len(challenge) or answer.tracks.shape[1] > k:
        raise ContractError(
            f"{name}: lists of shape {answer.tracks.shape} for {len(challenge)} playlists and k = {k}; "
            "return one row a playlist, at most k wide"
        )
    held = answer.tracks != NO_ID
    outside = held & ((answer.tracks < 0) | (answer.tracks >= n_tracks))
    _refuse(outside, challenge, name, answer, f"is no id of the training catalog (0 to {n_tracks - 1})")
    gaps = np.zeros_like(held)
    gaps[:, :-1] = ~held[:, :-1] & held[:, 1:]
    _refuse(gaps, challenge, name, answer, "stands before a track: only the end of a list may be -1")
    _refuse(held & is_seed(answer.tracks, challenge.seeds), challenge, name, answer, "is a seed of the playlist")
    _refuse(_repeated(answer.tracks) & held, challenge, name, answer, "stands twice in the list")
    _refuse(held & np.isnan(answer.scores), challenge, name, answer, "has the score NaN")
    return answer


def _repeated(tracks: NDArray[np.int32]) -> NDArray[np.bool_]:
    order = np.argsort(tracks, axis=1, kind="stable")
    ordered = np.take_along_axis(tracks, order, axis=1)
    again = np.zeros_like(tracks, dtype=np.bool_)
    again[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
    result = np.empty_like(again)
    np.put_along_axis(result, order, again, axis=1)
    return result


def _refuse(fault: NDArray[np.bool_], challenge: Challenge, name: str, answer: Ranked, rule: str) -> None:
    if not fault.any():
        return
    row, column = (int(number) for number in np.argwhere(fault)[0])
    n_playlists = int(fault.any(axis=1).sum())
    raise ContractError(
        f"{name}: playlist {challenge.pids[row]}, rank {column + 1}: track {answer.tracks[row, column]} {rule}"
        + (f" (and in {n_playlists - 1} more playlists)" if n_playlists > 1 else "")
    )
