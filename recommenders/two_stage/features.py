"""Features of candidates for the second stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import harness
from recommenders.two_stage.near_artists import near_artists
from recommenders.two_stage.shared_playlists import ORDER, TOGETHER, Entries, count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from harness import Challenge, Playlists, Ragged
    from harness.kit import Candidates

    Floats = NDArray[np.float32]
    Ids = NDArray[np.int32]

STATE = "features.npz"

GROUPS = ("members", "popularity", "playlist", "artist and album", "duration", "co-occurrence", "order", "asked again")
"""Groups of features that can be excluded; score and rank of the first stage are always included."""


class Features:
    """Features of candidates, computed from one training set."""

    def fit(self, train: Playlists) -> None:
        """Index the training set and count tracks, artists and albums."""
        self.tracks, catalog = train.tracks, train.catalog
        self._derive(catalog.artist_of, catalog.album_of)

    def save(self, folder: Path) -> None:
        """Save the entries, and artist and album of each track."""
        np.savez(
            folder / STATE,
            allow_pickle=False,
            artist_of=self.artist_of,
            album_of=self.album_of,
            indptr=self.tracks.indptr,
            values=self.tracks.values,
        )

    def load(self, folder: Path) -> None:
        """Load them."""
        with np.load(folder / STATE) as arrays:
            self.tracks = harness.Ragged(arrays["indptr"], arrays["values"])
            self._derive(arrays["artist_of"], arrays["album_of"])

    def of(
        self,
        challenge: Challenge,
        candidates: Candidates,
        members: Sequence[str],
        again: Mapping[str, Floats],
        *,
        without: Sequence[str] = (),
        threads: int = 0,
    ) -> dict[str, Floats]:
        """Feature -> value for each candidate, (n, c) float32; NaN where it is undefined.

        Args:
            challenge: n playlists.
            candidates: candidates of the playlists, (n, c).
            members: aliases of the first stage's members.
            again: further scores by name, (n, c) each.
            without: groups that are excluded.
            threads: see `harness.kit.n_threads`.
        """
        tracks = candidates.ranked.tracks
        found = {"blend": candidates.ranked.scores, "blend_rank": _ranks(candidates.ranked.scores)}
        if "members" not in without:
            for number, member in enumerate(members):
                part = candidates.parts[:, :, number]
                found |= {f"{member}": part, f"{member}_rank": _ranks(part)}
            found["listed_by"] = np.isfinite(candidates.parts).sum(axis=2).astype(np.float32)
        if "popularity" not in without:
            found |= self._popularity(tracks)
        of_playlist = self._playlist(challenge) if "playlist" not in without else {}
        of_playlist |= self._order(challenge) if "order" not in without else {}
        found |= {
            name: np.repeat(values.astype(np.float32)[:, None], tracks.shape[1], axis=1)
            for name, values in of_playlist.items()
        }
        if "artist and album" not in without:
            found |= self._kinship(challenge, tracks)
            found |= self._near_artists(challenge, tracks, threads)
        if "order" not in without:
            found |= _kinship_of_last(challenge, tracks)
        if "duration" not in without:
            found |= _durations(challenge, tracks)
        if not {"co-occurrence", "order"} <= set(without):
            seeds, _ = self.index.known(challenge.seeds)
            entries = None if "order" in without else self.entries
            counted = count(self.index, entries, seeds, tracks, threads)
            for at, name in enumerate((*TOGETHER, *ORDER)):
                if ("co-occurrence" if name in TOGETHER else "order") not in without:
                    found[name] = counted[:, :, at]
        return found | (dict(again) if "asked again" not in without else {})

    def _derive(self, artist_of: Ids, album_of: Ids) -> None:
        self.artist_of, self.album_of = artist_of, album_of
        n_tracks = len(artist_of)
        self.index = harness.kit.PlaylistIndex.of(self.tracks, n_tracks)
        self.entries = Entries.of(self.tracks, n_tracks)
        self.counts = np.diff(self.entries.starts)
        self.artist_counts, self.album_counts = (_summed(of, self.counts) for of in (artist_of, album_of))
        self.album_sizes = _summed(album_of, (self.counts > 0).astype(np.int64))
        known = artist_of[self.tracks.values] >= 0
        of_artists = self.tracks.keep(known)
        artists = harness.Ragged(of_artists.indptr, artist_of[of_artists.values])
        self.artist_index = harness.kit.PlaylistIndex.of(artists, int(artist_of.max(initial=-1)) + 1)

    def _popularity(self, tracks: Ids) -> dict[str, Floats]:
        n, artist, album = (
            each[tracks].astype(np.float32)
            for each in (self.counts, self.artist_counts[self.artist_of], self.album_counts[self.album_of])
        )
        return {
            "track_popularity": np.log1p(n),
            "artist_popularity": np.log1p(artist),
            "album_popularity": np.log1p(album),
            "share_of_artist": n / np.maximum(artist, 1),
        }

    def _playlist(self, challenge: Challenge) -> dict[str, NDArray[np.float64]]:
        """Features of playlists, the same for all their candidates, (n,) each."""
        known = challenge.seeds.keep(challenge.seeds.values < len(self.counts))
        popularity = np.log1p(self.counts[known.values])
        duration = challenge.catalog.duration_ms[known.values] / 60_000
        mean = _mean(known, popularity)
        return {
            "n_seeds": challenge.seeds.lengths,
            "n_withheld": challenge.info["num_holdouts"].to_numpy(),
            "category": challenge.categories,
            "in_random_order": harness.kit.in_random_order(challenge),
            "titled": np.array([bool(name) for name in challenge.names], np.bool_),
            "seed_popularity": mean,
            "seed_popularity_spread": np.sqrt(np.maximum(_mean(known, popularity**2) - mean**2, 0)),
            "seed_minutes": _mean(known, duration),
            "n_artists": _distinct(known, self.artist_of),
            "n_albums": _distinct(known, self.album_of),
        }

    def _order(self, challenge: Challenge) -> dict[str, NDArray[np.float64]]:
        """Excess of adjacent seeds with one artist or album over a random order, in standard deviations, (n,)."""
        catalog = challenge.catalog
        return {
            "order_by_artist": _runs(challenge.seeds, catalog.artist_of),
            "order_by_album": _runs(challenge.seeds, catalog.album_of),
        }

    def _kinship(self, challenge: Challenge, tracks: Ids) -> dict[str, Floats]:
        """Number and share of seeds with the candidate's artist or album; completeness of that album."""
        catalog = challenge.catalog
        n_seeds = np.maximum(challenge.seeds.lengths, 1)[:, None]
        found: dict[str, Floats] = {}
        for name, of in (("artist", catalog.artist_of), ("album", catalog.album_of)):
            same = _same(challenge.seeds, of, tracks)
            found |= {f"seeds_of_{name}": same, f"share_of_{name}_in_seeds": (same / n_seeds).astype(np.float32)}
        sizes = np.maximum(self.album_sizes[self.album_of[tracks]], 1)
        found["album_complete"] = (found["seeds_of_album"] / sizes).astype(np.float32)
        return found

    def _near_artists(self, challenge: Challenge, tracks: Ids, threads: int) -> dict[str, Floats]:
        """Cosines of the candidate's artist with the artists of the seeds, over playlists, (n, c) each.

        They detect related artists where the tracks are too rare to share playlists.
        """
        n_artists = self.artist_index.n_tracks
        known = challenge.seeds.keep(challenge.seeds.values < len(self.artist_of))
        known = known.keep(self.artist_of[known.values] >= 0)
        seeds, _ = self.artist_index.known(harness.Ragged(known.indptr, self.artist_of[known.values]))
        artists = np.where(tracks >= 0, self.artist_of[tracks], n_artists)
        return near_artists(self.artist_index, seeds, np.where(artists < 0, n_artists, artists), threads)


