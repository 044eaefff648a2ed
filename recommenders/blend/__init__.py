"""Blend: weighted fusion of the lists of several recommenders, with weights by kind of playlist."""

from __future__ import annotations

import json
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

import harness
from recommenders._bounds import NonNegative, Seed
from recommenders._inner_draws import fits_whole, inner_folds
from recommenders._verdicts import ALL
from recommenders.blend.members import Members
from recommenders.blend.weights import TOP, Learnable, Learnt, learn, pooled, weights_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from harness import Challenge, Playlists, Ragged, Ranked, Split
    from harness.kit import Candidates, Joined
    from recommenders.blend.members import Preparation

    Weights = dict[str, dict[str, float]]

BLOCK = 500
"""Playlists whose lists are fused per batch."""

WEIGHTS, ALIASES = "weights.json", "aliases.json"

BROAD = "broad"
"""Alias of a second ALS, with few factors."""

MEMBERS = ("slim", "als", "playlist-knn", "cosine=item-knn", "rp3beta=item-knn", "title")
MORE_MEMBERS, FEW_PLAYLISTS = (*MEMBERS, f"{BROAD}=als"), 10_000
"""Default members; the second tuple if the training set has fewer playlists than that."""

DEFAULT_PARAMS: dict[str, dict[str, Any]] = {
    "cosine=item-knn": {"similarity": "cosine", "shrink": 0.0},
    "rp3beta=item-knn": {"similarity": "rp3beta", "shrink": 0.0},
    f"{BROAD}=als": {"factors": 32},
}
"""Entry of `members` -> its default hyper-parameters; `member_params` overrides them. Shrinkage gains nothing in a
blend, and costs time."""


