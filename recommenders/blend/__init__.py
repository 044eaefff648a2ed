"""Several recommenders answer together, each as much as it helps for playlists of that kind."""

from __future__ import annotations

import json
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

import harness
from recommenders._inner_draws import inner_folds
from recommenders._verdicts import ALL
from recommenders.blend.members import Members
from recommenders.blend.weights import TOP, Learnable, learn, pooled, weights_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from harness import Candidates, Challenge, Joined, Playlists, Ragged, Ranked, Split

    Weights = dict[str, dict[str, float]]

BLOCK = 500
"""Playlists whose lists are fused at once."""

WEIGHTS = "weights.json"

DEFAULT_PARAMS = {"cosine=item-knn": {"similarity": "cosine"}, "rp3beta=item-knn": {"similarity": "rp3beta"}}
"""Entry of `members` -> hyper-parameters that it has unless `member_params` gives others."""


@harness.recommender("blend", uses_challenge=True, components="components_")
class Blend:
    """Recommend what several recommenders agree on, weighed by the kind of playlist.

    With s(m, t) the score of track t in the list of member m, and top(m) the mean of the first 100 scores there::

        score(t) = sum over members m whose list holds t of weight(m, kind) * s(m, t) / top(m)          (scores)
        score(t) = sum over members m whose list holds t of weight(m, kind) / (60 + rank of t in it)    (ranks)

    The kind of a playlist is its category; where it has none, how many seeds it has (0, 1, 2 to 7, 8 to 17, 18 to 62,
    more) and whether there is a title. Weights are learnt on an inner draw from the training set that looks like
    the challenge, by the official metrics; the draws that judge are never seen. A member that does not help for a
    kind gets weight 0 there. Weights learnt on one half of the inner playlists are checked on the other: where the
    blend does not beat its best member there, that member answers alone. Weights and checks are in the run's record.

    Members are registered names, `alias=name` where one is taken twice or is a file; `ALIAS.NAME=VALUE` sets a
    member's hyper-parameter. Fit costs twice that of the members (once without `refit`), and one more answer to
    the inner draw; recommend costs that of the members at `depth` tracks.

    Source: weights by category as in Antenucci et al. 2018 (RecSys Challenge); reciprocal ranks: Cormack, Clarke
    and Büttcher 2009.
    """

    members: list[str] = field(
        default_factory=lambda: ["slim", "als", "playlist-knn", "cosine=item-knn", "rp3beta=item-knn", "title"]
    )
    """Who answers: a registered name, or alias=name."""
    member_params: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Alias -> hyper-parameters; ALIAS.NAME=VALUE adds one. cosine=item-knn and rp3beta=item-knn have the similarity of
    that name."""
    fusion: Literal["scores", "ranks"] = "scores"
    """What is added up: scores made comparable, or reciprocal ranks."""
    weights: dict[str, float] | None = None
    """Alias -> weight, for every playlist; learnt by kind if none."""
    depth: int = 2_000
    """Length of the members' lists."""
    playlists: int = 2_000
    """Inner playlists that weights are learnt on, as far as the training set has enough."""
    refit: bool = True
    """Fit the members again on the whole training set once the weights are learnt, even if the inner draw is small."""
    seed: int = 0
    """Of the inner draw and of the members."""

    def __post_init__(self) -> None:
        """Make the members; refuse values without a meaning: raises ValueError."""
        if self.depth < 1 or self.playlists < 0:
            raise ValueError(f"depth={self.depth}, playlists={self.playlists}: at least 1, and at least 0")
        defaults = {text.partition("=")[0]: DEFAULT_PARAMS[text] for text in self.members if text in DEFAULT_PARAMS}
        self.member_params = {
            alias: defaults.get(alias, {}) | self.member_params.get(alias, {})
            for alias in dict.fromkeys((*defaults, *self.member_params))
        }
        self.members_ = Members(self.members, self.member_params, self.seed)
        self.aliases_ = list(self.members_.models)
        self.components_ = list(self.members_.models.values())
        unknown = set(self.weights or {}) - set(self.aliases_)
        if unknown or (self.weights is not None and not sum(self.weights.values()) > 0):
            raise ValueError(f"weights={self.weights}: some of {', '.join(self.aliases_)} must weigh more than 0")
        self.checks_: dict[str, dict[str, Any]] = {}
        self.weights_: Weights = {ALL: self.weights or dict.fromkeys(self.aliases_, 1 / len(self.aliases_))}

    @property
    def summary(self) -> dict[str, Any]:
        """Weights, and the checks of each kind of playlist."""
        return {"weights": self.weights_} | ({"checked": self.checks_} if self.checks_ else {})

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Learn the weights on an inner draw, then fit the members on everything."""
        folds = [] if self.weights is not None else inner_folds(train, challenge, self.playlists, self.seed)
        if folds:
            self.learn_on(folds)
        if self.refit or len(folds) != 1:
            self.fit_again(train, challenge)

    def learn_on(self, folds: Sequence[Split]) -> None:
        """Fit the members on each inner training set, and learn the weights on at most `playlists` inner playlists."""
        if self.weights is not None:
            return
        every = max(1, -(-sum(len(fold.challenge) for fold in folds) // max(self.playlists, 1)))
        given = []
        for fold in folds:
            self.members_.fit(fold.train, fold.challenge)
            given.append(self._learnable(fold, every))
        self.weights_, self.checks_ = learn(pooled(given), self.aliases_)

    def fit_again(self, train: Playlists, challenge: Challenge) -> None:
        """Fit the members, and leave the weights as they are."""
        self.members_.fit(train, challenge)

    def refuse_seen(self, challenge: Challenge) -> None:
        """Raise ContractError if the members were fitted on any of these playlists."""
        self.members_.refuse_seen(challenge)

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k tracks with the highest sums."""
        return self.candidates(challenge, k).ranked

    def candidates(self, challenge: Challenge, k: int) -> Candidates:
        """The k tracks with the highest sums, and what each member says of them."""
        lists = self.members_.lists(challenge, max(self.depth, k))
        weights = weights_of(challenge, self.weights_, self.aliases_)
        tracks = np.full((len(challenge), k), -1, np.int32)
        scores = np.zeros((len(challenge), k), np.float32)
        parts = np.full((len(challenge), k, len(self.aliases_)), np.nan, np.float32)
        for first in harness.track(range(0, len(challenge), BLOCK), "fuse lists"):
            rows = slice(first, first + BLOCK)
            joined = self._join([harness.Ranked(each.tracks[rows], each.scores[rows]) for each in lists])
            fused, columns = harness.fuse(joined, weights[rows], k)
            tracks[rows], scores[rows] = fused.tracks, fused.scores
            if joined.tracks.shape[1]:
                said = np.where(joined.listed, joined.parts, np.nan)
                parts[rows] = np.take_along_axis(said, columns[:, :, None], axis=1)
        return harness.Candidates(harness.Ranked(tracks, scores), parts)

    def score_by(self, alias: str, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """One member's own scores of the candidates, (total,); NaN if it scores no given candidates."""
        return self.members_.score_by(alias, challenge, candidates)

    def save(self, folder: Path) -> None:
        """Keep the weights as JSON, and every member."""
        (folder / WEIGHTS).write_text(json.dumps(self.weights_, indent=2), encoding="utf-8")
        self.members_.save(folder)

    def load(self, folder: Path) -> None:
        """Read them back."""
        self.weights_ = json.loads((folder / WEIGHTS).read_text(encoding="utf-8"))
        self.members_.load(folder)

    def _join(self, lists: list[Ranked]) -> Joined:
        counted = harness.standardised if self.fusion == "scores" else harness.reciprocal_ranks
        return harness.join(lists, [counted(each) for each in lists])

    def _learnable(self, fold: Split, every: int) -> Learnable:
        """What the fitted members say of every so many-th inner playlist."""
        self.refuse_seen(fold.challenge)
        rows = np.arange(0, len(fold.challenge), every)
        lists = [
            harness.Ranked(each.tracks[rows, :TOP], each.scores[rows, :TOP])
            for each in self.members_.lists(fold.challenge, self.depth)
        ]
        return Learnable(fold.challenge.take(rows), self._join(lists), fold.withheld.take(rows))