def _kinship_of_last(challenge: Challenge, tracks: Ids) -> dict[str, Floats]:
    """Whether the last seed has the candidate's artist or album, (n, c) each."""
    found: dict[str, Floats] = {}
    for name, of in (("artist", challenge.catalog.artist_of), ("album", challenge.catalog.album_of)):
        last = np.full(len(challenge), -1, np.int32)
        seeded = challenge.seeds.lengths > 0
        last[seeded] = of[challenge.seeds.values[challenge.seeds.indptr[1:][seeded] - 1]]
        found[f"last_seed_of_{name}"] = ((of[tracks] == last[:, None]) & (last >= 0)[:, None]).astype(np.float32)
    return found


def _runs(seeds: Ragged, of: Ids) -> NDArray[np.float64]:
    """Excess of adjacent tracks with one owner over a random order, in standard deviations, (n,)."""
    known = seeds.keep(of[seeds.values] >= 0)
    owners, rows = of[known.values], known.row_ids
    neighbours = np.flatnonzero(rows[1:] == rows[:-1])
    same = np.bincount(rows[neighbours], owners[neighbours] == owners[neighbours + 1], len(known))
    keys, counts = np.unique((rows.astype(np.int64) << 32) | owners, return_counts=True)
    by_chance = np.bincount(keys >> 32, counts * (counts - 1.0), len(known)) / np.maximum(known.lengths, 1)
    surplus: NDArray[np.float64] = (same - by_chance) / np.sqrt(np.maximum(by_chance, 0.5))
    return surplus


