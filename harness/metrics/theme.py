"""Theme coherence: the share of recommended tracks that are typical of the theme in a playlist's title.

Playlists of the challenge are grouped by a word of their true title. Tracks typical of the group are those that are
over-represented in training playlists with that word: their log odds ratio is at least log 2, and at least 3 playlists
of the group hold them (`TitleGroups.over_represented`). Three columns belong together: the share of such tracks among
the first |G| recommended ones, among as many popular ones, and among the withheld ones. All are informative: a list can
keep to a theme without one hit.

A metric's word can be any word of titles, several joined by hyphens (`theme:hip-hop`). `any` stands for all `THEMES`:
the value of a playlist is then the mean over its groups. `theme:all` names `theme:any` and one metric per theme.

Source: the validation of a course project on the Million Playlist Dataset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from harness.metrics.metric import metric
from harness.ragged import NO_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.metrics.evaluation import Evaluation
    from harness.metrics.title_groups import TitleGroups
    from harness.ragged import Ids
    from harness.types import Challenge

    Values = NDArray[np.float64]

THEMES = (
    *("country", "rap", "rock", "christmas", "worship", "disney"),
    *("oldies", "workout", "party", "chill", "throwback", "summer"),
)
"""Words of the MPD's commonest titles that name a kind of music or an occasion."""

ANY = "any"

Function = TypeVar("Function", bound="Callable[..., NDArray[np.float64]]")


def _declare(name: str, title: str, needs: tuple[str, ...], worst: float | None) -> Callable[[Function], Function]:
    traits: dict[str, Any] = {"definition": "log-odds", "digits": 3, "informative": True, "aggregate": "group"}
    return metric(f"{name}:*", title=title, needs=needs, worst=worst, words=(ANY, *THEMES), **traits)


@_declare("theme", "Theme {word}", ("groups",), 0.0)
def theme(evaluation: Evaluation, word: str, *, groups: TitleGroups) -> Values:
    """Share of the first |G| recommended tracks that are over-represented in the group of the word.

    A list shorter than |G| counts as if other tracks followed. Example: |G| = 4, and 3 of the first 4 tracks are
    over-represented in training playlists with "country" in their title: `theme:country` = 3 / 4.

    Returns:
        Values in [0, 1], NaN for playlists whose title does not hold the word; (n,) float64.
    """

    def share(row: int, over: NDArray[np.bool_]) -> float:
        first = evaluation.tracks[row, evaluation.opening[row]]
        return _share(over, first[first != NO_ID], len(first))

    return _of_members(word, groups, share)


@_declare("theme_popularity", "Theme {word}, popular", ("groups", "challenge"), None)
def theme_popularity(evaluation: Evaluation, word: str, *, groups: TitleGroups, challenge: Challenge) -> Values:
    """The baseline of `theme:*`: the share among the |G| most popular training tracks that are not seeds.

    It is the same for every run. Example: |G| = 4, and one of the 4 most popular tracks is over-represented in training
    playlists with "country" in their title: `theme_popularity:country` = 1 / 4.

    Returns:
        Values in [0, 1], NaN for playlists whose title does not hold the word; (n,) float64.
    """

    def share(row: int, over: NDArray[np.bool_]) -> float:
        seeds, n_wanted = challenge.seeds.row(row), int(evaluation.opening[row].sum())
        popular = groups.by_popularity[: n_wanted + len(seeds)]
        return _share(over, popular[~np.isin(popular, seeds)][:n_wanted], n_wanted)

    return _of_members(word, groups, share)


@_declare("theme_withheld", "Theme {word}, withheld", ("groups",), None)
def theme_withheld(evaluation: Evaluation, word: str, *, groups: TitleGroups) -> Values:
    """The reference of `theme:*`: the share among the withheld tracks themselves.

    It is the same for every run; a run above it keeps more to the theme than the playlists themselves. Example: 2 of 4
    withheld tracks are over-represented in training playlists with "country" in their title: 2 / 4.

    Returns:
        Values in [0, 1], NaN for playlists whose title does not hold the word; (n,) float64.
    """

    def share(row: int, over: NDArray[np.bool_]) -> float:
        withheld = evaluation.withheld.row(row)
        return _share(over, withheld, len(withheld))

    return _of_members(word, groups, share)


def _of_members(word: str, groups: TitleGroups, share: Callable[[int, NDArray[np.bool_]], float]) -> Values:
    """Mean over a playlist's groups of `share(row, over_represented)`, NaN for a playlist of no group, (n,)."""
    sums, n_groups = np.zeros(len(groups.titles)), np.zeros(len(groups.titles))
    for name in THEMES if word == ANY else (word,):
        members = np.flatnonzero(groups.members(name))
        over = groups.over_represented(name) if len(members) else None
        for row in members.tolist():
            assert over is not None
            sums[row] += share(row, over)
            n_groups[row] += 1
    means: Values = np.divide(sums, n_groups, out=np.full(len(sums), np.nan), where=n_groups > 0)
    return means


def _share(over: NDArray[np.bool_], tracks: Ids, n: int) -> float:
    """Tracks that are over-represented, as a share of n; a track that the training catalog lacks is not."""
    known = tracks[tracks < len(over)]
    return float(np.count_nonzero(over[known])) / max(n, 1)
