"""Two-stage model: a first stage proposes candidates, gradient-boosted trees re-rank them."""

from __future__ import annotations

import json
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

import harness
from recommenders._bounds import NonNegative, Positive, Seed
from recommenders._inner_draws import fits_whole, inner_folds
from recommenders._verdicts import Verdict, accepted, kinds
from recommenders.two_stage.features import GROUPS, Features
from recommenders.two_stage.first_stage import FirstStage, repeated_scores
from recommenders.two_stage.judging import Inner, ceiling, inner_of, joined, judge_halves, judged_every, taken
from recommenders.two_stage.seed_weights import Weights, seed_weights
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
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from lightgbm import Booster
    from numpy.typing import NDArray

    from harness import Challenge, Playlists, Ranked, Split
    from harness.kit import Candidates

    Floats = NDArray[np.float32]

BLOCK = 200
"""Playlists whose features are computed per batch."""

CANDIDATES, MORE_CANDIDATES, FEW_PLAYLISTS = 700, 2_000, 10_000
"""Candidates per playlist; the second number if the training set has fewer playlists than the third."""

FIRST, STATE = "first", "second_stage.json"


@harness.recommender("two-stage", uses_challenge=True, components="components_")
class TwoStage:
    """Re-rank the candidates of a blend by gradient-boosted trees.

    The first stage proposes `candidates` tracks per playlist. Trees (LightGBM) score each candidate by its features.
    They are trained on inner draws: playlists of the training set that are cut like the challenge, with a first stage
    fitted without them. Each half of the inner playlists trains two boosters, a ranker (lambdarank) and a classifier
    (binary). With z the standardisation of a playlist's scores to mean 0 and standard deviation 1::

        score(t) = z(sum over boosters of z(booster, t)) + blend_weight * z(first stage, t)

    The trees of one half are evaluated on the other half. Where they are not better than the first stage alone, the
    order of the first stage is used: for all playlists, or for a kind of playlist (category, or number of seeds and
    title).

    Features: score and rank by the first stage and by each member; popularity of track, artist and album;
    the playlist's number of seeds and of withheld tracks (public), category, title or none, popularity, length and
    variety of its seeds; seeds by the same artist and on the same album, how complete that album is; cosines with the
    artists of the seeds; durations; the number of playlists shared with the seeds (counts and cosines: largest,
    smallest, mean, median), with pairs and triples of seeds; a ridge regression per playlist that separates seeds from
    candidates; scores of members for the title alone; the weights of the seeds in an item model (`slim`): largest,
    second, squares, number. If the order of tracks is informative (`harness.kit.order_of`): shared playlists of the
    last seeds and of two adjacent seeds; how often the track is right after, right before or near a seed; whether seeds
    are grouped by artist or album; scores of members for the last seeds alone, and weights of these. The withheld
    tracks of the challenge are never seen.

    The run's record contains the checks, the share of withheld tracks among the candidates, the metrics of the best
    possible order of the candidates, and the importance of features.

    Cost: fit takes one fit of the first stage per inner draw and one on the whole training set (see `refit`), its lists
    for the inner draws, and their features, which read at most 2,000 playlists per seed. Recommend takes the lists and
    features of the challenge. Memory is that of the first stage, 32 bytes per entry, and 4 bytes per feature of a
    training row.

    All categories share one model with the category as a feature; a model per category was not better.

    An interrupted run resumes after the last checkpoint: a fitted member, its lists, the features, the trees.

    A training set with fewer than 50 playlists is too small for an inner draw; the order is then that of the first
    stage.

    Source: Volkovs et al. 2018, "Two-stage Model for Automatic Playlist Continuation at Scale"; Rubtsov et al. 2018,
    "A Hybrid Two-stage Recommender System for Automatic Playlist Continuation"; Antenucci et al. 2018, "Artist-driven
    layering and user's behaviour impact on recommendations in a playlist continuation scenario" (all RecSys
    Challenge); the ranker: Burges 2010.
    """

    first: str = "blend"
    """First stage: a registered name; it must have a method `candidates` like `blend`."""
    member_params: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Name of the first stage -> its hyper-parameters; blend.als.factors=64 sets one of its member als."""
    candidates: Annotated[int, harness.Bounds(ge=1, le=1_000_000)] | None = None
    """Candidates per playlist; if none, 700, or 2,000 for fewer than 10,000 training playlists, where more withheld
    tracks have a rank above 700."""
    playlists: Positive = 8_000
    """Maximum number of inner playlists on which trees are trained."""
    rounds: Annotated[int, harness.Bounds(ge=1, le=10_000)] = 150
    """Trees per booster."""
    leaves: Annotated[int, harness.Bounds(ge=2, le=4_096)] = 15
    """Maximum number of leaves per tree."""
    learning_rate: Annotated[float, harness.Bounds(gt=0, le=1)] = 0.1
    """Learning rate of boosting."""
    min_rows: Annotated[int, harness.Bounds(ge=1, le=1_000_000)] = 300
    """Minimum number of rows per leaf."""
    blend_weight: Annotated[float, harness.Bounds(ge=0, le=1e6)] = 0.1
    """Weight of the first stage's score relative to that of the trees."""
    again: list[str] = field(default_factory=lambda: ["als", "title"])
    """Members, if present, that also score the candidates for the title alone and for the last seeds alone."""
    without: list[str] = field(default_factory=list)
    """Excluded groups of features: members, popularity, playlist, artist and album, duration, co-occurrence, order,
    asked again."""
    refit: bool | None = None
    """Fit the first stage on the whole training set after the trees are trained. If none: unless a single inner
    draw has less than a hundredth of the training playlists."""
    threads: NonNegative = 0
    """Number of threads, 0 for one per core."""
    seed: Seed = 0
    """Seed of the inner draw, the trees and the first stage."""

    def __post_init__(self) -> None:
        """Create the first stage and check the hyper-parameters; raises ValueError."""
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
        """Train the trees on the inner draws, then fit the first stage on the whole training set."""
        folds = self._begin(train, challenge)
        if folds:
            with harness.kit.scratch():
                self._learn_on(folds)
        if fits_whole(folds, train, refit=self.refit):
            self.first_.fit_again(train, challenge)
            self.features_.fit(train)

    def preparations(self, train: Playlists, challenge: Challenge) -> list[dict[str, Callable[[], object]]]:
        """Four stages: the members on each training set, their weights, the features of each inner draw, the trees."""
        folds = self._begin(train, challenge)
        members = self.first_.preparations_on(folds, train, challenge, refit=fits_whole(folds, train, refit=self.refit))
        features: dict[str, Callable[[], object]] = {
            f"features-{number}": partial(self._prepare, fold, folds) for number, fold in enumerate(folds)
        }
        weights, trees = partial(self.first_.learn_on, folds), partial(self._learn_on, folds)
        return [members, {"weights": weights}, features, {"trees": trees}] if folds else [members]

    def learn(self, inner: Sequence[Inner]) -> None:
        """Train the trees on the candidates of inner challenges, and evaluate each half by the trees of the other."""
        together = joined(inner)
        if len(set(together.rows.playlists[together.rows.learnt] % 2)) < 2:  # noqa: PLR2004 - each half trains trees
            return
        settings = Settings(self.rounds, self.leaves, self.learning_rate, self.min_rows, self.threads, self.seed)
        pids = (together.challenge.pids,)
        self.trees_ = harness.kit.part(
            "trees", pids, partial(train_trees, together.rows, settings), save_trees, load_trees
        )
        self.verdicts_ = judge_halves(together, self.trees_, self.blend_weight, self.threads)
        self.ceiling_ = ceiling([fold.found for fold in inner])

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k highest-scoring candidates."""
        candidates = self.first_.candidates(challenge, max(self.n_candidates_, k))
        tracks, scores = candidates.ranked.tracks, candidates.ranked.scores.copy()
        by_trees = accepted(kinds(challenge), self.verdicts_) if self.trees_ else np.zeros(len(challenge), np.bool_)
        rows = np.flatnonzero(by_trees)
        held = tracks >= 0
        for block, features in self._features(challenge.take(rows), taken(candidates, rows)):
            of = rows[block]
            table = np.stack([values[held[of]] for values in features.values()], axis=1)
            of_trees = standard(scores_of(self.trees_, table, held[of], self.threads), held[of])
            scores[of] = of_trees + np.float32(self.blend_weight) * standard(scores[of], held[of])
        best = harness.kit.top_k(np.where(held, scores, -np.inf), k)
        columns = np.maximum(best.tracks, 0)
        return harness.Ranked(
            np.where(best.tracks >= 0, np.take_along_axis(tracks, columns, axis=1), best.tracks), best.scores
        )

    def save(self, folder: Path) -> None:
        """Save the first stage, the training set for features, the trees as LightGBM text, and the verdicts."""
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
        """Load them."""
        self.first_.load(folder / FIRST)
        self.features_.load(folder)
        self.trees_ = load_trees(folder)
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        self.n_candidates_, self.ordered_, self.ceiling_ = state["candidates"], state["ordered"], state["ceiling"]
        self.verdicts_ = {kind: Verdict(*values) for kind, values in state["verdicts"].items()}

    def _begin(self, train: Playlists, challenge: Challenge) -> list[Split]:
        """Forget an earlier fit, adapt to the training set, and return its inner draws."""
        self.trees_, self.verdicts_, self.ceiling_ = [], {}, {}
        self.first_.begin(train)
        self.n_candidates_ = self.candidates or (MORE_CANDIDATES if len(train) < FEW_PLAYLISTS else CANDIDATES)
        self.ordered_ = harness.kit.order_of(train.tracks, train.catalog.artist_of) in ("real", "unknown")
        return inner_folds(train, challenge, self.playlists, self.seed)

    def _learn_on(self, folds: Sequence[Split]) -> None:
        self.first_.learn_on(folds)
        self.learn([self._inner(fold, folds) for fold in folds])

    def _prepare(self, fold: Split, folds: Sequence[Split]) -> None:
        self.first_.learn_on(folds)
        self._inner(fold, folds)

    def _inner(self, fold: Split, folds: Sequence[Split]) -> Inner:
        """Candidates of an inner challenge with their features: a sample for training, all for judged playlists.

        Raises:
            ContractError: the first stage was fitted on playlists of the inner challenge.
        """
        every = judged_every(sum(len(each.challenge) for each in folds))
        if len(folds) > 1:
            self.first_.fit_again(fold.train, fold.challenge)
        self.first_.refuse_seen(fold.challenge)
        self.features_.fit(fold.train)
        candidates = self.first_.candidates(fold.challenge, self.n_candidates_)
        judged = (np.arange(len(fold.challenge)) // 2) % every == 0
        rows = harness.kit.part(
            "features", (fold.challenge.pids,), partial(self._rows, fold, candidates, judged), Rows.save, Rows.load
        )
        return inner_of(fold, candidates, rows, judged)

    def _rows(self, fold: Split, candidates: Candidates, judged: NDArray[np.bool_]) -> Rows:
        tracks = candidates.ranked.tracks
        held, hits = tracks >= 0, harness.kit.is_member(tracks, fold.withheld)
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
        ordered, tracks = "order" not in without, candidates.ranked.tracks
        members = [] if "asked again" in without else self.again
        again = repeated_scores(self.first_, members, challenge, tracks, ordered=ordered)
        item_weights = None if "asked again" in without else self.first_.item_weights()
        weights = None if item_weights is None else Weights.of(item_weights)
        for first in harness.kit.track(range(0, len(challenge), BLOCK), "features"):
            rows = slice(first, min(first + BLOCK, len(challenge)))
            block = challenge.take(np.arange(rows.start, rows.stop))
            more = {name: values[rows] for name, values in again.items()}
            if weights is not None:
                more |= seed_weights(weights, block.seeds, tracks[rows], self.threads, ordered=ordered)
            yield (
                rows,
                self.features_.of(
                    block,
                    taken(candidates, rows),
                    self.first_.aliases_,
                    more,
                    without=without,
                    threads=self.threads,
                ),
            )
