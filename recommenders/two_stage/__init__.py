"""A first stage proposes tracks for a playlist, and trees that know more of each put them in order."""

from __future__ import annotations

import json
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import harness
from recommenders._inner_draws import inner_folds
from recommenders._verdicts import Verdict, accepted, kinds
from recommenders.two_stage.features import GROUPS, Features
from recommenders.two_stage.first_stage import FirstStage, asked_again
from recommenders.two_stage.judging import Inner, ceiling, inner_of, joined, judge_halves, judged_every, taken
from recommenders.two_stage.trees import (
    Rows,
    Settings,
    importance,
    load_trees,
    rows_to_learn,
    save_trees,
    scores_of,
    standard,
)
from recommenders.two_stage.trees import train as train_trees

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lightgbm import Booster
    from numpy.typing import NDArray

    from harness import Candidates, Challenge, Playlists, Ranked, Split

    Floats = NDArray[np.float32]

BLOCK = 200
"""Playlists whose features are held at once."""

CANDIDATES, MORE_CANDIDATES, FEW_PLAYLISTS = 1_000, 2_000, 10_000
"""Candidates a playlist, and how many where the training set has fewer playlists."""

FIRST, STATE = "first", "second_stage.json"


@harness.recommender("two-stage", uses_challenge=True, components="components_")
class TwoStage:
    """Recommend the candidates of a blend, in the order of gradient-boosted trees and the blend together.

    The first stage proposes `candidates` tracks a playlist. Trees (LightGBM) learn on inner draws from the training set
    that look like the challenge, each with a first stage fitted without it, and score each candidate by its features.
    Each half of the inner playlists trains two boosters, one that ranks (rank_xendcg) and one that classifies
    (binary); with z the scores of a playlist's candidates at mean 0, standard deviation 1::

        score(t) = z(sum over boosters of z(booster, t)) + blend_weight * z(first stage, t)

    Trees of one half are judged on the other half. Where they do not beat the first stage alone there, its order stays:
    for all playlists, or for a kind of playlist (category, or number of seeds and title).

    Features: score and rank by the first stage and by each member; popularity of track, artist and album;
    the playlist's number of seeds and of withheld tracks (public), category, title or none, popularity, length and
    variety of its seeds; seeds by the same artist and on the same album, how complete that album is; cosines with the
    artists of the seeds; durations; how many playlists the track shares with the seeds (raw and as cosines: largest,
    smallest, mean, median), with pairs and triples of them; a ridge regression of the playlist's own that tells seeds
    from candidates. Where the order of playlists means something (see `harness.order_of`): the same for the last seeds
    and for two neighbouring ones; how often the track stands right after, right before or near a seed; whether the
    seeds stand in runs of an artist or album; what members say to the last seeds alone. And what they say to the title
    alone. The draws that judge are never seen.

    The run's record has the checks, which share of withheld tracks is among the candidates, what the best possible
    order of the candidates would reach, and the importance of features.

    Fit costs that of the first stage once for each inner draw and once for everything, its answer to the inner draws,
    and the features: at most 2,000 playlists a seed are read. Recommend costs the same for the challenge. Memory: 32
    bytes an entry and 4 a feature and row that is learnt from or judged, beside the first stage.

    One model serves all categories, which are features: a model for each measured no better.

    An interrupted run resumes after the last completed part: a fitted member, its lists, the features, the trees.

    A training set with fewer than 50 playlists is too small for an inner draw: the order is then the first stage's.

    Source: Volkovs et al. 2018, "Two-stage Model for Automatic Playlist Continuation at Scale"; Rubtsov et al. 2018,
    "A Hybrid Two-stage Recommender System for Automatic Playlist Continuation"; Antenucci et al. 2018, "Artist-driven
    layering and user's behaviour impact on recommendations in a playlist continuation scenario" (all RecSys
    Challenge); the loss: Bruch 2021.
    """

    first: str = "blend"
    """The first stage: a registered name; it must offer candidates as `blend` does."""
    member_params: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The first stage's name -> its hyper-parameters; blend.als.factors=64 sets one of its member als."""
    candidates: int | None = None
    """Tracks that the first stage proposes a playlist; if none, 1,000, and 2,000 below 10,000 training playlists, where
    more of what is withheld lies behind the first thousand."""
    playlists: int = 8_000
    """Inner playlists that trees learn from, as far as the training set has enough."""
    rounds: int = 150
    """Number of trees of each booster."""
    leaves: int = 15
    """Leaves of a tree."""
    learning_rate: float = 0.1
    """How much each tree adds."""
    min_rows: int = 300
    """Rows in a leaf, at least."""
    blend_weight: float = 0.5
    """Weight of the first stage's own score beside that of the trees."""
    again: list[str] = field(default_factory=lambda: ["als", "title"])
    """Members that are asked again with the title alone and with the last seeds alone, if there."""
    without: list[str] = field(default_factory=list)
    """Groups of features left out: members, popularity, playlist, artist and album, duration, co-occurrence, order,
    asked again."""
    refit: bool = True
    """Fit the first stage again on the whole training set once the trees are trained, also after a small inner draw."""
    threads: int = 0
    """Threads at work, 0 for one a core."""
    seed: int = 0
    """Of the inner draw, the trees and the first stage."""

    def __post_init__(self) -> None:
        """Make the first stage; refuse values without a meaning: raises ValueError."""
        counts = (self.rounds, self.min_rows, self.playlists, 1 if self.candidates is None else self.candidates)
        if min(counts) < 1 or self.leaves < 2:  # noqa: PLR2004
            raise ValueError("candidates, playlists, rounds and min_rows must be at least 1, leaves at least 2")
        if unknown := set(self.without) - set(GROUPS):
            raise ValueError(f"without={sorted(unknown)}: the groups of features are {', '.join(GROUPS)}")
        if unknown := set(self.member_params) - {self.first}:
            raise ValueError(f"there is no member {min(unknown)!r}, there is {self.first!r}")
        made = harness.create(self.first, self.member_params.get(self.first), self.seed)
        if not isinstance(made, FirstStage):
            raise TypeError(f"first={self.first}: it offers no candidates, as blend does")
        self.first_: FirstStage = made
        self.components_ = [made]
        self.features_ = Features()
        self.trees_: list[Booster] = []
        self.verdicts_: dict[str, Verdict] = {}
        self.ceiling_: dict[str, Any] = {}
        self.ordered_ = True
        self.n_candidates_ = self.candidates or CANDIDATES

    @property
    def summary(self) -> dict[str, Any]:
        """Summary of the first stage, checks of the trees, candidates and importance of features."""
        of_first = {self.first: self.first_.summary if isinstance(self.first_, harness.HasSummary) else {}}
        if not self.trees_:
            return of_first
        checked = {
            kind: {**verdict.described, "answers": "trees" if verdict.accepted else self.first}
            for kind, verdict in self.verdicts_.items()
        }
        order = {} if self.ordered_ else {"order": "means nothing: features of order are left out"}
        of_trees = {"checked": checked, "candidates": self.ceiling_, "importance": importance(self.trees_)}
        return of_first | order | of_trees

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Train the trees on candidates of a first stage fitted without an inner draw, then fit the first stage."""
        self.trees_, self.verdicts_, self.ceiling_ = [], {}, {}
        self.n_candidates_ = self.candidates or (MORE_CANDIDATES if len(train) < FEW_PLAYLISTS else CANDIDATES)
        self.ordered_ = harness.order_of(train.tracks, train.catalog.artist_of) in ("real", "unknown")
        folds = inner_folds(train, challenge, self.playlists, self.seed)
        if folds:
            with harness.scratch():
                self.first_.learn_on(folds)
                every = judged_every(sum(len(fold.challenge) for fold in folds))
                self.learn([self._inner(fold, every, refit=len(folds) > 1) for fold in folds])
        if self.refit or len(folds) != 1:
            self.first_.fit_again(train, challenge)
            self.features_.fit(train)

    def learn(self, inner: Sequence[Inner]) -> None:
        """Train the trees on the candidates of inner challenges, and judge each half by the trees of the other."""
        together = joined(inner)
        if not together.rows.learnt.any():
            return
        settings = Settings(self.rounds, self.leaves, self.learning_rate, self.min_rows, self.threads, self.seed)
        pids = (together.challenge.pids,)
        self.trees_ = harness.part("trees", pids, partial(train_trees, together.rows, settings), save_trees, load_trees)
        self.verdicts_ = judge_halves(together, self.trees_, self.blend_weight, self.threads)
        self.ceiling_ = ceiling([each.found for each in inner])

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k best candidates."""
        candidates = self.first_.candidates(challenge, max(self.n_candidates_, k))
        tracks, scores = candidates.ranked.tracks, candidates.ranked.scores.copy()
        by_trees = accepted(kinds(challenge), self.verdicts_) if self.trees_ else np.zeros(len(challenge), np.bool_)
        rows = np.flatnonzero(by_trees)
        held = tracks >= 0
        for block, features in self._features(challenge.take(rows), taken(candidates, rows)):
            of = rows[block]
            table = np.stack([values[held[of]] for values in features.values()], axis=1)
            said = standard(scores_of(self.trees_, table, held[of], self.threads), held[of])
            scores[of] = said + np.float32(self.blend_weight) * standard(scores[of], held[of])
        best = harness.top_k(np.where(held, scores, -np.inf), k)
        columns = np.maximum(best.tracks, 0)
        return harness.Ranked(
            np.where(best.tracks >= 0, np.take_along_axis(tracks, columns, axis=1), best.tracks), best.scores
        )

    def save(self, folder: Path) -> None:
        """Keep the first stage, the training set that features need, the trees as LightGBM's text, and the verdicts."""
        (folder / FIRST).mkdir()
        self.first_.save(folder / FIRST)
        self.features_.save(folder)
        save_trees(self.trees_, folder)
        state = {
            "candidates": self.n_candidates_,
            "ordered": self.ordered_,
            "verdicts": self.verdicts_,
            "ceiling": self.ceiling_,
        }
        (folder / STATE).write_text(json.dumps(state), encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Read them back."""
        self.first_.load(folder / FIRST)
        self.features_.load(folder)
        self.trees_ = load_trees(folder)
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        self.n_candidates_, self.ordered_, self.ceiling_ = state["candidates"], state["ordered"], state["ceiling"]
        self.verdicts_ = {kind: Verdict(*values) for kind, values in state["verdicts"].items()}

    def _inner(self, fold: Split, every: int, *, refit: bool) -> Inner:
        """Candidates of an inner challenge and their features; all of them for the playlists that are judged.

        Raises:
            ContractError: the first stage was fitted on what the inner challenge withholds.
        """
        if refit:
            self.first_.fit_again(fold.train, fold.challenge)
        self.first_.refuse_seen(fold.challenge)
        self.features_.fit(fold.train)
        candidates = self.first_.candidates(fold.challenge, self.n_candidates_)
        judged = (np.arange(len(fold.challenge)) // 2) % every == 0
        rows = harness.part(
            "features", (fold.challenge.pids,), partial(self._rows, fold, candidates, judged), Rows.save, Rows.load
        )
        return inner_of(fold, candidates, rows, judged)

    def _rows(self, fold: Split, candidates: Candidates, judged: NDArray[np.bool_]) -> Rows:
        tracks = candidates.ranked.tracks
        held, hits = tracks >= 0, harness.is_member(tracks, fold.withheld)
        learnt = rows_to_learn(held, hits, self.seed)
        kept = learnt | (held & judged[:, None])
        parts, names = [], []
        for rows, features in self._features(fold.challenge, candidates):
            names = list(features)
            parts.append(np.stack([values[kept[rows]] for values in features.values()], axis=1))
        return Rows(
            np.concatenate(parts) if parts else np.empty((0, 0), np.float32),
            hits[kept],
            np.repeat(np.arange(len(kept)), kept.sum(axis=1)),
            learnt[kept],
            np.array(names, np.str_),
        )

    def _features(self, challenge: Challenge, candidates: Candidates) -> Iterator[tuple[slice, dict[str, Floats]]]:
        """Blocks of rows and the features of their candidates, (n_rows, c) each."""
        without = [*self.without, *([] if self.ordered_ else ["order"])]
        members = [] if "asked again" in without else self.again
        again = asked_again(self.first_, members, challenge, candidates.ranked.tracks, ordered="order" not in without)
        for first in harness.track(range(0, len(challenge), BLOCK), "features"):
            rows = slice(first, min(first + BLOCK, len(challenge)))
            yield (
                rows,
                self.features_.of(
                    challenge.take(np.arange(rows.start, rows.stop)),
                    taken(candidates, rows),
                    self.first_.aliases_,
                    {name: values[rows] for name, values in again.items()},
                    without=without,
                    threads=self.threads,
                ),
            )
