"""Guest: the models of the `implicit` library, with that library's own defaults."""

from __future__ import annotations

import dataclasses
import inspect
import warnings
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

import harness
from recommenders._bounds import Seed
from recommenders._interactions import interactions

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from harness import Challenge, Playlists, Ranked

NEAREST_NEIGHBOURS = ("ItemItemRecommender", "CosineRecommender", "TFIDFRecommender", "BM25Recommender")
ALS, LOGISTIC = "AlternatingLeastSquares", "LogisticMatrixFactorization"
RANDOM_ORDER = "BayesianPersonalizedRanking"
"""Its threads update shared factors without locks: two fits differ unless `num_threads` is 1."""

ROWS = 2_000
"""Playlists that are continued per call."""

WIDTH = 500
"""Lists are cut from at least this many tracks, so that a short list is the beginning of a long one."""

NOT_RANKED = -1e38
"""`implicit` gives excluded tracks the lowest float32 instead of leaving them out."""


@harness.recommender("implicit", deterministic="repeatable", other_params="params")
class ImplicitModels:
    """Recommend with a model of `implicit`: what a user of that library would get, as a complete submission.

    A training playlist is a user, a track is an item, and an entry counts once. Every hyper-parameter that is not
    listed below goes to the model's constructor as it is, e.g. `K=1000` for `TFIDFRecommender` or `factors=64` for
    `AlternatingLeastSquares`; those that are not named keep the library's defaults. The playlists to continue are new
    users: nearest-neighbour models add up the similarities of the seeds, `AlternatingLeastSquares` solves for the
    user's factors (`recalculate_user`), the other factor models have no such step and use the mean of the seeds'
    factors. A playlist without a known seed gets an empty list, which the harness fills by its fallback.

    Cost: that of the library; one dense vector of all tracks per thread.

    Source: Frederickson, `implicit`, https://github.com/benfred/implicit.
    """

    model: Literal[
        "ItemItemRecommender",
        "CosineRecommender",
        "TFIDFRecommender",
        "BM25Recommender",
        "AlternatingLeastSquares",
        "BayesianPersonalizedRanking",
        "LogisticMatrixFactorization",
    ] = "TFIDFRecommender"
    """Class of the model."""
    params: dict[str, Any] = dataclasses.field(default_factory=dict)
    """Arguments of the model's constructor."""
    seed: Seed = 0
    """`random_state` of the factor models."""

    def __post_init__(self) -> None:
        """Check the arguments against the model's constructor; raises ValueError."""
        known = inspect.signature(self._constructor()).parameters
        unknown = sorted(set(self.params) - set(known))
        if unknown:
            raise ValueError(f"implicit's {self.model} has no parameter {unknown[0]!r}: it has {', '.join(known)}")

    @property
    def repeatable(self) -> bool:
        """Whether two fits give equal lists."""
        return self.model != RANDOM_ORDER or self.params.get("num_threads") == 1

    @property
    def summary(self) -> dict[str, Any]:
        """The library's version, the model, and the share of playlists that it could not serve."""
        served = {} if self.unserved_ is None else {"share_without_known_seeds": self.unserved_}
        return {"implicit": version("implicit"), "model": self.model, **served}

    def fit(self, train: Playlists, challenge: Challenge) -> None:
        """Fit the model on the distinct tracks of each playlist."""
        from implicit.utils import ParameterWarning
        from threadpoolctl import threadpool_limits

        del challenge
        self.unserved_: float | None = None
        self.n_tracks_ = train.catalog.n_tracks
        self.model_ = self._constructor()(**self._arguments())
        with threadpool_limits(1, "blas"), warnings.catch_warnings():
            warnings.simplefilter("ignore", ParameterWarning)  # TF-IDF and BM25 warn of their own conversion
            self.model_.fit(interactions(train.tracks, self.n_tracks_).astype(np.float64), show_progress=False)

    def recommend(self, challenge: Challenge, k: int) -> Ranked:
        """The model's k best tracks that are not seeds."""
        seeds = interactions(challenge.seeds, self.n_tracks_).astype(np.float64)
        self.unserved_ = float((np.diff(seeds.indptr) == 0).mean()) if len(challenge) else 0.0
        tracks = np.full((len(challenge), k), -1, np.int32)
        scores = np.zeros((len(challenge), k), np.float32)
        served = np.flatnonzero(np.diff(seeds.indptr))
        for start in harness.kit.track(range(0, len(served), ROWS), "recommend"):
            rows = served[start : start + ROWS]
            tracks[rows], scores[rows] = self._best(seeds[rows], k)
        return harness.Ranked(tracks, scores)

    def _constructor(self) -> Any:
        """The class, or for factor models the function, that makes the model."""
        if self.model in NEAREST_NEIGHBOURS:
            from implicit import nearest_neighbours

            return getattr(nearest_neighbours, self.model)
        from implicit.cpu import als, bpr, lmf

        return getattr({ALS: als, RANDOM_ORDER: bpr, LOGISTIC: lmf}[self.model], self.model)

    def _arguments(self) -> dict[str, Any]:
        has_seed = "random_state" in inspect.signature(self._constructor()).parameters
        return {**({"random_state": self.seed} if has_seed else {}), **self.params}

    def _best(self, seeds: csr_matrix, k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Best tracks and their scores, (n, k) each; ties are broken by the lower track id, a short list ends in -1."""
        width = min(max(k, WIDTH), self.n_tracks_)
        if self.model in NEAREST_NEIGHBOURS:
            ids, scores = self.model_.recommend(np.arange(seeds.shape[0]), seeds, N=width)
            ids = np.where(scores > 0, ids, -1)
        else:
            ids, scores = self._by_factors(seeds, width)
            ids = np.where(np.isfinite(scores) & (scores > NOT_RANKED), ids, -1)
        scores = np.where(ids >= 0, scores, -np.inf).astype(np.float32)
        order = np.lexsort((ids, -scores))[:, :k]
        tracks = np.full((len(ids), k), -1, np.int32)
        values = np.zeros((len(ids), k), np.float32)
        tracks[:, : order.shape[1]] = np.take_along_axis(ids, order, axis=1)
        values[:, : order.shape[1]] = np.take_along_axis(scores, order, axis=1)
        return tracks, np.where(tracks >= 0, values, 0).astype(np.float32)

    def _by_factors(self, seeds: csr_matrix, width: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Ids and scores of the `width` best tracks by the product of the playlist's and the tracks' factors."""
        from implicit.cpu.topk import topk
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, "blas"):
            if self.model == ALS:
                ids, scores = self.model_.recommend(np.arange(seeds.shape[0]), seeds, N=width, recalculate_user=True)
            else:
                factors = self.model_.item_factors
                means = np.asarray(seeds @ factors / np.diff(seeds.indptr)[:, None], factors.dtype)
                ids, scores = topk(factors, means, width, filter_query_items=seeds, num_threads=self.model_.num_threads)
        return ids, scores
