"""Continuation of a single playlist by a recommender that is fitted on a whole corpus."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from harness import plugin_parameters, registry
from harness.data.layout import audio_fingerprint
from harness.identities import ChallengeFile
from harness.kit.randomness import generator
from harness.plugin_errors import plugin_errors
from harness.ragged import NO_ID, Ragged
from harness.rules import OTHER_CATEGORY
from harness.run.contract import check
from harness.run.key import list_closure, run_key, versions
from harness.run.lists import Fallbacks
from harness.run.models import fit, load_or_fit
from harness.task.tasks import Task, visible_to
from harness.types import Challenge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from harness.data.store import StoredCorpus
    from harness.ragged import Ids
    from harness.types import Playlists, Ranked

N_HOLDOUTS = 20
"""Nominal number of withheld tracks (`num_holdouts`) of such a playlist."""


OWN_PLAYLIST = ChallengeFile(file="a playlist of your own", fingerprint="")
"""Identity of the challenge that consists of this one playlist."""


@dataclass(frozen=True, slots=True, eq=False)
class Continued:
    """Continuation of a playlist.

    Attributes:
        tracks: at most k, best first.
        scores: score of each track, NaN for tracks of the fallback.
    """

    tracks: Ids
    scores: NDArray[np.float32]

    @property
    def n_filled(self) -> int:
        """Number of tracks of the fallback."""
        return int(np.count_nonzero(np.isnan(self.scores)))

    @property
    def n_ranked(self) -> int:
        """Number of tracks of the recommender itself."""
        return len(self.tracks) - self.n_filled


class Companion:
    """A recommender fitted on a whole corpus that continues one playlist at a time.

    The fitted model is stored next to the corpora, under a key of everything that it depends on, and loaded the next
    time. A model that depends on the playlist itself (`uses_challenge`) is not stored.

    Attributes:
        name: the recommender's registered name.
        seconds: time to fit or to load the model.
        was_kept: whether the model was loaded.
    """

    def __init__(
        self,
        corpus: StoredCorpus,
        name: str,
        params: Mapping[str, Any],
        title: str | None,
        seeds: Sequence[int],
        *,
        seed: int = 0,
    ) -> None:
        """Fit the recommender, or load its stored model.

        Args:
            corpus: training corpus.
            name: a registered recommender, or `path/to/file.py:Class`.
            params: hyper-parameters; the others keep their defaults.
            title: title of the first playlist to continue; None if it has none.
            seeds: tracks of that playlist.
            seed: value for a recommender that has a hyper-parameter `seed`.

        Raises:
            HarnessError: the recommender or its parameters are at fault, or the corpus lacks data that it needs.
        """
        self._recommender = registry.create(name, params, seed)
        self.name = registry.traits(self._recommender).name
        playlists = corpus.playlists()
        task = Task(playlists, playlist_as_challenge(playlists, title, seeds), None, corpus.identity, OWN_PLAYLIST)
        self._task = visible_to(self._recommender, task)
        start = time.perf_counter()
        self.was_kept = self._fit_or_load()
        self.seconds = time.perf_counter() - start

    def continued(self, title: str | None, seeds: Sequence[int], k: int) -> Continued:
        """Recommend at most k tracks for a playlist; a short list is filled by title, then by popularity.

        Raises:
            ContractError: the recommender's lists break the contract.
            PluginError: it raised an exception.
        """
        ranked = self._ranked(title, seeds, k)
        n_ranked = int(ranked.lengths[0])
        tracks, scores = ranked.tracks[0, :n_ranked], ranked.scores[0, :n_ranked]
        if n_ranked < k:
            challenge = playlist_as_challenge(self._task.train, title, seeds)
            fallbacks = Fallbacks(Task(self._task.train, challenge, None, self._task.corpus, OWN_PLAYLIST))
            filled = fallbacks.complete(ranked.tracks)[0]
            tracks = filled[filled != NO_ID][:k]
            scores = np.concatenate([scores, np.full(len(tracks) - n_ranked, np.nan, np.float32)])
        return Continued(tracks, scores)

    def radio(
        self,
        start: int,
        n_tracks: int,
        neighbours: int,
        seed: int = 0,
        *,
        playable: NDArray[np.bool_] | None = None,
    ) -> list[int]:
        """Random walk from track to track without repetition.

        Each next track is drawn at random from the `neighbours` best tracks for a playlist of the current track alone,
        without tracks already played. The walk ends early if the recommender has no tracks for the current one.

        Args:
            start: the first track; the result does not include it.
            n_tracks: maximum number of tracks that follow it.
            neighbours: at least 1; 1 always takes the nearest track.
            seed: seed of the draws; equal seeds give equal walks.
            playable: whether a track may be played, (n_tracks,); None for all. The first track may be unplayable.
        """
        played = [start]
        rng = generator(seed, "radio")
        while len(played) <= n_tracks:
            nearest = self._nearest(played, neighbours, playable)
            if not len(nearest):
                break
            played.append(int(nearest[rng.integers(len(nearest))]))
        return played[1:]

    def _nearest(self, played: Sequence[int], n: int, playable: NDArray[np.bool_] | None) -> Ids:
        """The n playable tracks nearest to the last played track that were not played; fewer if there are no more."""
        k = n + len(played)
        while True:
            ranked = self._ranked(None, played[-1:], k).tracks[0]
            nearest: Ids = ranked[(ranked != NO_ID) & ~np.isin(ranked, played)]
            nearest = nearest if playable is None else nearest[playable[nearest]]
            if len(nearest) >= n or ranked[-1] == NO_ID or k >= self._task.train.catalog.n_tracks:
                return nearest[:n]
            k *= 4

    def _ranked(self, title: str | None, seeds: Sequence[int], k: int) -> Ranked:
        challenge = playlist_as_challenge(self._task.train, title, seeds)
        with plugin_errors(f"recommender {self.name!r}", registry.sources_of_all(self._recommender)):
            ranked = self._recommender.recommend(challenge, k)
        return check(ranked, challenge, self._task.train.catalog.n_tracks, k, self.name)

    def _fit_or_load(self) -> bool:
        """Fit or load the model; a model that depends on the playlist is fitted each time and not stored."""
        if registry.uses_challenge(self._recommender):
            fit(self._recommender, self._task)
            return False
        return load_or_fit(self._recommender, self._task, f"{self.name}-{self._key()}")

    def _key(self) -> str:
        """Key of everything that the fitted model depends on."""
        task, recommender = self._task, self._recommender
        closure = list_closure(recommender)
        content: dict[str, Any] = {
            "params": plugin_parameters.values(recommender),
            "source_hash": closure.source_hash,
            "versions": versions(closure),
            "data": task.corpus.fingerprint,
        }
        if registry.uses_audio(recommender):
            content["audio"] = audio_fingerprint(task.train.catalog)
        return run_key(content)


def playlist_as_challenge(playlists: Playlists, title: str | None, seeds: Sequence[int]) -> Challenge:
    """Make a challenge of one incomplete playlist that is not in the corpus.

    Args:
        playlists: the corpus.
        title: title of the playlist; None if it has none.
        seeds: its tracks in order, as catalog rows.
    """
    pids = playlists.info["pid"].to_numpy()
    info = pl.DataFrame(
        {
            "pid": [int(pids.max(initial=-1)) + 1],
            "name": [title],
            "num_holdouts": [N_HOLDOUTS],
            "category": [OTHER_CATEGORY],
        },
        schema={"pid": pl.Int64, "name": pl.String, "num_holdouts": pl.Int64, "category": pl.Int64},
    )
    return Challenge(info, Ragged.from_rows([list(seeds)]), playlists.catalog)
