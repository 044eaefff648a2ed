"""One playlist of a person's own, continued by a recommender that is fitted on a whole corpus."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from harness import registry
from harness.atomic import new_folder, sweep
from harness.data.store import audio_fingerprint
from harness.home import data_home, is_read_only, only_one
from harness.identities import ChallengeFile
from harness.progress import step
from harness.randomness import generator
from harness.rules import OTHER_CATEGORY
from harness.run.contract import check
from harness.run.key import list_closure, run_key, versions
from harness.run.lists import Fallbacks
from harness.run.pipeline import uses_audio
from harness.sealed import is_intact, seal
from harness.task.tasks import Task, without_audio
from harness.types import NO_ID, Challenge, Ragged, can_be_kept

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from harness.data.store import StoredCorpus
    from harness.types import Ids, Playlists, Ranked

WANTED = 20
"""Tracks that a person wants, as far as a recommender is told."""


OWN_PLAYLIST = ChallengeFile(file="a playlist of your own", fingerprint="")
"""Stands where a challenge has its identity."""


@dataclass(frozen=True, slots=True, eq=False)
class Continued:
    """How a playlist goes on.

    Attributes:
        tracks: at most k, best first.
        scores: of each, NaN where the fallback gave the track.
    """

    tracks: Ids
    scores: NDArray[np.float32]

    @property
    def n_filled(self) -> int:
        """Tracks that the fallback gave."""
        return int(np.count_nonzero(np.isnan(self.scores)))


class Companion:
    """A recommender that knows a whole corpus, and is asked one playlist at a time.

    What was learnt is kept beside the corpora, under a key of all that it depends on, and read the next time; not so
    where it depends on the playlist asked (`uses_challenge`), since the next one is another.

    Attributes:
        name: the recommender's registered name.
        seconds: what it took to fit or to read.
        was_kept: whether it was there already.
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
        """Fit the recommender, or read what it learnt before.

        Args:
            corpus: what it learns from, all of it.
            name: a registered recommender, or `path/to/file.py:Class`.
            params: its hyper-parameters, the others keep their defaults.
            title: of the playlist that it will be asked first; None where it has none.
            seeds: that playlist's tracks.
            seed: given to a recommender that has a hyper-parameter `seed`.

        Raises:
            HarnessError: the recommender or its parameters are at fault, or the corpus does not suffice for it.
        """
        self._recommender = registry.create(name, params, seed)
        self.name = registry.registered_name(type(self._recommender))
        playlists = corpus.playlists()
        task = Task(playlists, playlist_as_challenge(playlists, title, seeds), None, corpus.identity, OWN_PLAYLIST)
        self._task = task if uses_audio(self._recommender) else without_audio(task)
        began = time.perf_counter()
        self.was_kept = self._fit_or_load()
        self.seconds = time.perf_counter() - began

    def continued(self, title: str | None, seeds: Sequence[int], k: int) -> Continued:
        """At most k tracks for a playlist; a short list is filled by its title, then by popularity.

        Raises:
            ContractError: the recommender's answer breaks its contract.
        """
        ranked = self._ranked(title, seeds, k)
        own = int(ranked.lengths[0])
        tracks, scores = ranked.tracks[0, :own], ranked.scores[0, :own]
        if own < k:
            asked = playlist_as_challenge(self._task.train, title, seeds)
            fallbacks = Fallbacks(Task(self._task.train, asked, None, self._task.corpus, OWN_PLAYLIST))
            filled = fallbacks.complete(ranked.tracks)[0]
            tracks = filled[filled != NO_ID][:k]
            scores = np.concatenate([scores, np.full(len(tracks) - own, np.nan, np.float32)])
        return Continued(tracks, scores)

    def radio(self, start: int, n_tracks: int, neighbours: int, seed: int = 0) -> list[int]:
        """A walk from track to track, none played twice.

        Each next track is drawn at random from the `neighbours` best for a playlist of the current track alone, those
        played already left out. The walk ends early where the recommender knows nothing of the current track.

        Args:
            start: the first track, which is not among the answer.
            n_tracks: how many follow it, at most.
            neighbours: at least 1; 1 always takes the nearest.
            seed: another seed walks elsewhere.
        """
        played = [start]
        rng = generator(seed, "radio")
        while len(played) <= n_tracks:
            near = self._ranked(None, played[-1:], neighbours + len(played)).tracks[0]
            fresh = near[(near != NO_ID) & ~np.isin(near, played)][:neighbours]
            if not len(fresh):
                break
            played.append(int(fresh[rng.integers(len(fresh))]))
        return played[1:]

    def _ranked(self, title: str | None, seeds: Sequence[int], k: int) -> Ranked:
        challenge = playlist_as_challenge(self._task.train, title, seeds)
        answer = self._recommender.recommend(challenge, k)
        return check(answer, challenge, self._task.train.catalog.n_tracks, k, self.name)

    def _fit_or_load(self) -> bool:
        recommender = self._recommender
        if getattr(recommender, "uses_challenge", False) or not can_be_kept(recommender):
            self._fit()
            return False
        folder = data_home() / "models" / f"{self.name}-{self._key()}"
        with only_one(folder):
            sweep(folder)
            if is_intact(folder):
                with step(f"read {self.name}"):
                    recommender.load(folder)
                return True
            self._fit()
            try:
                with new_folder(folder) as partial:
                    recommender.save(partial)
                    seal(partial)
            except OSError as error:
                if not is_read_only(error):
                    raise
        return False

    def _fit(self) -> None:
        with step(f"fit {self.name}"):
            self._recommender.fit(self._task.train, self._task.challenge)

    def _key(self) -> str:
        """Of all that what is learnt depends on."""
        task, recommender = self._task, self._recommender
        closure = list_closure(recommender)
        content: dict[str, Any] = {
            "params": registry.values(recommender),
            "source_hash": closure.source_hash,
            "versions": versions(closure),
            "data": task.corpus.fingerprint,
        }
        if uses_audio(recommender):
            content["audio"] = audio_fingerprint(task.train.catalog)
        return run_key(content)


def playlist_as_challenge(playlists: Playlists, title: str | None, seeds: Sequence[int]) -> Challenge:
    """A challenge of one incomplete playlist, which is none of the corpus.

    Args:
        playlists: the corpus.
        title: None where it has none.
        seeds: its tracks, catalog rows in their order.
    """
    pids = playlists.info["pid"].to_numpy()
    info = pl.DataFrame(
        {
            "pid": [int(pids.max(initial=-1)) + 1],
            "name": [title],
            "num_holdouts": [WANTED],
            "category": [OTHER_CATEGORY],
        },
        schema={"pid": pl.Int64, "name": pl.String, "num_holdouts": pl.Int64, "category": pl.Int64},
    )
    return Challenge(info, Ragged.from_rows([list(seeds)]), playlists.catalog)
