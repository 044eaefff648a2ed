"""`TitleGroups`: training playlists grouped by words of their titles, and the tracks that are typical of a group."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from harness.kit.titles import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from harness.ragged import Ids
    from harness.types import Playlists

LEAST_LOG_ODDS = float(np.log(2.0))
"""A track is over-represented in a group if the odds of a playlist to hold it are at least twice those elsewhere."""

LEAST_HOLDERS = 3
"""Playlists of the group that must hold it: fewer may do so by chance."""

_HALF = 0.5
"""Added to each of the four counts, so that no odds are 0 or infinite (Haldane 1956, Anscombe 1956)."""


@dataclass(frozen=True, eq=False)
class TitleGroups:
    """Groups of playlists whose normalised titles hold a word; a playlist can be in several.

    Attributes:
        train: the training playlists, with titles.
        titles: true titles of the challenge's playlists, also of those that do not show them, (n,).
    """

    train: Playlists
    titles: Sequence[str]
    _over_represented: dict[str, NDArray[np.bool_]] = field(default_factory=dict, init=False, repr=False)

    def members(self, word: str) -> NDArray[np.bool_]:
        """Whether the title of each playlist of the challenge holds the word, (n,)."""
        return _hold(word, self._challenge_titles)

    def n_in_train(self, word: str) -> int:
        """Number of training playlists whose title holds the word."""
        return int(np.count_nonzero(self._train_rows(word)))

    def over_represented(self, word: str) -> NDArray[np.bool_]:
        """Whether each track is over-represented in the group of a word, (n_tracks of the training catalog,).

        With a of A training playlists in the group and b of B others that hold the track, its log odds ratio is::

            log((a + .5) / (A - a + .5)) - log((b + .5) / (B - b + .5))

        Over-represented are tracks with a ratio of at least log 2 that at least 3 playlists of the group hold.
        """
        if word not in self._over_represented:
            self._over_represented[word] = self._compare(self._train_rows(word))
        return self._over_represented[word]

    @cached_property
    def by_popularity(self) -> Ids:
        """Tracks of the training catalog by the number of playlists that hold them, most first, (n_tracks,)."""
        return np.argsort(-self._n_holders, kind="stable").astype(np.int32)

    def _compare(self, in_group: NDArray[np.bool_]) -> NDArray[np.bool_]:
        inside = _n_holders(self.train.take(in_group))
        outside = self._n_holders - inside
        n_inside = int(np.count_nonzero(in_group))
        ratio = _log_odds(inside, n_inside) - _log_odds(outside, len(in_group) - n_inside)
        over: NDArray[np.bool_] = (ratio >= LEAST_LOG_ODDS) & (inside >= LEAST_HOLDERS)
        return over

    def _train_rows(self, word: str) -> NDArray[np.bool_]:
        distinct, of_playlist = self._train_titles
        return _hold(word, distinct)[of_playlist]

    @cached_property
    def _train_titles(self) -> tuple[list[str], NDArray[np.int64]]:
        """Distinct titles as words, and the one of each training playlist."""
        names = self.train.info["name"].fill_null("").to_numpy()
        distinct, of_playlist = np.unique(names.astype(np.dtypes.StringDType()), return_inverse=True)
        return _as_words(distinct.tolist()), of_playlist

    @cached_property
    def _challenge_titles(self) -> list[str]:
        return _as_words(self.titles)

    @cached_property
    def _n_holders(self) -> NDArray[np.int64]:
        return _n_holders(self.train)


def _n_holders(playlists: Playlists) -> NDArray[np.int64]:
    """Number of playlists that hold each track, (n_tracks,); a track that occurs twice in one counts once."""
    tracks = playlists.tracks
    return np.bincount(tracks.values[~tracks.is_repeat], minlength=playlists.catalog.n_tracks)


def _log_odds(n: NDArray[np.int64], total: int) -> NDArray[np.float64]:
    odds: NDArray[np.float64] = np.log((n + _HALF) / (total - n + _HALF))
    return odds


def _as_words(titles: Iterable[str]) -> list[str]:
    """Normalised titles, with a blank around each word; a hyphen separates words."""
    return [f" {' '.join(normalise(title).replace('-', ' ').split())} " for title in titles]


def _hold(word: str, titles: Sequence[str]) -> NDArray[np.bool_]:
    (wanted,) = _as_words([word])
    return np.array([wanted in title for title in titles], np.bool_)
