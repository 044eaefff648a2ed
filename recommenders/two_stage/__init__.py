"""A first stage proposes tracks for a playlist, and trees that know more of each put them in order."""

from __future__ import annotations

from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import harness
from recommenders.two_stage.features import GROUPS, Features
from recommenders.two_stage.first_stage import FirstStage, asked_again
from recommenders.two_stage.trees import Rows, importance, load_trees, rows_to_learn, save_trees, standard, train

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lightgbm import Booster
    from numpy.typing import NDArray

    from harness import Candidates, Challenge, Playlists, Ranked, Split

    Floats = NDArray[np.float32]

BLOCK = 200
"""Playlists whose features are held at once."""

SHARE = 5
"""An inner draw takes at most every fifth training playlist."""

FEWEST = 30
"""With fewer inner playlists there is nothing to learn from: the order is the first stage's."""

FIRST = "first"


@harness.recommender("two-stage")
class TwoStage:
    """Recommend the candidates of a blend, in the order of gradient-boosted trees and the blend together.

    The first stage proposes `candidates` tracks a playlist. Trees (LightGBM, rank_xendcg) learn on an inner draw
    from the training set that looks like the challenge, where the first stage was fitted without it, and score
    each candidate by its features. With z the scores of a playlist's candidates at mean 0, standard deviation 1::

        score(t) = z(trees, t) + blend_weight * z(first stage, t)

    Features: score and rank by the first stage and by each member; popularity of track, artist and album;
    the playlist's number of seeds and of withheld tracks (public), category, title or none, popularity, length and
    variety of its seeds; seeds by the same artist and on the same album, how complete that album is; durations; how
    many playlists the track shares with the seeds (raw and as cosines: largest, smallest, mean, median), with the
    last ones, with two neighbouring ones; how often it stands right behind, right before or near a seed; what members
    say to the title alone and to the last seeds alone. The draws that judge are never seen.

    Fit costs that of the first stage (twice with `refit`), its answer to the inner draw, and the features: at most
    2,000 playlists a seed are read. Recommend costs the same for the challenge. Memory: 32 bytes an entry and 4 a
    feature and row that is learnt from, beside the first stage.

    One model serves all categories, which are features: a model for each measured no better.

    What was stopped goes on behind the last part: a fitted member, its lists, the features, the trees.

    A training set with fewer than 150 playlists is too small for an inner draw: the order is then the first stage's.

    Source: Volkovs et al. 2018, "Two-stage Model for Automatic Playlist Continuation at Scale"; Rubtsov et al. 2018,
    "A Hybrid Two-stage Recommender System for Automatic Playlist Continuation" (both RecSys Challenge); the loss:
    Bruch 2021.
    """

    first: str = "blend"
    """The first stage: a registered name; it must offer candidates as `blend` does."""
    member_params: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The first stage's name -> its hyper-parameters; blend.als.factors=64 sets one of its member als."""
    candidates: int = 1_000
    """Tracks that the first stage proposes a playlist."""
    playlists: int = 8_000
    """Inner playlists that trees learn from, at most a fifth of the training set."""
    rounds: int = 300
    """Number of trees."""
    leaves: int = 31
    """Leaves of a tree."""
    learning_rate: float = 0.05
    """How much each tree adds."""
    min_rows: int = 200
    """Rows in a leaf, at least."""
    blend_weight: float = 1.0
    """Weight of the first stage's own score beside that of the trees."""
    again: list[str] = field(default_factory=lambda: ["als", "title"])
    """Members that are asked again with the title alone and with the last seeds alone, if there."""
    without: list[str] = field(default_factory=list)
    """Groups of features left out: members, popularity, playlist, artist and album, duration, co-occurrence, order,
    asked again."""
    refit: bool = False
    """Fit the first stage again on the whole training set once the trees are trained: worth a third more time where the
    inner draw takes much of it, as below 50,000 playlists."""
    threads: int = 0
    """Threads at work, 0 for one a core."""
    seed: int = 0
    """Of the inner draw, the trees and the first stage."""

    uses_challenge = True

    def __post_init__(self) -> None:
        """Make the first stage; refuse values without a meaning: raises ValueError."""
        if min(self.candidates, self.rounds, self.min_rows, self.playlists) < 1 or self.leaves < 2:  # noqa: PLR2004
            raise ValueError("candidates, playlists, rounds and min_rows must be at least 1, leaves at least 2")
        if unknown := set(self.without) - set(GROUPS):
            raise ValueError(f"without={sorted(unknown)}: the groups of features are {', '.join(GROUPS)}")
        if unknown := set(self.member_params) - {self.first}:
            raise ValueError(f"there is no member {min(unknown)!r}, there is {self.first!r}")
        made = harness.create(self.first, self.member_params.get(self.first), self.seed)
        if not isinstance(made, FirstStage):
            raise TypeError(f"first={self.first}: it offers no candidates, as blend does")
        self.first_: FirstStage = made
        self.features_ = Features()
        self.trees_: Booster | None = None

    @property
    def deterministic(self) -> bool:
        """Whether two fits are the same: if so for the first stage."""
        return getattr(self.first_, "deterministic", True)

    @property
    def persistent(self) -> bool:
        """Whether it can be kept: if the first stage can."""
        return getattr(self.first_, "persistent", True)

    @property
    def learnt(self) -> dict[str, Any]:
        """What a reader of the run's record should see."""
        found = {self.first: getattr(self.first_, "learnt", {})}
        return found | ({"importance": importance(self.trees_)} if self.trees_ else {})

    @property
    def made_of(self) -> list[Any]:
        """The first stage."""
        return [self.first_]

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Fit the first stage without an inner draw, and train the trees on it."""
        self.trees_ = None
        n = min(self.playlists, len(train) // SHARE)
        if n < FEWEST or not len(challenge):
            self.first_.fit_again(train, challenge)
            self.features_.fit(train)
            return
        inner = harness.draw_like(train, challenge, n, self.seed)
        self.first_.fit_on(inner)
        self.features_.fit(inner.train)
        self.learn(inner)
        if self.refit:
            self.first_.fit_again(train, challenge)
            self.features_.fit(train)

    def learn(self, inner: Split) -> None:
        """Train the trees on an inner challenge that the fitted first stage has not seen.

        Raises:
            ContractError: it has.
        """
        self.first_.refuse_seen(inner.challenge)
        candidates = self.first_.candidates(inner.challenge, self.candidates)
        pids = (inner.challenge.pids,)
        rows = harness.part("features", pids, partial(self._rows, inner, candidates), Rows.save, Rows.load)
        self.trees_ = harness.part("trees", pids, partial(self._train, rows), save_trees, load_trees)

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k best candidates."""
        candidates = self.first_.candidates(challenge, max(self.candidates, k))
        tracks, scores = candidates.ranked.tracks, candidates.ranked.scores
        if self.trees_ is None or not len(challenge):
            return harness.Ranked(tracks[:, :k], scores[:, :k])
        by_trees = np.zeros(tracks.shape, np.float32)
        for rows, found in self._features(challenge, candidates):
            table = np.stack([values.ravel() for values in found.values()], axis=1)
            said = np.asarray(self.trees_.predict(table, num_threads=harness.n_threads(self.threads)))
            by_trees[rows] = said.reshape(by_trees[rows].shape)
        held = tracks >= 0
        worth = standard(by_trees, held) + np.float32(self.blend_weight) * standard(scores, held)
        best = harness.top_k(np.where(held, worth, -np.inf), k)
        columns = np.maximum(best.tracks, 0)
        return harness.Ranked(
            np.where(best.tracks >= 0, np.take_along_axis(tracks, columns, axis=1), best.tracks), best.scores
        )

    def save(self, folder: Path) -> None:
        """Keep the first stage, what features are told from, and the trees as LightGBM's text."""
        (folder / FIRST).mkdir()
        self.first_.save(folder / FIRST)
        self.features_.save(folder)
        save_trees(self.trees_, folder)

    def load(self, folder: Path) -> None:
        """Read them back."""
        self.first_.load(folder / FIRST)
        self.features_.load(folder)
        self.trees_ = load_trees(folder)

    def _rows(self, inner: Split, candidates: Candidates) -> Rows:
        tracks = candidates.ranked.tracks
        hits = harness.is_member(tracks, inner.withheld)
        learnt_from = rows_to_learn(tracks >= 0, hits, self.seed)
        group_sizes = learnt_from.sum(axis=1)
        parts, names = [], []
        if group_sizes.any():
            for rows, found in self._features(inner.challenge, candidates):
                names = list(found)
                parts.append(np.stack([values[learnt_from[rows]] for values in found.values()], axis=1))
        features = np.concatenate(parts) if parts else np.empty((0, 0), np.float32)
        return Rows(features, hits[learnt_from], group_sizes[group_sizes > 0], np.array(names, np.str_))

    def _train(self, rows: Rows) -> Booster | None:
        if not len(rows.features):
            return None
        return train(
            rows,
            rounds=self.rounds,
            leaves=self.leaves,
            learning_rate=self.learning_rate,
            min_rows=self.min_rows,
            threads=self.threads,
            seed=self.seed,
        )

    def _features(self, challenge: Challenge, candidates: Candidates) -> Iterator[tuple[slice, dict[str, Floats]]]:
        """Blocks of rows and the features of their candidates, (n_rows, c) each."""
        members = [] if "asked again" in self.without else self.again
        again = asked_again(self.first_, members, challenge, candidates.ranked.tracks)
        for first in harness.track(range(0, len(challenge), BLOCK), "features"):
            rows = slice(first, min(first + BLOCK, len(challenge)))
            ranked = harness.Ranked(candidates.ranked.tracks[rows], candidates.ranked.scores[rows])
            yield (
                rows,
                self.features_.of(
                    challenge.take(np.arange(rows.start, rows.stop)),
                    harness.Candidates(ranked, candidates.parts[rows]),
                    self.first_.aliases_,
                    {name: values[rows] for name, values in again.items()},
                    without=self.without,
                    threads=self.threads,
                ),
            )
