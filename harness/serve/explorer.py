"""Content of the page: search results, continuations with their nearest seeds, radio, and exports."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from harness import registry
from harness.data.track_lookup import Lookup
from harness.errors import HarnessError, ParameterError
from harness.kit.playlist_index import PlaylistIndex
from harness.report.tracks import Line, line_of, tracks_as_csv
from harness.rules import TRACKS_PER_PLAYLIST
from harness.run.similar_tracks import shared_playlists
from harness.run.single_playlist import Companion, playlist_as_challenge
from harness.run.track_search import check_title
from harness.submission.submission import Submission
from harness.submission.writer import row_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.data.store import StoredCorpus
    from harness.ragged import Ids
    from harness.serve.draft import Draft

SHOWN = 20
"""Tracks of a continuation, of search results, and of a radio."""

NEAREST_SEEDS = 3
"""Seeds that are shown for each recommended track."""

NEIGHBOURS = 10
"""Nearest tracks from which a radio draws."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A recommended track.

    Attributes:
        track: catalog row.
        line: its names and score; the score is None if the fallback gave the track.
        nearest_seeds: the seeds that share most playlists with it, most first, each with the number of playlists.
    """

    track: int
    line: Line
    nearest_seeds: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Continuation:
    """One recommender's answer; `error` is its error line, "" if there is none."""

    name: str
    suggestions: tuple[Suggestion, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Matches:
    """Tracks of a search: the first ones, a remark for the user, and whether they contain the words."""

    lines: tuple[tuple[int, Line], ...]
    remark: str


class Explorer:
    """A corpus with one or two fitted recommenders; computations run one at a time.

    Attributes:
        data: name of the corpus.
        lookup: its names.
        names: registered names of the recommenders, in order.
        notes: how each model was obtained, one line each.
    """

    def __init__(self, corpus: StoredCorpus, params: Mapping[str, Mapping[str, Any]], *, seed: int = 0) -> None:
        """Fit the recommenders, or load their stored models.

        Args:
            corpus: training corpus.
            params: recommender -> its hyper-parameters.
            seed: value for recommenders that have a hyper-parameter `seed`.

        Raises:
            HarnessError: a recommender cannot be used, or it must be fitted for each playlist.
        """
        for name in params:
            if registry.uses_challenge(registry.create(name, params[name], seed)):
                raise ParameterError(
                    f"{name} is fitted again for each playlist, which a page cannot wait for: choose another, "
                    f"or use `harness recommend --recommender {name}`"
                )
        playlists = corpus.playlists()
        self.data = corpus.name
        self.lookup = Lookup(playlists, corpus.track_table)
        self._playlists = playlists
        self._companions = [Companion(corpus, name, given, None, (), seed=seed) for name, given in params.items()]
        self._lock = Lock()
        self.names = [companion.name for companion in self._companions]
        self.notes = [
            f"{each.name} {'loaded' if each.was_kept else 'fitted'} in {each.seconds:.1f} s"
            for each in self._companions
        ]

    @cached_property
    def _index(self) -> PlaylistIndex:
        return PlaylistIndex.of(self._playlists.tracks, self._playlists.catalog.n_tracks)

    def warm_up(self) -> None:
        """Prepare what the first answers need: compiled kernels, normalised names, the index."""
        with self._lock:
            self.lookup.search("a")
            first = (int(np.argmax(self.lookup.n_playlists)),)
            for companion in self._companions:
                self._suggestions(companion.continued("a", first, SHOWN).tracks, np.zeros(SHOWN, np.float32), first)

    def matches(self, words: str) -> Matches:
        """The best tracks for an address, an identifier or words; the most similar names if nothing matches."""
        with self._lock:
            by_uri = self.lookup.by_uri(words)
            found = [by_uri] if by_uri is not None else self.lookup.search(words).tolist()
            if found:
                remark = f"{len(found):,} tracks" if len(found) > 1 else "1 track"
                remark += f", the {SHOWN} best are shown" if len(found) > SHOWN else ""
            elif not self.lookup.has_names:
                remark = "no track of this corpus has a name: search by URI, or join names by `harness data tracks`"
            else:
                found = self.lookup.nearest_names(words)
                remark = f"no track is called {words!r}{'; the most similar names' if found else ''}"
            return Matches(tuple(self._lines(found[:SHOWN])), remark)

    def title_remark(self, draft: Draft) -> str:
        """Remark about a title that no playlist of the corpus has, "" otherwise."""
        with self._lock:
            return check_title(self.lookup, draft.title, self.data) if draft.title else ""

    def tracks_of(self, draft: Draft) -> list[tuple[int, Line]]:
        """The tracks of the draft with their names."""
        return self._lines(list(draft.tracks))

    def continuations(self, draft: Draft) -> list[Continuation]:
        """The answer of each recommender; an error of one leaves the others."""
        return [self._continuation(companion, draft) for companion in self._companions]

    def radio(self, chosen: int, start: int, seed: int) -> list[tuple[int, Line]]:
        """The walk of a recommender from a track; see `Companion.radio`."""
        with self._lock:
            return self._lines([start, *self._companions[chosen].radio(start, SHOWN, NEIGHBOURS, seed)])

    def csv(self, chosen: int, draft: Draft) -> str:
        """CSV of a recommender's 500 tracks, fewer if the corpus has fewer."""
        with self._lock:
            answer = self._companions[chosen].continued(draft.title_or_none, draft.tracks, TRACKS_PER_PLAYLIST)
        return tracks_as_csv(self._scored(answer.tracks, answer.scores))

    def submission_line(self, chosen: int, draft: Draft, pid: int) -> str:
        """Line of a submission: pid and 500 URIs.

        Raises:
            SubmissionError: the list breaks a rule of the challenge.
        """
        with self._lock:
            answer = self._companions[chosen].continued(draft.title_or_none, draft.tracks, TRACKS_PER_PLAYLIST)
        challenge = playlist_as_challenge(self._playlists, draft.title_or_none, draft.tracks)
        tracks = np.full((1, TRACKS_PER_PLAYLIST), -1, np.int32)
        tracks[0, : len(answer.tracks)] = answer.tracks
        Submission(challenge, tracks)  # raises if a rule is broken
        return row_text(pid, [self.lookup.uri(track) for track in tracks[0].tolist()]) + "\n"

    def _continuation(self, companion: Companion, draft: Draft) -> Continuation:
        try:
            with self._lock:
                answer = companion.continued(draft.title_or_none, draft.tracks, SHOWN)
                return Continuation(companion.name, self._suggestions(answer.tracks, answer.scores, draft.tracks))
        except HarnessError as error:
            return Continuation(companion.name, error=str(error))

    def _suggestions(self, tracks: Ids, scores: Any, seeds: tuple[int, ...]) -> tuple[Suggestion, ...]:
        shared = shared_playlists(self._index, np.array(seeds, np.int32), tracks)
        lines = self._scored(tracks, scores)
        return tuple(
            Suggestion(track, line, self._nearest_seeds(shared[:, column], seeds))
            for column, (track, line) in enumerate(zip(tracks.tolist(), lines, strict=True))
        )

    def _nearest_seeds(self, shared: Any, seeds: tuple[int, ...]) -> tuple[tuple[str, int], ...]:
        nearest = np.argsort(-shared, kind="stable")[:NEAREST_SEEDS]
        return tuple((self.lookup.name(seeds[row]), int(shared[row])) for row in nearest.tolist() if shared[row])

    def _scored(self, tracks: Ids, scores: Any) -> list[Line]:
        pairs = zip(tracks.tolist(), scores.tolist(), strict=False)
        return [
            line_of(self.lookup, rank, track, None if math.isnan(score) else score)
            for rank, (track, score) in enumerate(pairs, 1)
        ]

    def _lines(self, tracks: list[int]) -> list[tuple[int, Line]]:
        return [(track, line_of(self.lookup, rank, track, None)) for rank, track in enumerate(tracks, 1)]
