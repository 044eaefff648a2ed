"""Playlist-based nearest neighbours: tracks of the most similar playlists."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import numpy as np

import harness
from recommenders._bounds import NonNegative, Positive
from recommenders._metadata import index_with_metadata, known_seeds

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from harness import Challenge, Playlists, Ragged, Ranked
    from harness.kit import NearestPlaylists

PUBLISHED: dict[str, dict[int, tuple[float, float, float]]] = {
    "first": {5: (8_000, 0.352, 0), 10: (12_000, 0.38, 0), 25: (40_000, 0.434, 0), 100: (40_000, 0.44, 0.5)},
    "random": {5: (8_000, 0.352, 0), 10: (12_000, 0.38, 0), 25: (9_000, 0.4, 0), 100: (4_000, 0.39, 0)},
}
"""Order of the seeds -> number of seeds -> neighbours, damping, rise, as tuned on the whole MPD.

Nothing was published for fewer than 25 random seeds: 5 and 10 have the values for first seeds.
"""

ONE_SEED_NEIGHBOURS = 1_500
"""Neighbours of a playlist with one seed, as published."""

PUBLISHED_PLAYLISTS = 1_000_000
"""Size of the training set for which the values were published."""

EARLY = 30
"""Positions before this one have equal weights where weights rise, as published."""

TITLES, TITLED = "titles.json", "titled.npz"


@harness.recommender("playlist-knn")
class PlaylistKnn:
    """Recommend the tracks of the most similar playlists, with settings by number and order of the seeds.

    With S the known seeds, p(i) the number of entries of track i, c(q, i) the number of entries of i in playlist q,
    and |q| the number of distinct tracks of q, for two seeds or more::

        weight(i)     = (1 + rise * max(position of i, 30)) / sqrt(|S|) / ((p(i) - 1)^damping + 1)
        similarity(q) = sum over i in S and q of weight(i) / sqrt(|q|)
        score(t)      = sum over the nearest q that have t of ((similarity(q) - smallest) / largest)^amplification

    smallest and largest are the similarities of the nearest playlists; smallest is 0 where fewer than `neighbours`
    playlists have a seed. neighbours, damping and rise depend on the number of seeds: they are interpolated over its
    logarithm between the published values for 5, 10, 25 and 100 seeds. rise is above 0 only for more than 25 first
    seeds. Seeds of categories 8 and 10 are random, all others are the first tracks of their playlist.

    For one seed s, entries are counted and the title is used; without seeds, the title only::

        similarity(q) = c(q, s) / sqrt(sum over i of c(q, i)^2)
        score(t)      = (1 - title) * sum over the nearest q of similarity(q) * c(q, t)
                        + title * sqrt(sum over q with the same normalised title of c(q, t))

    A playlist without a known seed and without a known title gets an empty list.

    With `metadata`, each artist and each album is one more playlist, of its 250 most frequent tracks in the training
    set, and a seed without a training playlist is replaced by its artist. This is not part of the published system.

    Cost: fit is one sort of the entries, 14 bytes per entry. Recommend reads, for each playlist, the playlists of its
    seeds and the entries of the nearest ones: O(seeds * n_playlists * density + neighbours * mean length) time and
    O(n_playlists + n_tracks) memory per thread. Time grows with n_playlists and hardly with n_tracks.

    Source: Kelen, Berecz, Béres and Benczúr 2018, "Efficient K-NN for Playlist Continuation" (RecSys
    Challenge), with the settings of its published code.
    """

    neighbours: Positive | None = None
    """Number of nearest playlists; as published for the number and order of the seeds if none."""
    scaling: Annotated[float, harness.Bounds(ge=0, le=10)] = 0.5
    """The published numbers of neighbours are multiplied by (n_playlists / 1,000,000)^scaling."""
    damping: Annotated[float, harness.Bounds(ge=0, le=10)] | None = None
    """Exponent that reduces the weight of frequent seeds; as published if none."""
    amplification: Annotated[float, harness.Bounds(gt=0, le=100)] = 2.0
    """Exponent of the similarity; with a high value only the nearest playlists count (two seeds or more)."""
    title: Annotated[float, harness.Bounds(ge=0, le=1)] = 0.067
    """Weight of the playlists with the same title, for playlists with one seed; 0 to 1."""
    metadata: bool = True
    """Artists and albums count as further playlists, and an unknown seed is replaced by its artist."""
    threads: NonNegative = 0
    """Number of threads, 0 for one per core; the lists do not depend on it."""

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Index the entries by playlist and by track, and the playlists by title."""
        del challenge
        self.index_ = index_with_metadata(train, metadata=self.metadata)
        self.n_playlists_ = len(train)
        self._index_titles(train.info["name"].to_list())
        self._derive()

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k highest-scoring tracks that are not seeds."""
        return harness.kit.neighbour_top_k(self.index_, self._query(challenge), k, threads=self.threads)

    def score(self, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """Scores of the candidates, (total,); 0 for a track that is in no nearest playlist."""
        return harness.kit.neighbour_scores(self.index_, self._query(challenge), candidates, threads=self.threads)

    def save(self, folder: Path) -> None:
        """Save the index and the titles."""
        self.index_.save(folder)
        (folder / TITLES).write_text(json.dumps(self.titles_), encoding="utf-8")
        np.savez(
            folder / TITLED,
            allow_pickle=False,
            indptr=self.titled_.indptr,
            values=self.titled_.values,
            n_playlists=self.n_playlists_,
        )

    def load(self, folder: Path) -> None:
        """Load them."""
        self.index_ = harness.kit.PlaylistIndex.load(folder)
        self.titles_ = json.loads((folder / TITLES).read_text(encoding="utf-8"))
        with np.load(folder / TITLED) as arrays:
            self.titled_ = harness.Ragged(arrays["indptr"], arrays["values"])
            self.n_playlists_ = int(arrays["n_playlists"])
        self._derive()

    def _index_titles(self, names: list[str | None]) -> None:
        """Set the distinct titles, sorted, and the playlists with each title."""
        key_of = {name: harness.kit.title_key(name) for name in set(names)}
        self.titles_ = sorted(set(key_of.values()) - {""})
        row_of = {title: row for row, title in enumerate(self.titles_)}
        titles = np.array([row_of.get(key_of[name], -1) for name in names], np.int64)
        order = np.argsort(titles, kind="stable")
        n_untitled = int((titles < 0).sum())
        lengths = np.bincount(titles[titles >= 0], minlength=len(self.titles_))
        self.titled_ = harness.Ragged.from_lengths(lengths, order[n_untitled:])

    def _derive(self) -> None:
        self.row_of_title_ = {title: row for row, title in enumerate(self.titles_)}
        self.scale_ = 1 / np.sqrt(np.maximum(self.index_.lengths, 1))
        self.counted_scale_ = 1 / np.sqrt(np.maximum(self.index_.squared_counts, 1))
        self.n_entries_ = self.index_.n_entries

    def _query(self, challenge: Challenge) -> NearestPlaylists:
        seeds, positions = known_seeds(self.index_, challenge)
        n_seeds, rows = seeds.lengths, seeds.row_ids
        neighbours, damping, rise = self._settings(n_seeds, harness.kit.in_random_order(challenge))
        weights = 1 + rise[rows] * np.maximum(positions, EARLY)
        weights /= np.sqrt(n_seeds[rows]) * ((self.n_entries_[seeds.values] - 1.0) ** damping[rows] + 1)
        alone = n_seeds == 1
        weights[alone[rows]] = 1
        titles = [self.row_of_title_.get(harness.kit.title_key(name), -1) for name in challenge.names]
        return harness.kit.NearestPlaylists(
            indptr=seeds.indptr,
            seeds=seeds.values,
            weights=weights,
            counted=alone,
            scale=self.scale_,
            counted_scale=self.counted_scale_,
            nearest=neighbours,
            amplification=float(self.amplification),
            share=1 - np.select([n_seeds == 0, alone], [1.0, self.title], 0.0),
            title_of=np.array(titles, np.int64),
            title_indptr=self.titled_.indptr,
            titled=self.titled_.values,
        )

    def _settings(
        self, n_seeds: NDArray[np.int64], in_random_order: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Number of neighbours, damping and rise of each row, (n,) each."""
        log_n_seeds = np.log(np.maximum(n_seeds, 1))
        orders = []
        for published in PUBLISHED.values():
            known = np.array(list(published.values())).T
            known[0] = np.log(known[0])
            orders.append([np.interp(log_n_seeds, np.log(list(published)), values) for values in known])
        log_neighbours, damping, rise = np.where(in_random_order, orders[1], orders[0])
        neighbours = np.where(n_seeds == 1, ONE_SEED_NEIGHBOURS, np.exp(log_neighbours))
        neighbours *= (self.n_playlists_ / PUBLISHED_PLAYLISTS) ** self.scaling
        if self.neighbours is not None:
            neighbours[:] = self.neighbours
        if self.damping is not None:
            damping[:] = self.damping
        return np.maximum(neighbours.round(), 1).astype(np.int64), damping, rise
