"""Artists whose names are part of a playlist title, and how much of such playlists is theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import harness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Catalog

SHORTEST = 4
"""A name with fewer characters counts only as a whole title, not as a part of one."""

PRIOR = 1.0
"""Training playlists of the mean share that are added to those that name an artist."""

UNKNOWN = 0.5
"""Mean share if no training title names an artist."""


class NamedArtists:
    """Artists by normalised name; artists with the same normalised name are one.

    Attributes:
        names: normalised names.
        shares: mean share of the artist in the training playlists whose title names it, smoothed, (n_names,).
    """

    def __init__(self, names: list[str], shares: NDArray[np.float32]) -> None:
        """Index the names."""
        self.names, self.shares = names, shares
        self._row_of = {name: row for row, name in enumerate(names)}
        self._longest = max((name.count(" ") + 1 for name in names), default=0)

    @classmethod
    def of(
        cls, catalog: Catalog, titles: Sequence[str], title_tracks: csr_array, weights: NDArray[np.float32]
    ) -> tuple[NamedArtists, csr_array]:
        """Learn the names and the shares.

        Args:
            catalog: of the training set.
            titles: distinct normalised titles of the training set.
            title_tracks: (n_titles, n_tracks), playlists with the title that have the track.
            weights: playlists with each title, (n_titles,).

        Returns:
            The names, and their tracks, (n_names, n_tracks): playlists with the track divided by those of the artist's
            most frequent track.
        """
        from scipy.sparse import csr_array

        keys = [harness.kit.title_key(name) for name in catalog.artists["name"].to_list()]
        names = sorted(set(keys) - {""})
        row_of = {name: row for row, name in enumerate(names)}
        name_of_artist = np.array([row_of.get(key, -1) for key in keys] + [-1], np.int64)  # an unknown artist is -1
        name_of = name_of_artist[catalog.artist_of[: catalog.n_tracks]]
        counts = np.asarray(title_tracks.sum(axis=0)).ravel()
        tracks = np.flatnonzero((name_of >= 0) & (counts > 0))
        most = np.zeros(len(names))
        np.maximum.at(most, name_of[tracks], counts[tracks])
        values = (counts[tracks] / most[name_of[tracks]]).astype(np.float32)
        artist_tracks = csr_array((values, (name_of[tracks], tracks)), shape=(len(names), catalog.n_tracks))
        named = cls(names, np.zeros(len(names), np.float32))
        named._learn_shares(titles, title_tracks, weights, name_of)
        return named, artist_tracks

    def rows(self, title: str) -> list[int]:
        """Rows of the names in a normalised title: sequences of whole words, none within a longer name."""
        words = title.split(" ")
        taken: set[int] = set()
        rows = []
        for length in range(min(len(words), self._longest), 0, -1):
            for first in range(len(words) - length + 1):
                place = range(first, first + length)
                row = self._row_of.get(" ".join(words[first : first + length]))
                long_enough = row is not None and (length == len(words) or len(self.names[row]) >= SHORTEST)
                if row is not None and long_enough and taken.isdisjoint(place):
                    taken.update(place)
                    rows.append(row)
        return rows

    def weights(self, titles: Sequence[str]) -> csr_array:
        """Share of each named artist, (len(titles), n_names)."""
        from scipy.sparse import csr_array

        pairs = [(number, row) for number, title in enumerate(titles) for row in dict.fromkeys(self.rows(title))]
        places, rows = np.array(pairs, np.int64).reshape(-1, 2).T
        return csr_array((self.shares[rows], (places, rows)), shape=(len(titles), len(self.names)))

    def _learn_shares(
        self, titles: Sequence[str], title_tracks: csr_array, weights: NDArray[np.float32], name_of: NDArray[np.int64]
    ) -> None:
        sums, totals = np.zeros(len(self.names)), np.zeros(len(self.names))
        for number, title in enumerate(titles):
            for row in self.rows(title):
                entries = slice(*title_tracks.indptr[number : number + 2])
                of_artist = name_of[title_tracks.indices[entries]] == row
                counts = title_tracks.data[entries]
                sums[row] += weights[number] * counts[of_artist].sum() / max(counts.sum(), 1)
                totals[row] += weights[number]
        mean = (sums.sum() + UNKNOWN * PRIOR) / (totals.sum() + PRIOR)
        self.shares = ((sums + PRIOR * mean) / (totals + PRIOR)).astype(np.float32)