def _durations(challenge: Challenge, tracks: Ids) -> dict[str, Floats]:
    minutes = (challenge.catalog.duration_ms[tracks] / 60_000).astype(np.float32)
    mean = _mean(challenge.seeds, challenge.catalog.duration_ms[challenge.seeds.values] / 60_000)
    return {"minutes": minutes, "minutes_apart": np.abs(minutes - mean[:, None]).astype(np.float32)}


def _ranks(scores: Floats) -> Floats:
    """Rank of each candidate by these scores, from 1, NaN without a score, (n, c)."""
    order = np.argsort(np.where(np.isnan(scores), np.inf, -scores), axis=1, kind="stable")
    ranks = np.empty(scores.shape, np.float32)
    np.put_along_axis(ranks, order, np.arange(1, scores.shape[1] + 1, dtype=np.float32)[None, :], axis=1)
    return np.where(np.isnan(scores), np.nan, ranks).astype(np.float32)


def _summed(of: Ids, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums of track counts by artist or album; the last value is 0, for unknown ones with id -1."""
    known = of >= 0
    n_rows = int(of.max(initial=-1)) + 2
    return np.bincount(of[known], counts[known], minlength=n_rows).astype(np.int64)


def _mean(rows: Ragged, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of the values of each row, NaN for an empty one, (n,)."""
    sums = np.bincount(rows.row_ids, values, minlength=len(rows))
    means: NDArray[np.float64] = np.divide(sums, rows.lengths, out=np.full(len(rows), np.nan), where=rows.lengths > 0)
    return means


def _distinct(rows: Ragged, of: Ids) -> NDArray[np.int64]:
    keys = np.unique((rows.row_ids.astype(np.int64) << 32) | (of[rows.values].astype(np.int64) + 1))
    return np.bincount(keys >> 32, minlength=len(rows))


def _same(seeds: Ragged, of: Ids, tracks: Ids) -> Floats:
    """Number of seeds with the candidate's artist or album, (n, c); 0 where it is unknown."""
    owner = of[seeds.values]
    keys, counts = np.unique((seeds.row_ids.astype(np.int64) << 32)[owner >= 0] | owner[owner >= 0], return_counts=True)
    candidate_keys = (np.arange(len(tracks), dtype=np.int64)[:, None] << 32) | np.maximum(of[tracks], 0)
    keys, counts = np.append(-1, keys), np.append(0, counts)
    at = np.minimum(np.searchsorted(keys, candidate_keys), len(keys) - 1)
    return np.where((keys[at] == candidate_keys) & (of[tracks] >= 0), counts[at], 0).astype(np.float32)