@harness.recommender("blend", uses_challenge=True, components="components_")
class Blend:
    """Recommend the tracks with the highest weighted sum of the scores of several recommenders, the members.

    With s(m, t) the score of track t in the list of member m, and top(m) the mean of the first 100 scores there::

        score(t) = sum over members m with t in their list of weight(m, kind) * s(m, t) / top(m)         (scores)
        score(t) = sum over members m with t in their list of weight(m, kind) / (60 + rank of t in it)   (ranks)

    The kind of a playlist is its category; without a category, its number of seeds (0, 1, 2 to 7, 8 to 17, 18 to 62,
    more) and whether it has a title. Weights are trained by the official metrics on an inner draw: playlists of the
    training set that are cut like the challenge. The withheld tracks of the challenge are never seen. A member that
    does not improve the metrics of a kind gets weight 0 there. Weights trained on one half of the inner playlists are
    checked on the other half: for kinds where the blend is not better than its best member, only that member is used.
    The run's record contains weights and checks.

    The members are also fitted on the visible parts of the challenge playlists, which are public; one that the training
    set has already is not added again. `visible=false` leaves them out. Members that are not fitted on the whole
    training set (see `refit`) lack them, but have the visible parts of the inner draw.

    Members are registered names, or `alias=name` for a file or a recommender that is used twice; `ALIAS.NAME=VALUE`
    sets a hyper-parameter of a member.

    Cost: fit takes two fits of the members (one if they are not fitted again, see `refit`), and their lists for the
    inner draw; recommend takes the lists of the members with `depth` tracks.

    Source: weights by category: Antenucci et al. 2018 (RecSys Challenge); reciprocal ranks: Cormack, Clarke
    and Büttcher 2009.
    """

    members: list[str] | None = None
    """Members: registered names, or alias=name. If none: slim, als, playlist-knn, cosine=item-knn, rp3beta=item-knn,
    title, and broad=als if the training set has fewer than 10,000 playlists."""
    member_params: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Alias -> hyper-parameters; ALIAS.NAME=VALUE adds one. By default cosine=item-knn and rp3beta=item-knn have the
    similarity of that name and shrink 0, and broad=als 32 factors."""
    fusion: Literal["scores", "ranks"] = "scores"
    """Terms of the sum: normalised scores, or reciprocal ranks."""
    weights: dict[str, float] | None = None
    """Alias -> weight, for all playlists; trained by kind if none."""
    depth: Annotated[int, harness.Bounds(ge=1, le=1_000_000)] = 2_000
    """Length of the lists of the members."""
    playlists: NonNegative = 2_000
    """Maximum number of inner playlists on which weights are trained."""
    visible: bool = True
    """Fit the members on the visible parts of the challenge playlists too."""
    refit: bool | None = None
    """Fit the members on the whole training set after the weights are trained. If none: unless a single inner
    draw has less than a hundredth of the training playlists."""
    seed: Seed = 0
    """Seed of the inner draw and of the members."""

    def __post_init__(self) -> None:
        """Create the members and check the hyper-parameters; raises ValueError."""
        members = MORE_MEMBERS if self.members is None else self.members
        defaults = {text.partition("=")[0]: DEFAULT_PARAMS[text] for text in members if text in DEFAULT_PARAMS}
        self.member_params = {
            alias: defaults.get(alias, {}) | self.member_params.get(alias, {})
            for alias in dict.fromkeys((*defaults, *self.member_params))
        }
        self._use(members, self.member_params)
        unknown = set(self.weights or {}) - set(self.aliases_)
        if unknown or (self.weights is not None and not sum(self.weights.values()) > 0):
            raise ValueError(f"weights={self.weights}: use aliases of {', '.join(self.aliases_)}, with a positive sum")

    def begin(self, train: Playlists) -> None:
        """Choose the members for this training set, before inner playlists are taken from it."""
        if self.members is None:
            self._use_default(with_broad=len(train) < FEW_PLAYLISTS)

    def _use_default(self, *, with_broad: bool) -> None:
        params = {alias: own for alias, own in self.member_params.items() if with_broad or alias != BROAD}
        self._use(MORE_MEMBERS if with_broad else MEMBERS, params)

    def _use(self, members: Sequence[str], params: Mapping[str, Mapping[str, Any]]) -> None:
        """Create these members, with equal weights."""
        self.members_ = Members(members, params, self.seed, visible=self.visible)
        self.aliases_ = list(self.members_.models)
        self.components_ = list(self.members_.models.values())
        self.checks_: dict[str, dict[str, Any]] = {}
        self.weights_: Weights = {ALL: self.weights or dict.fromkeys(self.aliases_, 1 / len(self.aliases_))}

    @property
    def summary(self) -> dict[str, Any]:
        """Weights, and the checks of each kind of playlist."""
        return {"weights": self.weights_} | ({"checked": self.checks_} if self.checks_ else {})

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Train the weights on an inner draw, then fit the members on the whole training set."""
        self.begin(train)
        folds = self._folds(train, challenge)
        if folds:
            self.learn_on(folds)
        if fits_whole(folds, train, refit=self.refit):
            self.fit_again(train, challenge)

    def preparations(self, train: Playlists, challenge: Challenge) -> list[dict[str, Preparation]]:
        """Two stages: each member on each training set, then the weights."""
        self.begin(train)
        folds = self._folds(train, challenge)
        members = self.preparations_on(folds, train, challenge, refit=fits_whole(folds, train, refit=self.refit))
        return [members, {"weights": partial(self.learn_on, folds)}] if folds else [members]

    def preparations_on(
        self, folds: Sequence[Split], train: Playlists, challenge: Challenge, *, refit: bool
    ) -> dict[str, Preparation]:
        """Parts of `learn_on`, and of `fit_again` on the whole training set if `refit`."""
        parts: dict[str, Preparation] = {}
        for number, fold in enumerate([] if self.weights is not None else folds):
            parts |= self.members_.preparations(f"inner-{number}", fold.train, fold.challenge, self.depth)
        return parts | (self.members_.preparations("whole", train, challenge) if refit else {})

    def _folds(self, train: Playlists, challenge: Challenge) -> list[Split]:
        return [] if self.weights is not None else inner_folds(train, challenge, self.playlists, self.seed)

    def learn_on(self, folds: Sequence[Split]) -> None:
        """Fit the members on each inner training set, and train the weights on at most `playlists` inner playlists.

        Weights that are given stay; then the members are fitted on the last inner training set only.
        """
        if self.weights is not None:
            self.fit_again(folds[-1].train, folds[-1].challenge)
            return
        every = max(1, -(-sum(len(fold.challenge) for fold in folds) // max(self.playlists, 1)))
        inner = []
        for fold in folds:
            self.members_.fit(fold.train, fold.challenge)
            inner.append(self._learnable(fold, every))
        pids = [fold.challenge.pids for fold in folds]
        self.weights_, self.checks_ = harness.kit.part(
            "weights", pids, lambda: learn(pooled(inner), self.aliases_), _save_learnt, _load_learnt
        )

    def fit_again(self, train: Playlists, challenge: Challenge) -> None:
        """Fit the members; the weights are unchanged."""
        self.members_.fit(train, challenge)

    def refuse_seen(self, challenge: Challenge) -> None:
        """Raise ContractError if the members were fitted on any of these playlists."""
        self.members_.refuse_seen(challenge)

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The k highest-scoring tracks that are not seeds."""
        return self.candidates(challenge, k).ranked

    def candidates(self, challenge: Challenge, k: int) -> Candidates:
        """The k highest-scoring tracks, with the terms of each member."""
        lists = self.members_.lists(challenge, max(self.depth, k))
        weights = weights_of(challenge, self.weights_, self.aliases_)
        tracks = np.full((len(challenge), k), -1, np.int32)
        scores = np.zeros((len(challenge), k), np.float32)
        parts = np.full((len(challenge), k, len(self.aliases_)), np.nan, np.float32)
        for first in harness.kit.track(range(0, len(challenge), BLOCK), "fuse lists"):
            rows = slice(first, first + BLOCK)
            joined = self._join([harness.Ranked(ranked.tracks[rows], ranked.scores[rows]) for ranked in lists])
            fused, columns = harness.kit.fuse(joined, weights[rows], k)
            tracks[rows], scores[rows] = fused.tracks, fused.scores
            if joined.tracks.shape[1]:
                terms = np.where(joined.listed, joined.parts, np.nan)
                parts[rows] = np.take_along_axis(terms, columns[:, :, None], axis=1)
        return harness.kit.Candidates(harness.Ranked(tracks, scores), parts)

    def score_by(self, alias: str, challenge: Challenge, candidates: Ragged) -> NDArray[np.float32]:
        """Scores of the candidates by one member, (total,); NaN if it does not implement `score`."""
        return self.members_.score_by(alias, challenge, candidates)

    def item_weights(self) -> csr_array | None:
        """Weights between tracks, (n_tracks, n_tracks), of the first member that is an item model; None without one."""
        return self.members_.item_weights()

    def save(self, folder: Path) -> None:
        """Save the aliases, the weights and their checks as JSON, and the members."""
        (folder / ALIASES).write_text(json.dumps(self.aliases_), encoding="utf-8")
        _save_learnt(Learnt(self.weights_, self.checks_), folder)
        self.members_.save(folder)

    def load(self, folder: Path) -> None:
        """Load them."""
        if self.members is None:
            aliases = json.loads((folder / ALIASES).read_text(encoding="utf-8"))
            self._use_default(with_broad=BROAD in aliases)
        self.weights_, self.checks_ = _load_learnt(folder)
        self.members_.load(folder)

    def _join(self, lists: list[Ranked]) -> Joined:
        normalised = harness.kit.standardised if self.fusion == "scores" else harness.kit.reciprocal_ranks
        return harness.kit.join(lists, [normalised(ranked) for ranked in lists])

    def _learnable(self, fold: Split, every: int) -> Learnable:
        """Lists of the fitted members for every `every`-th inner playlist."""
        self.refuse_seen(fold.challenge)
        rows = np.arange(0, len(fold.challenge), every)
        lists = [
            harness.Ranked(ranked.tracks[rows, :TOP], ranked.scores[rows, :TOP])
            for ranked in self.members_.lists(fold.challenge, self.depth)
        ]
        return Learnable(fold.challenge.take(rows), self._join(lists), fold.withheld.take(rows))


def _save_learnt(learnt: Learnt, folder: Path) -> None:
    (folder / WEIGHTS).write_text(json.dumps(learnt._asdict(), indent=2), encoding="utf-8")


def _load_learnt(folder: Path) -> Learnt:
    return Learnt(**json.loads((folder / WEIGHTS).read_text(encoding="utf-8")))
